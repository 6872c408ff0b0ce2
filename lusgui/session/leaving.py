"""Leaving the open study: what would be lost by it, and the one question that is asked before.

Every way out goes through here: closing the window or the study, and opening or making another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from psygnal import Signal

from lusgui.base.translate import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from lusgui.session.session import Session

MOST_FRAMES = 8
"""More frames are not named."""


class Purpose(StrEnum):
    """What a person wants to do when they leave a study."""

    CLOSE = "close"
    GO_ON = "go on"


@dataclass(frozen=True)
class LooseEnd:
    """Something that was begun and is not in the study.

    Parameters
    ----------
    text : str
        One sentence that says what it is and where.
    keep : callable
        Takes it over into the study; returns false where that cannot be, after saying why.
    """

    text: str
    keep: Callable[[], bool]


@dataclass(frozen=True)
class Farewell:
    """The question before a study is left; one of its methods is the answer, none is to stay.

    Parameters
    ----------
    leaving : Leaving
        Who asks.
    then : callable
        What leaves the study.
    purpose : Purpose
        What the person wants.
    ends : tuple of LooseEnd
        What was begun and is not in the study; empty where only edits are not written.
    unsaved : int
        Edits that the disk has refused so far.
    """

    leaving: Leaving
    then: Callable[[], object]
    purpose: Purpose
    ends: tuple[LooseEnd, ...]
    unsaved: int

    def keep(self) -> None:
        """Take everything over and go; what cannot be taken over stays open, and so does the study."""
        kept = [end.keep() for end in self.ends]
        if all(kept):
            self.leaving.go(self.then, self.purpose)

    def drop(self) -> None:
        """Let what is not in the study go; edits that are not written are asked about all the same."""
        self.leaving.go(self.then, self.purpose, drops=True)

    def lose(self) -> None:
        """Go without the edits that could not be written."""
        self.leaving.discard()
        self.then()

    def again(self) -> None:
        """Look again, once a copy was saved."""
        self.leaving.go(self.then, self.purpose, drops=not self.ends)


class Leaving:
    """The ways out of the open study.

    Where nobody listens to `asked`, as on the command line, nobody is asked.

    Parameters
    ----------
    session : Session
        Whose study.

    Signals
    -------
    asked(Farewell)
        Something would be lost: a person is to be asked.
    stroke_ended()
        What is being drawn at this very moment is to become what it would if the pen were lifted now.
    """

    asked = Signal(Farewell)
    stroke_ended = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session

    def loose_ends(self, recording_id: int | None = None) -> tuple[LooseEnd, ...]:
        """Return what was begun and is not in the study, of one recording or of all."""
        session = self._session
        found = []

        def is_wanted(of: int) -> bool:
            return recording_id is None or of == recording_id

        keys = [key for key in session.clicking.unaccepted() if is_wanted(key.recording_id)]
        if keys:
            frames = _frames(key.frame for key in keys)
            text = (
                tr("A clicked mask is not accepted yet ({frames}).", frames=frames)
                if len(keys) == 1
                else tr(
                    "{count} clicked masks are not accepted yet ({frames}).", count=len(keys), frames=frames
                )
            )
            found.append(LooseEnd(text, session.clicking.accept_all))
        waiting = [key for key in session.clicking.unanswered() if is_wanted(key.recording_id)]
        if waiting:
            text = tr(
                "Clicks wait for their answer ({frames}).", frames=_frames(key.frame for key in waiting)
            )
            found.append(LooseEnd(text, session.clicking.await_answers))
        drafts = [draft for draft in session.shapes.unfinished if is_wanted(draft.key.recording_id)]
        if drafts:
            frames = _frames(draft.key.frame for draft in drafts)
            text = (
                tr("A {shape} is not finished yet ({frames}).", shape=tr(drafts[0].name), frames=frames)
                if len(drafts) == 1
                else tr("{count} shapes are not finished yet ({frames}).", count=len(drafts), frames=frames)
            )
            found.append(LooseEnd(text, session.shapes.finish_all))
        lines = [draft for draft in session.callipers.unfinished if is_wanted(draft.place[0])]
        if lines:
            frames = _frames(draft.place[1] for draft in lines)
            text = (
                tr("A calliper is not finished yet ({frames}).", frames=frames)
                if len(lines) == 1
                else tr("{count} callipers are not finished yet ({frames}).", count=len(lines), frames=frames)
            )
            found.append(LooseEnd(text, session.callipers.finish_all))
        unwritten = [one for one in session.callipers.unwritten if is_wanted(one)]
        if unwritten and not session.callipers.write_again():
            text = tr("Callipers could not be written: save a copy of the study elsewhere to keep them.")
            found.append(LooseEnd(text, session.callipers.write_again))
        ghosts = [key for key in session.times.keys if is_wanted(key.recording_id)]
        if ghosts:
            text = (
                tr("1 ghost waits to be accepted.")
                if len(ghosts) == 1
                else tr("{count} ghosts wait to be accepted.", count=len(ghosts))
            )
            over = sum(not session.times.may_accept(key) for key in ghosts)
            if over:
                text += " " + tr("Left out in any case, being on frames drawn on since: {count}.", count=over)
            found.append(LooseEnd(text, session.times.accept_everything))
        return tuple(found)

    def is_free(self) -> bool:
        """Whether the study can be left and nothing is lost; writes what waits to be written."""
        return self._question(_nothing, Purpose.CLOSE) is None

    def go(
        self, then: Callable[[], object], purpose: Purpose = Purpose.GO_ON, *, drops: bool = False
    ) -> bool:
        """Do what leaves the study, at once where nothing is lost by it, else after asking.

        Parameters
        ----------
        then : callable
            What leaves the study.
        purpose : Purpose
            What the person wants.
        drops : bool
            Whether what is not in the study may go: the person was asked.

        Returns
        -------
        bool
            Whether it was done; false where somebody is asked first.
        """
        question = self._question(then, purpose, drops=drops)
        if not len(self.asked):
            question = None  # nobody can be asked
        if question is None:
            then()
            return True
        self.asked.emit(question)
        return False

    def open_study(self, path: Path, after: Callable[[], object] | None = None) -> bool:
        """Open another study, asking first where something would be lost; return whether it was done.

        Parameters
        ----------
        path : Path
            The study; the one that is open, or one that is not there, is not asked about.
        after : callable, optional
            Called once it is open.
        """
        session = self._session

        def then() -> None:
            if session.open_study(path) and after is not None:
                after()

        if session.has_open(path) or not path.exists():
            then()
            return True
        return self.go(then)

    def discard(self) -> None:
        """Close the study with what could not be written: the person was asked."""
        self._session.discard_and_close()

    def _question(
        self, then: Callable[[], object], purpose: Purpose, *, drops: bool = False
    ) -> Farewell | None:
        """Return what is to be asked; None where nothing would be lost."""
        session = self._session
        if session.is_stroke_open:
            self.stroke_ended.emit()
        session.moving.finish()  # what cannot be written then is asked about
        ends = () if drops else self.loose_ends()
        unsaved = session.unsaved_count
        if unsaved and session.retry_saving():
            unsaved = 0
        return Farewell(self, then, purpose, ends, unsaved) if ends or unsaved else None


def _nothing() -> None:
    """Leave nothing."""


def _frames(frames: Iterable[int]) -> str:
    """Return frames in words, e.g. ``frames 3, 5``; the first few of many."""
    numbers = sorted({frame + 1 for frame in frames})
    if len(numbers) == 1:
        return tr("frame {number}", number=numbers[0])
    named = ", ".join(str(number) for number in numbers[:MOST_FRAMES])
    more = len(numbers) - MOST_FRAMES
    if more > 0:
        return tr("frames {numbers} and {count} more", numbers=named, count=more)
    return tr("frames {numbers}", numbers=named)
