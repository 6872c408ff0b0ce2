"""What the commands of the Review menu do, in words of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lusgui.session.acts import Desk
    from lusgui.session.session import Session


def is_flagged(session: Session) -> bool:
    """Return whether the present frame is flagged for the present label."""
    return session.review.is_flagged(session.key())


def flag(desk: Desk) -> None:
    """Flag the present frame for the present label, or take the flag away."""
    session = desk.session
    key = session.key()
    if key is None:
        return
    if session.review.is_flagged(key):
        if session.review.unflag(key):
            desk.say("The flag is gone; Ctrl+Z puts it back")
    elif session.review.flag(key):
        desk.say(f"Frame {key.frame + 1} is flagged: it waits in the queue of the Worklist tab")
