"""Clicks on one plane and the ghost they gave, click by click; nothing here is written anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import ClickError
from lusgui.core.click.prompt import Box, Click, ClickPrompt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.click.prompt import Mark

    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ClickAsk:
    """A question to whoever answers clicks; it captures everything.

    Parameters
    ----------
    token : int
        Names the answer; never used twice.
    place : tuple of int
        Recording and 0-based frame.
    prompt : ClickPrompt
        Everything marked so far.
    previous : (H, W) bool ndarray or None
        The mask there already, read-only.
    is_preview : bool
        Whether it is only shown under the pointer.
    """

    token: int
    place: tuple[int, int]
    prompt: ClickPrompt
    previous: Mask | None
    is_preview: bool = False


@dataclass(frozen=True, eq=False)
class Step:
    """A mark and the mask it led to, packed: two hundred clicks must not fill the memory.

    Parameters
    ----------
    mark : Click, Box or Scribble
        What was given.
    bits : uint8 ndarray
        The mask, `numpy.packbits`.
    source : str
        Who answered, e.g. ``click:click 1.0``.
    """

    mark: Mark
    bits: NDArray[np.uint8]
    source: str


class ClickPlane:
    """What was clicked on one frame for one label, and the mask the answers make of it.

    The ghost is kept as what it adds to the mask there and what it takes away, so that a stroke drawn
    meanwhile survives when it is accepted.

    Parameters
    ----------
    key : PlaneKey
        Which plane.
    base : (H, W) bool ndarray
        The human mask when the first mark was given.
    """

    def __init__(self, key: PlaneKey, base: Mask) -> None:
        self.key = key
        self.pending: list[Mark] = []
        """Marks that wait for an answer, oldest first."""
        self.is_followed = False
        """Whether the marks that wait come from the frame before."""
        self._base = base
        self._steps: list[Step] = []
        self._taken: list[Step] = []
        self._mask = base

    # reading

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the frame."""
        return self._base.shape[0], self._base.shape[1]

    @property
    def is_open(self) -> bool:
        """Whether anything is marked."""
        return bool(self._steps or self.pending)

    @property
    def has_answer(self) -> bool:
        """Whether any mark was answered."""
        return bool(self._steps)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every mark, answered or not, in order."""
        return (*(step.mark for step in self._steps), *self.pending)

    @property
    def answered(self) -> ClickPrompt:
        """The marks that were answered."""
        return ClickPrompt(tuple(step.mark for step in self._steps))

    @property
    def prompt(self) -> ClickPrompt:
        """Every mark, answered or not."""
        return ClickPrompt(self.marks)

    @property
    def next_prompt(self) -> ClickPrompt | None:
        """What is to be asked next, or None where nothing waits."""
        return self.answered.with_mark(self.pending[0]) if self.pending else None

    @property
    def source(self) -> str:
        """Who answered last."""
        return self._steps[-1].source if self._steps else ""

    @property
    def can_redo(self) -> bool:
        """Whether a mark that was taken back can be given again."""
        return bool(self._taken) and not self.pending

    @property
    def undo_word(self) -> str:
        """What undo would take back: "click", "box" or "scribble"; empty where nothing is marked."""
        marks = self.marks
        return word_of(marks[-1]) if marks else ""

    @property
    def redo_word(self) -> str:
        """What redo would give again."""
        return word_of(self._taken[-1].mark) if self.can_redo else ""

    def changes(self) -> tuple[Mask, Mask]:
        """Return what the ghost adds to the mask it began with, and what it takes away, (H, W) each."""
        return self._mask & ~self._base, self._base & ~self._mask

    def over(self, present: Mask) -> Mask:
        """Return the mask (H, W) that accepting would make of the present one."""
        if not self._steps:
            return present
        if np.array_equal(present, self._base):
            return self._mask
        gained, lost = self.changes()
        joined: Mask = (present | gained) & ~lost
        return joined

    # changing

    def add(self, mark: Mark) -> None:
        """Let a mark wait for its answer."""
        self.pending.append(mark)
        self._taken.clear()

    def answer(self, mask: Mask, present: Mask, source: str) -> None:
        """Take the answer (H, W) for the oldest mark that waits; `present` is the human mask now."""
        mark = self.pending.pop(0)
        if not np.array_equal(present, self._base):
            self._rebase(present)
        self._push(Step(mark, np.packbits(mask), source))

    def refuse(self) -> Mark:
        """Forget the oldest mark that waits: nothing was found there."""
        return self.pending.pop(0)

    def undo(self) -> Mark | None:
        """Take the newest mark back and return it; None where nothing is marked."""
        if self.pending:
            return self.pending.pop()
        if not self._steps:
            return None
        step = self._steps.pop()
        self._taken.append(step)
        self._mask = self._unpacked(self._steps[-1]) if self._steps else self._base
        return step.mark

    def redo(self) -> Mark | None:
        """Give the mark that was taken back last again and return it."""
        if not self.can_redo:
            return None
        step = self._taken.pop()
        self._push(step)
        return step.mark

    def forget_redo(self) -> None:
        """Forget what was taken back."""
        self._taken.clear()

    def _push(self, step: Step) -> None:
        self._steps.append(step)
        self._mask = self._unpacked(step)

    def _rebase(self, present: Mask) -> None:
        """Begin from another human mask: each earlier step becomes what it would have been over it."""
        rebased = []
        for step in self._steps:
            mask = self._unpacked(step)
            over = (present | (mask & ~self._base)) & ~(self._base & ~mask)
            rebased.append(Step(step.mark, np.packbits(over), step.source))
        self._base, self._mask, self._steps = present, present, []
        for step in rebased:
            self._push(step)

    def _unpacked(self, step: Step) -> Mask:
        rows, cols = self.shape
        mask = np.unpackbits(step.bits, count=rows * cols).reshape(rows, cols).view(bool)
        mask.setflags(write=False)
        return mask


def word_of(mark: Mark) -> str:
    """Return what people call a mark."""
    if isinstance(mark, Click):
        return "click"
    return "box" if isinstance(mark, Box) else "scribble"


def fits_frame(mark: Mark, shape: tuple[int, int]) -> bool:
    """Whether a mark makes sense on a frame of `shape`."""
    try:
        ClickPrompt((mark,)).checked(shape)
    except ClickError:
        return False
    return True
