"""Asking whoever answers clicks, and taking the answers: none lands on another frame, none is invented."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.prompt import Box, Click, is_positive
from lusgui.session.click_plane import ClickAsk, ClickPlane
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.click.answer import ClickAnswer
    from lusgui.core.click.prompt import ClickPrompt, Mark
    from lusgui.session.session import Session

    Mask = NDArray[np.bool_]

SOURCE = "click:"
"""How the source of an accepted ghost begins; the engine's name follows."""

NOTHING_CHANGED = "That changes nothing here"


@dataclass(frozen=True)
class ClickEngineState:
    """What is known of whoever answers clicks.

    Parameters
    ----------
    name : str
        Of the engine: "click 1.0", "without a model"; empty before it has said.
    word : str
        What it does, in a word or two: "off", "starting", "ready", "stopped".
    note : str
        More about it, for a tooltip.
    """

    name: str = ""
    word: str = "off"
    note: str = ""


class ClickAnswers:
    """The part of clicking that asks and is answered: one question at a time, the oldest mark first.

    Parameters
    ----------
    session : Session
        Whose masks, and who sends the signals ``click_...``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tokens = count(1)
        self._planes: dict[PlaneKey, ClickPlane] = {}
        self._asked: tuple[int, PlaneKey] | None = None
        self._then: Callable[[], object] | None = None
        self._current: PlaneKey | None = None
        self._ready: tuple[int, int] | None = None
        self._engine = ClickEngineState()
        self._seen: tuple[PlaneKey, Mask] | None = None

    # reading

    @property
    def is_on(self) -> bool:
        """Whether clicking is the tool in use."""
        return self._session.view.tool is Tool.CLICK

    @property
    def current(self) -> PlaneKey | None:
        """The plane that is clicked on now; None while another tool is in use, or nothing is open."""
        return self._current

    @property
    def engine(self) -> ClickEngineState:
        """Who answers, and what it does."""
        return self._engine

    @property
    def is_ready(self) -> bool:
        """Whether the frame that is looked at is prepared, so that a click is answered at once."""
        return self._ready is not None and self._ready == self._session.place

    @property
    def is_asking(self) -> bool:
        """Whether a mark waits for its answer."""
        return self._asked is not None

    def present(self, key: PlaneKey) -> Mask:
        """Return the human mask (H, W) of a plane, read-only; asked for often, so the last one is kept."""
        if self._seen is None or self._seen[0] != key:
            self._seen = (key, self._session.mask(key))
        return self._seen[1]

    def plane(self, key: PlaneKey | None = None) -> ClickPlane | None:
        """Return the plane if anything is marked on it; without a key the current one."""
        key = self._current if key is None else key
        plane = None if key is None else self._planes.get(key)
        return plane if plane is not None and plane.is_open else None

    def ghost(self, key: PlaneKey) -> Mask | None:
        """Return the mask (H, W) that accepting would leave, or None where no mark was answered."""
        plane = self.plane(key)
        return plane.over(self.present(key)) if plane is not None and plane.has_answer else None

    def waiting(self) -> tuple[PlaneKey, ...]:
        """Return the planes with marks that are not looked at now, in the order of the frames."""
        keys = [key for key, plane in self._planes.items() if plane.is_open and key != self._current]
        return tuple(sorted(keys, key=lambda key: (key.recording_id, key.frame, key.label)))

    # asking

    def _previous(self, key: PlaneKey) -> Mask | None:
        """Return the mask to start from: the ghost, or what was drawn; None where there is neither."""
        ghost = self.ghost(key)
        mask = self.present(key) if ghost is None else ghost
        return mask if mask.any() else None

    def _ask(self, key: PlaneKey, prompt: ClickPrompt, *, is_preview: bool = False) -> tuple[int, PlaneKey]:
        token = next(self._tokens)
        place = (key.recording_id, key.frame)
        asked = (token, key)
        if is_preview:
            self._preview_asked(asked)
        else:
            self._asked = asked
        self._session.click_asked.emit(ClickAsk(token, place, prompt, self._previous(key), is_preview))
        return asked

    def _preview_asked(self, asked: tuple[int, PlaneKey]) -> None:
        """Remember a question about what would be."""

    def _ask_next(self) -> None:
        """Ask for the oldest mark that waits on the current plane."""
        key, plane = self._current, self.plane()
        if key is None or plane is None or self._asked is not None:
            return
        prompt = plane.next_prompt
        if prompt is not None:
            self._ask(key, prompt)

    def _give_up(self) -> None:
        """Want no answer to what was asked."""
        if self._asked is not None:
            self._asked = None
            self._session.click_given_up.emit()

    def when_answered(self, act: Callable[[], object]) -> None:
        """Do something now, or once every mark on this plane was answered; not if one finds nothing."""
        plane = self.plane()
        if plane is not None and plane.pending:
            self._then = act
        else:
            act()

    # being answered

    def take_answer(self, token: int, place: tuple[int, int], answer: ClickAnswer) -> bool:
        """Take an answer; one that nobody waits for any more, or of another frame, is left aside.

        Returns
        -------
        bool
            Whether it was waited for.
        """
        if self._asked is None or self._asked[0] != token:
            return False
        key, self._asked = self._asked[1], None
        plane = self.plane(key)
        present = self.present(key)
        is_of_it = place == (key.recording_id, key.frame) and answer.mask.shape == present.shape
        if plane is None or not plane.pending or not is_of_it:
            self._ask_next()
            return False
        if answer.engine:
            self.set_engine(replace(self._engine, name=answer.engine))
        before, mark, note = self._previous(key), plane.pending[0], ""
        if answer.found and (before is not None or answer.mask.any()):
            plane.answer(answer.mask, present, SOURCE + answer.engine)
            if before is not None and not plane.is_followed and np.array_equal(answer.mask, before):
                note = NOTHING_CHANGED
        else:
            note = self._refused(plane, answer.note)
        self._session.click_changed.emit(key)
        if note:
            self._note(note, mark)
        self._go_on(plane)
        return True

    def lost(self, token: int) -> None:
        """Learn that a question will not be answered; its mark goes, the rest stays."""
        if self._asked is None or self._asked[0] != token:
            return
        key, self._asked = self._asked[1], None
        plane = self.plane(key)
        if plane is not None and plane.pending:
            self._then = None
            mark = plane.refuse()
            self._session.click_changed.emit(key)
            self._note("This could not be answered: try again", mark)
            self._go_on(plane)

    def _refused(self, plane: ClickPlane, note: str) -> str:
        """Forget a mark that found nothing, and what hung on it; return what to say of it."""
        plane.refuse()
        self._then = None
        if plane.is_followed and not plane.has_answer:
            if any(is_positive(other) for other in plane.pending):
                return ""  # the next one may find it
            plane.pending.clear()
            return "Nothing was found where you clicked on the frame before: click anew"
        return note or "Nothing was found here"

    def _go_on(self, plane: ClickPlane) -> None:
        if plane.pending:
            self._ask_next()
            return
        plane.is_followed = False  # what is marked from now on is this frame's own
        if self._then is not None:
            act, self._then = self._then, None
            act()

    # how whoever answers is

    def set_ready(self, place: tuple[int, int], ready: bool) -> None:
        """Learn whether a frame is prepared."""
        before = self.is_ready
        if ready:
            self._ready = place
        elif self._ready == place:
            self._ready = None
        if before != self.is_ready:
            self._session.click_engine_changed.emit()

    def set_engine(self, state: ClickEngineState) -> None:
        """Learn who answers, and what it does."""
        if state != self._engine:
            self._engine = state
            self._session.click_engine_changed.emit()

    def _note(self, text: str, mark: Mark | None = None) -> None:
        self._session.click_noted.emit(text, None if mark is None else anchor(mark))


def anchor(mark: Mark) -> tuple[float, float]:
    """Return where a mark is, row and column, for a note beside it."""
    if isinstance(mark, Click):
        return mark.row, mark.col
    if isinstance(mark, Box):
        return (mark.row0 + mark.row1) / 2, (mark.col0 + mark.col1) / 2
    return mark.points[-1]
