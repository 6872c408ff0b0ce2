"""Edits: what one gesture changed, as XOR patches, so that doing and undoing are the same operation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box, bounding_box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from lusgui.core.annotation import Status
    from lusgui.core.learning.job import Mark
    from lusgui.core.notes import NoteChange

HUMAN = "human"
"""Source of what a person drew."""


@dataclass(frozen=True, eq=False)
class MaskPatch:
    """Pixels of one plane that change.

    Parameters
    ----------
    key : PlaneKey
        Which plane.
    box : Box
        Where, inside the frame.
    flipped : bool ndarray of ``box.shape``
        Which pixels of the box flip.
    """

    key: PlaneKey
    box: Box
    flipped: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.flipped.shape != self.box.shape:
            raise ValueError(f"a patch of {self.flipped.shape} in a box of {self.box.shape}")

    @property
    def changed_px(self) -> int:
        """How many pixels flip."""
        return int(np.count_nonzero(self.flipped))


@dataclass(frozen=True)
class StatusChange:
    """What a person said of one plane before and after."""

    key: PlaneKey
    before: Status
    after: Status


@dataclass(frozen=True)
class MarkChange:
    """A centre point or a box that is put down, taken away, or moved.

    Parameters
    ----------
    before, after : Mark or None
        What goes and what comes; of the same frame, label and kind, and not both None.
    """

    before: Mark | None
    after: Mark | None

    def __post_init__(self) -> None:
        if self.before is None and self.after is None:
            raise ValueError("a change of no mark")
        if self.before is not None and self.after is not None:
            if _place(self.before) != _place(self.after):
                raise ValueError("a mark cannot move to another frame or label")
            if self.before.kind != self.after.kind:
                raise ValueError("a point does not become a box")

    @property
    def key(self) -> PlaneKey:
        """Frame and label of the mark."""
        mark = self.after if self.before is None else self.before
        assert mark is not None
        return _place(mark)

    def reversed(self) -> MarkChange:
        """Return the change that takes this one back."""
        return MarkChange(self.after, self.before)


def _place(mark: Mark) -> PlaneKey:
    return PlaneKey(mark.recording_id, mark.frame, mark.label)


@dataclass(frozen=True, eq=False)
class Edit:
    """One gesture: everything that is undone together.

    Parameters
    ----------
    name : str
        What it is called in the menu, e.g. "Brush".
    patches : tuple of MaskPatch
        Changed pixels, at most one patch a plane.
    statuses : tuple of StatusChange
        Changed statuses.
    rater : str
        Who did it.
    at : str
        When, ISO 8601 in UTC.
    seq : int or None
        Number in the journal; None before it was written.
    source : str
        ``human``, ``model:<version>``, ``import:<file>`` or ``proposal:<kind>``.
    marks : tuple of MarkChange
        Points and boxes put down, taken away or moved, in this order.
    notes : tuple of NoteChange
        Comments and flags left, taken away or settled, in this order.
    """

    name: str
    patches: tuple[MaskPatch, ...] = ()
    statuses: tuple[StatusChange, ...] = ()
    rater: str = ""
    at: str = ""
    seq: int | None = None
    source: str = HUMAN
    marks: tuple[MarkChange, ...] = ()
    notes: tuple[NoteChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.patches or self.statuses or self.marks or self.notes)

    @property
    def planes(self) -> tuple[PlaneKey, ...]:
        """Planes whose mask or status changes, in the order in which the edit names them."""
        return tuple(dict.fromkeys([p.key for p in self.patches] + [s.key for s in self.statuses]))

    @property
    def keys(self) -> tuple[PlaneKey, ...]:
        """Frames and labels of which anything changes, in the order in which the edit names them."""
        said = [*(change.key for change in self.marks), *(change.key for change in self.notes)]
        return tuple(dict.fromkeys([*self.planes, *said]))

    @property
    def place(self) -> PlaneKey | None:
        """The plane to show when the edit is undone or redone."""
        return self.keys[0] if self.keys else None

    @property
    def title(self) -> str:
        """What the undo menu reads, e.g. "Brush on rib, frame 12"."""
        keys = self.keys
        if not keys:
            return self.name
        labels = sorted({key.label for key in keys})
        frames = {(key.recording_id, key.frame) for key in keys}
        on = labels[0] if len(labels) == 1 else f"{len(labels)} labels"
        if len(frames) == 1:
            return f"{self.name} on {on}, frame {keys[0].frame + 1}"
        return f"{self.name} on {on}, {len(frames)} frames"

    def reversed(self) -> Edit:
        """Return the edit that takes this one back."""
        back = tuple(StatusChange(s.key, s.after, s.before) for s in self.statuses)
        marks = tuple(m.reversed() for m in reversed(self.marks))
        return replace(
            self, statuses=back, marks=marks, notes=tuple(n.reversed() for n in reversed(self.notes))
        )


def now_utc() -> str:
    """Return the time as it is written into edits: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def patch_between(key: PlaneKey, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> MaskPatch | None:
    """Return the smallest patch that turns one mask (H, W) into the other, or None if they are equal."""
    if before.shape != after.shape:
        raise ValueError(f"masks of {before.shape} and {after.shape}")
    flipped = np.logical_xor(before, after)
    box = bounding_box(flipped)
    if box.is_empty:
        return None
    return MaskPatch(key, box, np.ascontiguousarray(flipped[box.slices]))


def painted_patch(
    key: PlaneKey, before: NDArray[np.bool_], box: Box, patch: NDArray[np.bool_], *, add: bool
) -> MaskPatch | None:
    """Return what a stroke flips, or None if it changes nothing.

    Parameters
    ----------
    key : PlaneKey
        Plane that is painted on.
    before : (H, W) bool ndarray
        Mask before the stroke.
    box : Box
        Where the stroke lies; may reach outside the frame.
    patch : bool ndarray of ``box.shape``
        Pixels under the stroke.
    add : bool
        True paints, false erases.
    """
    if patch.shape != box.shape:
        raise ValueError(f"a stroke of {patch.shape} in a box of {box.shape}")
    inside = box.clipped((before.shape[0], before.shape[1]))
    if inside.is_empty:
        return None
    under = patch[
        inside.row0 - box.row0 : inside.row1 - box.row0, inside.col0 - box.col0 : inside.col1 - box.col0
    ]
    old = before[inside.slices]
    flipped = under & ~old if add else under & old
    tight = bounding_box(flipped)
    if tight.is_empty:
        return None
    moved = Box(
        tight.row0 + inside.row0, tight.col0 + inside.col0, tight.row1 + inside.row0, tight.col1 + inside.col0
    )
    return MaskPatch(key, moved, np.ascontiguousarray(flipped[tight.slices]))


def apply_patch(mask: NDArray[np.bool_], patch: MaskPatch) -> NDArray[np.bool_]:
    """Return a copy of a mask (H, W) with the patch's pixels flipped; applied twice it changes nothing."""
    flipped = mask.copy()
    flipped[patch.box.slices] ^= patch.flipped
    return flipped


def touched_frames(edits: Iterable[Edit]) -> frozenset[tuple[int, int]]:
    """Return every (recording id, frame) that the edits change."""
    return frozenset((key.recording_id, key.frame) for edit in edits for key in edit.keys)
