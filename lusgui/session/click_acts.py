"""What the commands of clicking do, in words of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.retell import retell
from lusgui.base.translate import tr
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from lusgui.core.annotation import PlaneKey
    from lusgui.session.acts import Desk
    from lusgui.session.session import Session


def is_clicking(session: Session) -> bool:
    """Whether clicking is the tool in use and there is a frame to click on."""
    return session.clicking.current is not None


def has_clicks(session: Session) -> bool:
    """Whether something is clicked on this frame and not accepted; a drag under way comes first."""
    return session.clicking.plane() is not None and not session.is_stroke_open


def can_drop(session: Session) -> bool:
    """Whether there is an open shape, something clicked, or a ghost, to let go."""
    if session.shaping.shape is not None or has_clicks(session):
        return True
    return session.times.ghost(session.key()) is not None and not session.is_stroke_open


def has_waiting(session: Session) -> bool:
    """Whether clicks wait on other frames or labels."""
    return bool(session.clicking.waiting())


def can_undo(session: Session) -> bool:
    """Whether there is a mark or an edit to take back."""
    if session.shaping.shape is not None or session.shapes.given_up is not None:
        return True
    if session.callipers.undo_name:
        return True
    return bool(session.clicking.undo_name) or session.can_undo


def can_redo(session: Session) -> bool:
    """Whether there is a mark to give again or, where nothing is clicked, an edit to do again."""
    if session.callipers.redo_name or session.clicking.redo_name:
        return True
    return session.clicking.plane() is None and session.can_redo


def undo_title(session: Session) -> str | None:
    """Return what the menu says of undo now."""
    if session.shaping.shape is not None:
        return tr("Undo the last step of the {name}", name=tr(session.shaping.shape.name))
    if session.shapes.given_up is not None:
        return tr("Undo giving up the {name}", name=tr(session.shapes.given_up.name))
    name = session.callipers.undo_name or session.clicking.undo_name or session.undo_name
    return tr("Undo {name}", name=retell(name)) if name else None


def redo_title(session: Session) -> str | None:
    """Return what the menu says of redo now."""
    name = session.callipers.redo_name or session.clicking.redo_name
    if not name and session.clicking.plane() is None:
        name = session.redo_name or ""
    return tr("Redo {name}", name=retell(name)) if name else None


def accept_title(session: Session) -> str | None:
    """Return what the menu says of accepting while something is clicked or drawn."""
    if session.shaping.shape is not None:
        return tr("Finish the {name}", name=tr(session.shaping.shape.name))
    if session.clicking.plane() is not None:
        return "Accept the clicked mask"
    return "Accept the ghost of this frame" if session.times.ghost(session.key()) is not None else None


def undo(desk: Desk) -> None:
    """Take back the stroke under way, or a step of the open shape, the newest click, else the last edit."""
    if desk.session.is_stroke_open:
        desk.session.shaping.stroke_given_up.emit()
        desk.say(tr("The stroke was taken back"))
        return
    if desk.session.shaping.step_back() or desk.session.shapes.bring_back():
        return
    before, name = _seen(desk.session), desk.session.callipers.undo_name
    if desk.session.callipers.undo():
        _say_where(desk, before, tr("Undone: {name}", name=retell(name)))
        return
    if not desk.session.clicking.undo():
        name = desk.session.undo_name or ""
        if desk.session.undo() is not None:
            _say_where(desk, before, tr("Undone: {name}", name=retell(name)))


def redo(desk: Desk) -> None:
    """Give the mark again that was taken back or, where nothing is clicked, do the last edit again."""
    before, name = _seen(desk.session), desk.session.callipers.redo_name
    if desk.session.callipers.redo():
        _say_where(desk, before, tr("Done again: {name}", name=retell(name)))
        return
    if not desk.session.clicking.redo() and desk.session.clicking.plane() is None:
        name = desk.session.redo_name or ""
        if desk.session.redo() is not None:
            _say_where(desk, before, tr("Done again: {name}", name=retell(name)))


def _seen(session: Session) -> tuple[object, ...]:
    """Return what one looks at: recording, frame and label."""
    return session.place, session.view.label


def _say_where(desk: Desk, before: tuple[object, ...], what: str) -> None:
    """Say what was taken back or done again, where one did not look at it: undo has jumped there."""
    session = desk.session
    if session.place is None or _seen(session) == before:
        return
    row = session.row(session.place[0])
    was = before[0]
    is_other = isinstance(was, tuple) and was[0] != session.place[0]
    if row is not None and is_other:
        desk.say(tr("{what}; {recording} is shown now", what=what, recording=row.name))
    elif was != session.place:
        desk.say(tr("{what}; that frame is shown now", what=what))
    else:
        desk.say(what)


def swap_sign(desk: Desk) -> None:
    """Let clicks take away instead of add, or the reverse."""
    view = desk.session.view
    view.click_negative = not view.click_negative


def drop(desk: Desk) -> None:
    """Give up the shape that is open, or let what was clicked go."""
    if desk.session.shaping.cancel():
        if desk.session.shapes.given_up is not None:
            desk.say(tr("Given up; {key:edit.undo} brings it back"))
        return
    if desk.session.clicking.drop():
        desk.say(tr("Dropped; {key:edit.undo} brings it back"))
    elif desk.session.times.drop():
        desk.say("Ghost dropped: the key that made it brings it back")


def follow(desk: Desk) -> None:
    """Take over what was clicked and click the same on the next frame."""
    clicking = desk.session.clicking
    clicking.when_answered(clicking.follow)


def go_to_waiting(desk: Desk) -> None:
    """Go to the next frame on which clicks wait."""
    session = desk.session
    keys = session.clicking.waiting()
    if not keys:
        desk.say("No clicks wait anywhere")
        return
    here = session.key()
    order = [key for key in keys if here is None or _place(key) > _place(here)]
    key = (order or list(keys))[0]
    session.go_to(key.recording_id, key.frame)
    session.view.label = key.label
    session.view.tool = Tool.CLICK


def _place(key: PlaneKey) -> tuple[int, int, str]:
    return key.recording_id, key.frame, key.label
