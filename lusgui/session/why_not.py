"""Why a command cannot be used now, in one sentence: a key that does nothing says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.session import click_acts, review_acts, time_acts
from lusgui.session.commands.command import (
    always,
    can_accept,
    can_draw,
    has_worklist,
    may_use_models,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.commands.command import Command
    from lusgui.session.session import Session

NEEDS_NO_STUDY = (always, click_acts.can_undo, click_acts.can_redo)


def why_not(session: Session, command: Command) -> str:
    """Return why a command that cannot be used now cannot.

    Parameters
    ----------
    session : Session
        As it is now.
    command : Command
        One whose condition does not hold.
    """
    title, condition = tr(command.title), command.enabled_when
    if not session.is_open and condition not in NEEDS_NO_STUDY:
        return tr("“{title}” needs a recording: {key:file.open} opens one", title=title)
    if session.place is None and condition not in NEEDS_NO_STUDY:
        return tr("“{title}” needs a frame: no recording is shown yet", title=title)
    if session.is_blinded and condition in (may_use_models, review_acts.can_begin_second_read):
        return tr("“{title}” rests during a blinded second read", title=title)
    if session.is_read_only and condition in (can_draw, can_accept, click_acts.can_undo):
        return tr("“{title}” is not possible: the study is open for reading only", title=title)
    found = _REASONS.get(condition)
    if found is not None:
        return found(session)
    if command.id.startswith("label.choose"):
        return tr("This study has no label {number}", number=command.id.removeprefix("label.choose"))
    return tr("“{title}” has nothing to do here now", title=title)


def _no_ghosts(session: Session) -> str:
    if session.times.is_running:
        return tr("Frames are still being filled: accept when the first ghosts are there")
    return tr("No ghosts wait here: there is nothing to accept or drop")


_REASONS: dict[Callable[[Session], bool], Callable[[Session], str]] = {
    time_acts.has_ghosts: _no_ghosts,
    time_acts.has_ghost: _no_ghosts,
    click_acts.can_undo: lambda _session: tr("There is nothing to take back"),
    click_acts.can_redo: lambda _session: tr("There is nothing to do again"),
    click_acts.has_clicks: lambda _session: tr("Nothing is clicked on this frame"),
    click_acts.has_waiting: lambda _session: tr("No clicks wait anywhere"),
    click_acts.is_clicking: lambda _session: tr("This key belongs to clicking: {key:tool.click} takes it up"),
    can_accept: lambda _session: tr("There is nothing to accept here: no model, no ghost, no open shape"),
    has_worklist: lambda _session: tr("There is no worklist yet: draw one in the Worklist panel"),
}
