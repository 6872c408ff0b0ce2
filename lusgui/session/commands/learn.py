"""Commands of the Learn menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.learning.status import RunState
from lusgui.session import learn_acts as acts
from lusgui.session.commands.command import Command, ask, can_draw, has_frame, has_study

if TYPE_CHECKING:
    from lusgui.session.session import Session


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "learn.start",
            "Learn what was reviewed",
            ("Ctrl+T",),
            lambda desk: desk.learn("start"),
            "Learn",
            "Learn this label from every frame you reviewed, in the background; go on working meanwhile",
            can_draw,
            icon="learn",
            title_now=_start_title,
        ),
        Command(
            "learn.stop",
            "Stop and keep",
            ("Ctrl+Shift+T",),
            lambda desk: desk.learn("stop"),
            "Learn",
            "End the run now, judge what was learnt so far, and use it if it is not worse",
            _can_stop,
            icon="stop",
        ),
        Command(
            "learn.cancel",
            "Cancel and discard",
            (),
            lambda desk: desk.learn("cancel"),
            "Learn",
            "End the run and throw away what it learnt; nothing you drew is touched",
            _is_learning,
            icon="trash",
        ),
        Command(
            "learn.points",
            "Learn to find it from centre points",
            (),
            lambda desk: desk.learn("points"),
            "Learn",
            "Learn from your centre points where this label is, not its outline",
            can_draw,
        ),
        Command(
            "learn.boxes",
            "Learn to find it from boxes",
            (),
            lambda desk: desk.learn("boxes"),
            "Learn",
            "Learn from your boxes where this label is, not its outline",
            can_draw,
        ),
        Command(
            "learn.resume",
            "Go on with the interrupted run",
            (),
            lambda desk: desk.learn("resume"),
            "Learn",
            "Take up the run that was under way when lusgui was closed",
            can_draw,
        ),
        Command(
            "learn.what_changed",
            "What changed…",
            ("Ctrl+Shift+G",),
            ask("what changed"),
            "Learn",
            "See gained and lost pixels of the newest model on the frames you reviewed",
            has_study,
            icon="compare",
            section=1,
        ),
        Command(
            "learn.use",
            "Use the newest model",
            (),
            acts.use_newest,
            "Learn",
            "Let the newest model of this label answer, even if it was kept aside",
            _has_newer,
            icon="accept",
            section=1,
        ),
        Command(
            "learn.roll_back",
            "Use the previous model again",
            (),
            acts.roll_back,
            "Learn",
            "Go back to the model that answered for this label before; the newer one stays on the list",
            _can_roll_back,
            icon="undo",
            section=1,
        ),
        Command(
            "learn.next",
            "Next suggested frame",
            ("N",),
            acts.next_suggested(1),
            "Learn",
            "Go to the frame that would teach most; without suggestions, to the next on the worklist",
            has_frame,
            icon="next",
            section=2,
        ),
        Command(
            "learn.previous",
            "Previous suggested frame",
            ("Shift+N",),
            acts.next_suggested(-1),
            "Learn",
            "Go back among the suggested frames; without suggestions, on the worklist",
            has_frame,
            icon="previous",
            section=2,
        ),
        Command(
            "learn.suggest",
            "Look for frames worth drawing",
            (),
            lambda desk: desk.learn("suggest"),
            "Learn",
            "Rate the frames nobody reviewed, in the background, without learning anything",
            can_draw,
            section=2,
        ),
        Command(
            "learn.forget_suggestions",
            "Forget the suggested frames",
            (),
            acts.forget_suggestions,
            "Learn",
            "{key:learn.next} then walks through the worklist again",
            _has_suggestions,
            section=2,
        ),
        Command(
            "learn.show",
            "Show learning",
            (),
            ask("learning"),
            "Learn",
            "Curves, versions and suggested frames at the right",
            has_frame,
            section=3,
        ),
        Command(
            "learn.guide",
            "How learning works",
            (),
            ask("guide learning"),
            "Learn",
            "What a run does, how it is judged, and what the numbers mean",
            icon="help",
            section=3,
        ),
    )


def _start_title(session: Session) -> str | None:
    label = session.label(session.view.label)
    return None if label is None else f"Learn {label.name} from what was reviewed"


def _is_learning(session: Session) -> bool:
    return session.learning.status.state.is_busy


def _can_stop(session: Session) -> bool:
    state = session.learning.status.state
    return state.is_busy and state is not RunState.STOPPING


def _can_roll_back(session: Session) -> bool:
    return can_draw(session) and session.models.active(session.view.label) is not None


def _has_newer(session: Session) -> bool:
    if not can_draw(session):
        return False
    newest = next(iter(session.models.versions(session.view.label)), None)
    return newest is not None and not newest.is_active


def _has_suggestions(session: Session) -> bool:
    return can_draw(session) and bool(session.learning.suggestions())
