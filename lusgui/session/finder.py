"""Finds what a person means by a few letters: a command, a label, a recording, or the number of a frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.session.commands import COMMANDS, Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lusgui.session.acts import Desk
    from lusgui.session.session import Session

SHOWN = 60
"""Findings that are offered at most."""
REMEMBERED = 6
OF_NO_USE = 0.4
"""What the fit of a thing counts that cannot be done now."""
_NOT_OFFERED = ("help.palette", "label.choose")
_FRAME = re.compile(r"^(?:(?P<name>.*?)[\s#])?\s*(?P<number>\d{1,9})$")
_FRAME_WORDS = re.compile(r"\b(?:go to|frame)\b|#", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One thing that can be done.

    Parameters
    ----------
    id : str
        What it is remembered by.
    title : str
        What it does.
    detail : str
        Where it stands, or one sentence more.
    keys : tuple of str
        Keys that do it too.
    icon : str
        Name of a picture; empty for none.
    is_usable : bool
        Whether it can be done now.
    run : callable
        Does it.
    """

    id: str
    title: str
    detail: str
    keys: tuple[str, ...]
    icon: str
    is_usable: bool
    run: Callable[[Desk], object]


class Finder:
    """Everything that can be asked for by name.

    Parameters
    ----------
    session : Session
        Whose labels, recordings, frames and keys.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._recent: list[str] = []

    def note(self, finding: Finding) -> None:
        """Remember what was chosen: it is offered first the next time."""
        self._recent = [finding.id, *(each for each in self._recent if each != finding.id)][:REMEMBERED]

    def find(self, query: str) -> list[Finding]:
        """Return what fits a query, best first; what was used last stands first where nothing is typed."""
        text = " ".join(query.split())
        everything = [*self._commands(), *self._labels(), *self._recordings()]
        if not text:
            usable = [each for each in everything if each.is_usable]
            return sorted(usable, key=self._age)[:SHOWN]
        words = text.casefold().split()
        scored = [
            (-score * (1.0 if each.is_usable else OF_NO_USE), self._age(each), place, each)
            for place, each in enumerate(everything)
            if (score := fit(words, each.title.casefold(), each.detail.casefold())) > 0
        ]
        scored.sort(key=lambda entry: entry[:3])
        return [*self._frames(text), *(entry[3] for entry in scored)][:SHOWN]

    def _age(self, finding: Finding) -> int:
        return self._recent.index(finding.id) if finding.id in self._recent else REMEMBERED

    def _commands(self) -> Iterator[Finding]:
        session = self._session
        for command in COMMANDS:
            if not command.id.startswith(_NOT_OFFERED):
                yield Finding(
                    command.id,
                    (command.title_now(session) or tr(command.title)).rstrip("…"),
                    f"{tr(command.group)}: {tr(command.tooltip)}",
                    session.key_map.keys(command.id),
                    command.icon,
                    command.enabled_when(session),
                    command.run,
                )

    def _labels(self) -> Iterator[Finding]:
        session = self._session
        for number, label in enumerate(session.labels, start=1):
            yield Finding(
                f"label {label.key}",
                tr("Draw {name}", name=label.name),
                tr("Label: draw and threshold it"),
                session.key_map.keys(f"label.choose{number}"),
                "label",
                True,
                _choose(label.key),
            )

    def _recordings(self) -> Iterator[Finding]:
        here = self._session.current_recording_id
        for row in self._session.recording_rows():
            frames = tr("1 frame") if row.frames == 1 else tr("{count} frames", count=row.frames)
            detail = tr("file not found") if row.missing else f"{tr('Recording')}: {frames}"
            yield Finding(
                f"recording {row.id}",
                tr("Go to {name}", name=row.name),
                f"{detail}, {tr('on screen now')}" if row.id == here else detail,
                (),
                "recording",
                not row.missing,
                _go_to(row.id, 0),
            )

    def _frames(self, text: str) -> list[Finding]:
        """Return the frames that a number at the end of the query may mean."""
        found = _FRAME.match(text)
        if found is None:
            return []
        number = int(found["number"])
        words = _FRAME_WORDS.sub(" ", found["name"] or "").casefold().split()
        findings = []
        for row in self._session.recording_rows():
            is_here = row.id == self._session.current_recording_id
            if is_here if not words else fit(words, row.name.casefold(), "") > 0:
                is_there = 1 <= number <= row.frames and not row.missing
                findings.append(
                    Finding(
                        f"frame {row.id} {number}",
                        tr("Go to frame {number}", number=number)
                        if is_here
                        else tr("Go to frame {number} of {name}", number=number, name=row.name),
                        tr("{name}, frames: {count}", name=row.name, count=row.frames),
                        (),
                        "next",
                        is_there,
                        _go_to(row.id, number - 1),
                    )
                )
        return sorted(findings, key=lambda each: not each.is_usable)[:8]


def fit(words: list[str], title: str, detail: str) -> float:
    """Return how well a title fits all the words, 0 for not at all; the detail counts a little."""
    total = 0.0
    for word in words:
        best = 0.0
        if title.startswith(word):
            best = 8.0
        elif re.search(rf"\b{re.escape(word)}", title):
            best = 6.0
        elif word in title:
            best = 4.0
        elif re.search(rf"\b{re.escape(word)}", detail):
            best = 2.0
        elif _is_abbreviation(word, title):
            best = 1.0
        if best == 0.0:
            return 0.0
        total += best
    return total / len(words) + 1.0 / (2.0 + len(title))


def _is_abbreviation(word: str, title: str) -> bool:
    """Whether the letters come in this order at the beginnings of words, or on from there."""
    letters = iter(title)
    return title[:1] == word[:1] and len(word) >= 2 and all(letter in letters for letter in word)


def command_of(command_id: str) -> Command:
    """Return a command of the table."""
    return next(command for command in COMMANDS if command.id == command_id)


def _choose(key: str) -> Callable[[Desk], object]:
    return lambda desk: desk.session.choose_label(key)


def _go_to(recording_id: int, frame: int) -> Callable[[Desk], object]:
    return lambda desk: desk.session.go_to(recording_id, frame)
