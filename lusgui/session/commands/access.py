"""Commands that find others: the palette, the editor of keys, one key to paint or rub out one label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.session import access_acts as acts
from lusgui.session.commands.command import Command, ask
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.acts import Desk
    from lusgui.session.session import Session

LABELS_WITH_KEYS = 2


def commands() -> tuple[Command, ...]:
    """Return these commands; each stands in the menu it belongs to."""
    return (
        *(_use_label(number, erase) for erase in (False, True) for number in range(1, LABELS_WITH_KEYS + 1)),
        _text("larger", "Larger text", "Enlarge all letters, up to twice the usual size", acts.scale_text(1)),
        _text("smaller", "Smaller text", "Make all letters smaller, down to 80 %", acts.scale_text(-1)),
        _text("usual", "Text of the usual size", "Letters as they were at first", acts.scale_text(0)),
        Command(
            "app.keys",
            "Change shortcuts…",
            ("F2",),
            ask("keys"),
            "Edit",
            "Give commands other keys, or take the keys of another program",
            icon="keyboard",
            section=3,
        ),
        Command(
            "help.palette",
            "Find a command…",
            ("Ctrl+K",),
            ask("palette"),
            "Help",
            "Type a few letters of any command, label or recording, or the number of a frame",
            icon="search",
        ),
    )


def _text(name: str, title: str, tooltip: str, run: Callable[[Desk], object]) -> Command:
    return Command(f"view.text_{name}", title, (), run, "View", tooltip, section=7)


def _use_label(number: int, erase: bool) -> Command:
    verb = "Rub out" if erase else "Paint"

    def exists(session: Session) -> bool:
        return session.place is not None and len(session.labels) >= number

    def title(session: Session) -> str | None:
        if len(session.labels) < number:
            return None
        name = session.labels[number - 1].name
        return tr("Rub out {name}", name=name) if erase else tr("Paint {name}", name=name)

    return Command(
        f"label.{'erase' if erase else 'paint'}{number}",
        f"{verb} label {number}",
        (),
        _take_brush(number - 1, erase),
        "Draw",
        f"Choose label {number} and the {'eraser' if erase else 'brush'} at once",
        exists,
        title_now=title,
        section=4,
    )


def _take_brush(index: int, erase: bool) -> Callable[[Desk], None]:
    def run(desk: Desk) -> None:
        session = desk.session
        if index < len(session.labels):
            session.choose_label(session.labels[index].key)
            session.view.erase = erase
            session.view.tool = Tool.BRUSH

    return run
