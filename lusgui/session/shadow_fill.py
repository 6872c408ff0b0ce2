"""Shadows of ribs as regions to ignore: cast along the beams, a ghost until it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.translate import tr
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.beams import find_beams
from lusgui.core.cast_shadow import cast_shadow
from lusgui.core.geometry import Box
from lusgui.core.label import IGNORE_LABEL
from lusgui.core.margins import find_content
from lusgui.core.measures.shadow import LEAST_MARGIN
from lusgui.core.rib_shadow import Oddity
from lusgui.session.ghosts import SHADOWED, Ghost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.rib_shadow import Hint
    from lusgui.session.session import Session


class ShadowFill:
    """Offers what lies behind ribs as a region to ignore.

    While the ghost waits, regions to ignore are the label in hand; once it is accepted or dropped the former
    label is.

    Parameters
    ----------
    session : Session
        Whose masks.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: tuple[PlaneKey, str] | None = None
        session.proposal_changed.connect(self._proposal_changed)
        session.study_changed.connect(self._forget)

    def can_offer(self) -> bool:
        """Whether there are ribs on the frame that is looked at."""
        session = self._session
        label = session.rib_checks.rib_label()
        if label is None or session.place is None or session.is_read_only or session.is_stroke_open:
            return False
        key = PlaneKey(*session.place, label)
        if session.mask(key).any():
            return True
        model = session.model_mask(key)
        return model is not None and bool(model.any())

    def offer(self, gray: NDArray[np.float32] | None, hint: Hint | None = None) -> str:
        """Show the shadows on the present frame as a ghost of the label to ignore; return what to say.

        Parameters
        ----------
        gray : (H, W) float32 ndarray in [0, 1] or None
            The frame, whose black corners tell how the beams run.
        hint : Hint, optional
            Of one rib, or of one shadow that has no rib; every rib's shadow if not given.
        """
        session, place = self._session, self._session.place
        label = session.rib_checks.rib_label()
        if place is None or label is None:
            return tr("There is no label for ribs in this study")
        reason = session.can_draw(place[0])
        if reason is not None:
            return reason
        ribs = self._ribs(PlaneKey(*place, label))
        if gray is None or gray.shape != ribs.shape:
            return tr("The frame is not read yet: try again in a moment")
        beams = find_beams(gray, session.measuring.spacing_mm())
        if beams is None:
            return tr("The image is a fan of which one side is not seen: where its beams run is not known")
        casting = _casting(ribs, hint)
        if not casting.any():
            return tr("No rib is drawn on this frame")
        inner = find_content(gray, LEAST_MARGIN)
        shadow = cast_shadow(casting, beams, Box(0, inner.col0, ribs.shape[0], inner.col1))
        shadow &= ~ribs & ~self._drawn(place)
        if not shadow.any():
            return tr("What lies behind the ribs is drawn or ignored already")
        if session.ensure_label(IGNORE_LABEL.key) is None:
            return ""
        former = session.view.label
        if former == IGNORE_LABEL.key:
            former = label
        key = PlaneKey(*place, IGNORE_LABEL.key)
        session.view.label = IGNORE_LABEL.key
        session.times.offer(key, Ghost(shadow, SHADOWED, "behind the ribs, along the beams"))
        self._waiting = key, former
        return tr("The shadow, to be ignored: {key:model.accept} accepts it, {key:click.drop} drops it")

    def _ribs(self, key: PlaneKey) -> NDArray[np.bool_]:
        own = self._session.mask(key)
        model = None if own.any() else self._session.model_mask(key)
        return own if model is None else model

    def _drawn(self, place: tuple[int, int]) -> NDArray[np.bool_]:
        """Return what people drew of anything on a frame, shadows apart, or ignore already."""
        session, shadow = self._session, self._session.rib_checks.shadow_label()
        found: NDArray[np.bool_] | None = None
        for label in session.labels:
            key = PlaneKey(*place, label.key)
            if label.key != shadow and session.status(key) is not Status.REJECTED:
                mask = session.mask(key)
                found = mask.copy() if found is None else found | mask
        assert found is not None  # there is a label of ribs
        return found

    def _proposal_changed(self, key: PlaneKey) -> None:
        if self._waiting is None or key != self._waiting[0] or self._session.proposal(key) is not None:
            return
        _, former = self._waiting
        self._waiting = None
        if self._session.view.label == IGNORE_LABEL.key and self._session.label(former) is not None:
            self._session.view.label = former

    def _forget(self) -> None:
        self._waiting = None


def _casting(ribs: NDArray[np.bool_], hint: Hint | None) -> NDArray[np.bool_]:
    """Return what casts it: all ribs, the one of a hint, or the upper edge of a shadow without rib."""
    if hint is None:
        return ribs
    casting = np.zeros(ribs.shape, bool)
    if hint.kind is Oddity.NO_SHADOW:
        casting[hint.box.slices] = ribs[hint.box.slices]
    else:
        casting[hint.box.row0, hint.box.col0 : hint.box.col1] = True
    return casting
