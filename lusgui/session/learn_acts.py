"""What the commands of learning do, in words of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.session.acts import next_on_worklist, say_why

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.acts import Desk


def next_suggested(step: int) -> Callable[[Desk], None]:
    """Return a command body that goes to the next suggested frame and says why, or on the worklist."""
    on_worklist = next_on_worklist(step)

    def run(desk: Desk) -> None:
        session = desk.session
        learning, label = session.learning, session.view.label
        if not learning.suggestions(label):
            if session.worklist:
                on_worklist(desk)
            else:
                desk.say(
                    tr(
                        "No frames are suggested yet: they come with a run ({key:learn.start}), or draw a"
                        " worklist"
                        " ({key:worklist.draw})"
                    )
                )
            return
        if learning.next_suggestion(step):
            say_why(desk)

    return run


def use_newest(desk: Desk) -> None:
    """Let the newest model of the current label answer."""
    session = desk.session
    newest = next(iter(session.models.versions(session.view.label)), None)
    if newest is not None and session.models.promote(newest.id):
        desk.say(f"{newest.name} is in use")


def roll_back(desk: Desk) -> None:
    """Let the model before answer for the current label."""
    session = desk.session
    label = session.view.label
    if session.models.active(label) is None:
        desk.say("The default model is in use: there is none before it")
        return
    before = session.models.roll_back(label)
    desk.say(f"{before.name if before is not None else 'The default model'} is in use again")


def forget_suggestions(desk: Desk) -> None:
    """Suggest nothing any more."""
    desk.session.learning.set_suggestions(())
