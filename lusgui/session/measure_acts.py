"""What the commands of measuring do, in words of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.measures.drawn import Kind
    from lusgui.session.acts import Desk
    from lusgui.session.session import Session


def has_callipers(session: Session) -> bool:
    """Whether callipers lie on this frame."""
    return bool(session.callipers.here)


def can_calibrate(session: Session) -> bool:
    """Whether there is a recording whose spacing may be changed."""
    return session.place is not None and not session.is_read_only


def kind_is(kind: Kind) -> Callable[[Session], bool]:
    """Return a condition: the next calliper is of this kind."""

    def is_on(session: Session) -> bool:
        callipers = session.callipers
        is_chosen = callipers.kind is kind and not callipers.is_calibrating
        return session.view.tool is Tool.CALLIPER and is_chosen

    return is_on


def take(kind: Kind) -> Callable[[Desk], None]:
    """Return a command body that takes the callipers up for one kind of measure."""

    def run(desk: Desk) -> None:
        desk.session.view.tool = Tool.CALLIPER
        desk.session.callipers.kind = kind

    return run


def calibrate(desk: Desk) -> None:
    """Let the next line be one along a known distance; a second time, type the spacing instead."""
    callipers = desk.session.callipers
    if callipers.is_calibrating:
        callipers.calibrate(False)
        desk.ask("spacing")
        return
    callipers.calibrate()
    desk.say("Draw a line along a distance that you know, e.g. the depth scale; the same keys again: type it")


def clear(desk: Desk) -> None:
    """Take all callipers of this frame away."""
    if desk.session.callipers.clear():
        desk.say(tr("Callipers deleted; {key:edit.undo} brings them back while the callipers are in hand"))


def toggle_lines(desk: Desk) -> None:
    """Draw callipers and where the mask was measured on the image, or stop doing so."""
    desk.session.callipers.is_shown = not desk.session.callipers.is_shown
