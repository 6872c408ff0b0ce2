"""What the commands of the Review menu do, in words of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.consensus import Consensus
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
            desk.say(tr("The flag is gone; {key:edit.undo} puts it back"))
    elif session.review.flag(key):
        words = "Frame {frame} is flagged: it waits in the queue of the Worklist tab"
        desk.say(tr(words, frame=key.frame + 1))


def can_begin_second_read(session: Session) -> bool:
    """Return whether the open study can be read a second time."""
    return session.is_open and session.second_reading.read is None and session.place is not None


def is_blinded(session: Session) -> bool:
    """Return whether a blinded second read goes on."""
    return session.is_blinded


def can_adjudicate(session: Session) -> bool:
    """Return whether a study is open that could be compared with another."""
    return session.is_open and not session.is_blinded


def has_readings(session: Session) -> bool:
    """Return whether the open study holds what several readers drew, and may be drawn on."""
    return session.adjudicating.has_readings and not session.is_read_only


def is_adjudicating(session: Session) -> bool:
    """Return whether the readers' masks are shown side by side."""
    return session.adjudicating.is_shown


def adjudicate(desk: Desk) -> None:
    """Show the readers side by side, or no longer; where there is one reader alone, ask for another study."""
    judge = desk.session.adjudicating
    if not judge.has_readings:
        desk.ask("merge")
        return
    judge.show(not judge.is_shown)
    if judge.is_shown:
        key = desk.session.key()
        if key not in judge.left() and not judge.go():
            desk.say("Everything on which the readers differ is decided")


def go_to_dispute(step: int) -> Callable[[Desk], None]:
    """Return a command body that goes to the next mask on which readers differ and nobody decided."""

    def run(desk: Desk) -> None:
        desk.session.adjudicating.show()
        if not desk.session.adjudicating.go(step):
            desk.say("Everything on which the readers differ is decided")

    return run


def agree(how: Consensus) -> Callable[[Desk], None]:
    """Return a command body that makes the present mask what the readers agree on."""

    def run(desk: Desk) -> None:
        if not desk.session.adjudicating.readings(desk.session.key()):
            desk.say("Fewer than two readers drew this label here")
        else:
            desk.session.adjudicating.agree(how)

    return run


def take_reader(number: int) -> Callable[[Desk], None]:
    """Return a command body that takes over the mask of the reader at `number`."""

    def run(desk: Desk) -> None:
        readers = desk.session.adjudicating.readers
        if number < len(readers) and not desk.session.adjudicating.take(readers[number]):
            desk.say(f"{readers[number]} drew nothing of this label here, or it is taken already")

    return run


def can_guard(session: Session) -> bool:
    """Return whether models' masks can be withheld: in a study that may be changed, not read blindly."""
    return session.is_open and not session.is_read_only and not session.is_blinded


def is_guarded(session: Session) -> bool:
    """Return whether models' masks are withheld on some frames."""
    return session.bias_guard.is_on


def toggle_guard(desk: Desk) -> None:
    """Withhold models' masks on some frames, or show them everywhere again."""
    guard = desk.session.bias_guard
    if not guard.switch(not guard.is_on):
        return
    if guard.is_on:
        words = "The model is withheld on {share:.0f} % of the frames; the page Review compares them"
        desk.say(tr(words, share=100 * guard.share))
    else:
        desk.say(tr("The model is shown on every frame again"))


def can_check_ribs(session: Session) -> bool:
    """Return whether there are frames whose ribs can be looked at."""
    return session.place is not None and session.rib_checks.rib_label() is not None


def go_through_queue(step: int) -> Callable[[Desk], None]:
    """Return a command body that goes to the next frame that waits, for the reason that was chosen last."""

    def run(desk: Desk) -> None:
        queue = desk.session.review_queue
        if not queue.go(step):
            desk.say(f"Nothing waits as “{queue.reason}”: choose a reason in the Worklist tab")

    return run
