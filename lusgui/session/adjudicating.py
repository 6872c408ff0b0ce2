"""Adjudication: what several readers drew is compared, and a third annotation is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from lusgui.core.agreement import Agreement, measure_agreement
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.consensus import Consensus, disputed, make_consensus
from lusgui.core.label import IGNORE_LABEL
from lusgui.core.threshold import component_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.io.study_readings import Reading
    from lusgui.session.session import Session

NAMES = {
    Consensus.MAJORITY: "Majority",
    Consensus.STAPLE: "Consensus (STAPLE)",
    Consensus.UNION: "Everything anybody drew",
}
_KEPT = 8


class Adjudicating:
    """What the readers of a joined study say, and what is made of it. Their readings never change.

    Parameters
    ----------
    session : Session
        Whose study.

    Signals
    -------
    changed()
        Another study is open, or adjudication was begun or ended.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._readers: tuple[str, ...] = ()
        self._differing: list[PlaneKey] | None = None
        self._held: dict[PlaneKey, tuple[Reading, ...]] = {}
        self._is_shown = False
        session.study_changed.connect(self._study_changed)
        session.recordings_changed.connect(self._recordings_changed)
        session.mask_changed.connect(self._mask_changed)

    # what there is

    @property
    def readers(self) -> tuple[str, ...]:
        """Whose readings the study holds, in the order in which they were joined."""
        return self._readers

    @property
    def has_readings(self) -> bool:
        """Whether the study holds what several readers said."""
        return len(self._readers) > 1

    @property
    def is_shown(self) -> bool:
        """Whether the readers' masks are shown side by side."""
        return self._is_shown

    def show(self, is_shown: bool = True) -> None:
        """Show the readers' masks side by side, or no longer."""
        if is_shown != self._is_shown:
            self._is_shown = is_shown
            self.changed.emit()

    def readings(self, key: PlaneKey | None) -> tuple[Reading, ...]:
        """Return what each reader said of a plane, by `readers`; nothing where one read it alone."""
        if key is None or self._session.study is None or not self.has_readings:
            return ()
        held = self._held.get(key)
        if held is None:
            with self._session.guarded("What the readers drew cannot be shown"):
                found = self._session.study.readings.of(key)
                held = tuple(sorted(found, key=lambda one: self._readers.index(one.reader)))
                while len(self._held) >= _KEPT:
                    del self._held[next(iter(self._held))]
                self._held[key] = held
        return held or ()

    def masks(self, key: PlaneKey | None) -> dict[str, NDArray[np.bool_]]:
        """Return what each reader drew (H, W), by name."""
        return {one.reader: one.mask for one in self.readings(key)}

    def agreement(self, key: PlaneKey | None) -> tuple[Agreement, ...]:
        """Return Dice and HD95 of every two readers on a plane, in mm where the spacing is known."""
        if key is None:
            return ()
        row = self._session.row(key.recording_id)
        spacing = None if row is None else row.spacing_mm
        return measure_agreement(self.masks(key), spacing, self._ignored(key))

    def agreement_with(self, key: PlaneKey) -> tuple[Agreement, ...]:
        """Return Dice and HD95 of what is adjudicated with each reader."""
        row = self._session.row(key.recording_id)
        spacing = None if row is None else row.spacing_mm
        ours, ignored = self._session.mask(key), self._ignored(key)
        return tuple(
            measure_agreement({one.reader: one.mask, "": ours}, spacing, ignored)[0]
            for one in self.readings(key)
        )

    def _ignored(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return the pixels (H, W) that count for nothing: where a reader, or who decides, drew `ignore`."""
        if key.label == IGNORE_LABEL.key:
            return None
        region = PlaneKey(key.recording_id, key.frame, IGNORE_LABEL.key)
        ignored = self._session.mask(region).copy()
        for mask in self.masks(region).values():
            ignored |= mask
        return ignored

    def disputed(self, key: PlaneKey | None) -> NDArray[np.bool_] | None:
        """Return the pixels (H, W) on which the readers differ; None where one read it alone.

        What somebody would have ignored counts for nothing.
        """
        masks = list(self.masks(key).values())
        if key is None or len(masks) < 2:
            return None
        found, ignored = disputed(masks), self._ignored(key)
        return found if ignored is None else found & ~ignored

    # where to go

    def differing(self, label: str | None = None) -> list[PlaneKey]:
        """Return the planes (of a label) on which the readers differ."""
        found = self._differing
        study = self._session.study
        if found is None and study is not None and self.has_readings:
            with self._session.guarded("What the readers drew cannot be compared"):
                found = self._without_ignored(study.readings.differing())
        self._differing = found or []
        return [key for key in self._differing if label in (None, key.label)]

    def _without_ignored(self, planes: list[PlaneKey]) -> list[PlaneKey]:
        """Leave out planes on which readers differ only where somebody would ignore it."""
        study, session = self._session.study, self._session
        if study is None or not planes:
            return planes
        regions = study.readings.frames_of(IGNORE_LABEL.key)
        for recording_id in {key.recording_id for key in planes}:
            drawn = session.statuses(recording_id)
            regions |= {(recording_id, frame) for frame, label in drawn if label == IGNORE_LABEL.key}
        return [
            key for key in planes if (key.recording_id, key.frame) not in regions or self._is_disputed(key)
        ]

    def _is_disputed(self, key: PlaneKey) -> bool:
        """Whether readers differ on a plane in a pixel that counts, or on whether it is of use."""
        useless = (Status.REJECTED, Status.IGNORED)
        if len({one.status in useless for one in self.readings(key)}) > 1:
            return True
        pixels = self.disputed(key)
        return pixels is None or bool(pixels.any())

    def left(self, label: str | None = None) -> list[PlaneKey]:
        """Return the planes on which the readers differ and nobody has decided yet."""
        return [key for key in self.differing(label) if self._session.status(key) is Status.UNTOUCHED]

    def go(self, step: int = 1) -> bool:
        """Go to the next plane (or the one before) that is left to decide; false when none is."""
        left, present = self.left(), self._session.key()
        if not left:
            return False
        order = {row.id: number for number, row in enumerate(self._session.recording_rows())}

        def rank(key: PlaneKey) -> tuple[int, int, str]:
            return order.get(key.recording_id, len(order)), key.frame, key.label

        left.sort(key=rank, reverse=step < 0)
        ahead = left
        if present is not None:
            here = rank(present)
            ahead = [key for key in left if (rank(key) > here if step > 0 else rank(key) < here)]
        goal = (ahead or left)[0]
        if not self._session.go_to(goal.recording_id, goal.frame):
            return False
        self._session.view.label = goal.label
        return True

    # deciding

    def take(self, reader: str) -> bool:
        """Take over what one reader said of the present plane, mask and status."""
        key = self._session.key()
        reading = next((one for one in self.readings(key) if one.reader == reader), None)
        if key is None or reading is None:
            return False
        status = reading.status if reading.status is not Status.UNTOUCHED else Status.EDITED
        return self._session.push_masks(
            f"Take {reader}'s mask", {key: reading.mask}, f"reading:{reader}", status=status
        )

    def agree(self, how: Consensus) -> bool:
        """Make the present plane what the readers agree on."""
        key = self._session.key()
        masks = list(self.masks(key).values())
        if key is None or not masks:
            return False
        made = make_consensus(masks, how)
        status = self._status_for(key, made)
        return self._session.push_masks(NAMES[how], {key: made}, f"consensus:{how}", status=status)

    def _status_for(self, key: PlaneKey, mask: NDArray[np.bool_]) -> Status:
        said = [one.status for one in self.readings(key)]
        if not mask.any() and Status.NOTHING_HERE in said:
            return Status.NOTHING_HERE
        most = max(dict.fromkeys(said), key=lambda one: (said.count(one), one is Status.ACCEPTED))
        if most in (Status.REJECTED, Status.IGNORED) and 2 * said.count(most) > len(said):
            return most
        return Status.EDITED

    def agree_everywhere(self, how: Consensus, progress: Progress | None = None) -> int:
        """Make every plane that is left to decide what the readers agree on, as one edit; return how many."""
        made: dict[PlaneKey, NDArray[np.bool_]] = {}
        statuses: dict[PlaneKey, Status] = {}
        left = self.left()
        for done, key in enumerate(left):
            if progress is not None:
                progress(done, len(left), "Agreeing")
            masks = list(self.masks(key).values())
            if masks:
                made[key] = make_consensus(masks, how)
                statuses[key] = self._status_for(key, made[key])
        if not made:
            return 0
        is_done = self._session.push_masks(NAMES[how], made, f"consensus:{how}", status=statuses)
        return len(made) if is_done else 0

    def swap_region(self, row: int, col: int) -> bool:
        """Take a region the readers differ on into the present mask, or out of it; false where there is none.

        A region is what is connected and drawn by the same readers.
        """
        key = self._session.key()
        masks = list(self.masks(key).values())
        if key is None or len(masks) < 2:
            return False
        stack: Sequence[NDArray[np.bool_]] = masks
        shape = stack[0].shape
        pixels = self.disputed(key)
        if pixels is None or not (0 <= row < shape[0] and 0 <= col < shape[1]) or not pixels[row, col]:
            return False
        alike = np.all([mask == mask[row, col] for mask in masks], axis=0)
        region = component_at(alike & pixels, row, col)
        before = self._session.mask(key)
        is_in = bool(before[row, col])
        after = before & ~region if is_in else before | region
        name = "Leave a disputed region out" if is_in else "Take a disputed region"
        return self._session.push_masks(name, {key: after}, "consensus:region")

    def _mask_changed(self, key: PlaneKey, _box: object) -> None:
        """Compare anew where regions to ignore are others."""
        if key.label == IGNORE_LABEL.key and self._differing is not None:
            self._differing = None

    def _recordings_changed(self) -> None:
        """Compare anew: one may be on the list again, or no longer."""
        self._differing = None

    def _study_changed(self) -> None:
        self._readers, self._differing = (), None  # compared when somebody asks: opening does not wait
        self._held.clear()
        self._is_shown = False
        study = self._session.study
        if study is not None:
            with self._session.guarded("What the readers drew cannot be read"):
                self._readers = _in_order(study.readings.readers(), study.settings.setting("joined"))
        self.changed.emit()


def _in_order(readers: tuple[str, ...], joined: object) -> tuple[str, ...]:
    """Return readers in the order in which their studies were named."""
    sources = joined.get("sources") if isinstance(joined, dict) else None
    named = (
        [one.get("reader") for one in sources if isinstance(one, dict)] if isinstance(sources, list) else []
    )
    return tuple(sorted(readers, key=lambda reader: named.index(reader) if reader in named else len(named)))
