"""What is measured of the frame that is looked at: of the mask as it is now, by the spacing as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey
from lusgui.core.measures.cerebellum import TCD
from lusgui.core.measures.drawn import figure_of
from lusgui.core.measures.plane import is_shadow, measure_plane, structure_of
from lusgui.io.study_callipers import read_known_ages, write_known_ages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing
    from lusgui.core.measures.figure import Figure, Point
    from lusgui.core.measures.plane import Structure
    from lusgui.session.session import Session

DRAWN, MODEL, PROPOSED = "your mask", "the model's mask, not accepted", "the ghost, not accepted"


@dataclass(frozen=True)
class Measured:
    """What was measured of one plane.

    Parameters
    ----------
    key : PlaneKey
        Which one.
    structure : Structure
        What its label is.
    source : str
        Whose mask was measured; empty where there is none.
    spacing_mm : (float, float) or None
        By which spacing.
    figures : tuple of Figure
        Of the mask.
    callipers : tuple of Figure
        Of the callipers of the frame, in their order.
    """

    key: PlaneKey
    structure: Structure
    source: str
    spacing_mm: Spacing | None
    figures: tuple[Figure, ...]
    callipers: tuple[Figure, ...]

    def figure(self, key: str) -> Figure | None:
        """Return the first figure of the mask with a key."""
        return next((one for one in self.figures if one.key == key), None)


class Measuring:
    """Measures the frame that is looked at.

    Parameters
    ----------
    session : Session
        What is measured.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def spacing_mm(self) -> Spacing | None:
        """Return the spacing of the recording that is looked at, or None."""
        place = self._session.place
        row = None if place is None else self._session.row(place[0])
        return None if row is None else row.spacing_mm

    def mask(self, key: PlaneKey) -> tuple[NDArray[np.bool_] | None, str]:
        """Return the mask to measure and whose it is: a ghost that is open, one's own, else the model's."""
        session = self._session
        clicked = session.clicking.ghost(key)
        ghost = clicked if clicked is not None else session.proposal(key)
        if ghost is not None and ghost.any():
            return ghost, PROPOSED
        own = session.mask(key)
        if own.any():
            return own, DRAWN
        model = session.model_mask(key)
        return (model, MODEL) if model is not None and model.any() else (None, "")

    def now(self, gray: NDArray[np.float32] | None = None) -> Measured | None:
        """Measure the present label on the present frame.

        Parameters
        ----------
        gray : (H, W) float32 ndarray in [0, 1], optional
            The frame before despeckling, in which shadows are looked for.

        Returns
        -------
        Measured or None
            None where no frame is looked at.
        """
        session = self._session
        key = session.key()
        if key is None:
            return None
        spacing = self.spacing_mm()
        label = session.label(key.label)
        structure = structure_of(key.label, "" if label is None else label.name)
        callipers = tuple(
            figure_of(one, spacing, one.role or f"{number}")
            for number, one in enumerate(session.callipers.here, start=1)
        )
        mask, source = self.mask(key)
        if mask is None:
            return Measured(key, structure, "", spacing, (), callipers)
        if gray is not None and gray.shape != mask.shape:
            gray = None
        found = measure_plane(
            structure, mask, spacing, gray=gray, shadow=self._shadow(key), ends=self.moved_ends(key)
        )
        return Measured(key, structure, source, spacing, tuple(found), callipers)

    def moved_ends(self, key: PlaneKey) -> tuple[Point, Point] | None:
        """Return the ends of the transcerebellar diameter where a person moved them."""
        moved = self._session.callipers.with_role(key.recording_id, key.frame, TCD)
        return None if moved is None else (moved.points[0], moved.points[1])

    def _shadow(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return the mask of a label that is the shadow behind ribs, if one was drawn here."""
        session = self._session
        for label in session.labels:
            if is_shadow(label.key, label.name):
                mask = session.mask(PlaneKey(key.recording_id, key.frame, label.key))
                if mask.any():
                    return mask
        return None

    # an age that is known otherwise

    def known_weeks(self) -> float | None:
        """Return the gestational age of the recording that was told, in weeks."""
        session = self._session
        if session.study is None or session.place is None:
            return None
        with session.guarded("The known age cannot be read"):
            return read_known_ages(session.study).get(session.place[0])
        return None

    def set_known_weeks(self, weeks: float | None) -> bool:
        """Keep the gestational age of the recording, known from dates or an early scan; None forgets it."""
        session = self._session
        if session.study is None or session.place is None or session.is_read_only:
            return False
        if weeks == self.known_weeks():
            return False
        with session.guarded("The known age was not saved"):
            ages = read_known_ages(session.study)
            ages.pop(session.place[0], None)
            write_known_ages(session.study, ages if weeks is None else ages | {session.place[0]: weeks})
            session.callipers.changed.emit()
            return True
        return False
