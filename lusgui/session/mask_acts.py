"""What the commands of the Mask menu do, in words of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr, trn
from lusgui.core.label import IGNORE_LABEL
from lusgui.session.masking import Masking
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.annotation import PlaneKey
    from lusgui.session.acts import Desk
    from lusgui.session.session import Session


def _run(operation: Callable[[Masking, PlaneKey], str]) -> Callable[[Desk], None]:
    """Return a command body that does an operation on the present mask and says what it did."""

    def run(desk: Desk) -> None:
        session = desk.session
        key = session.key()
        if key is None:
            return
        if session.clicking.plane() is not None:
            desk.say(
                tr(
                    "Something is clicked here: accept it ({key:model.accept}) or drop it"
                    " ({key:click.drop}) first"
                )
            )
            return
        session.moving.finish()
        said = operation(session.masking, key)
        if said:
            desk.say(said)

    return run


grow = _run(Masking.grow)
shrink = _run(Masking.shrink)
smooth = _run(Masking.smooth)
keep_largest = _run(Masking.keep_largest)
remove_small = _run(Masking.remove_small)
fill_holes = _run(Masking.fill_holes)
_mirror = _run(Masking.mirror)


def mirror(desk: Desk) -> None:
    """Mirror the piece in hand, or else the whole mask."""
    piece = desk.session.moving.piece
    if piece is None:
        _mirror(desk)
    else:
        piece.mirror()


def is_moving(session: Session) -> bool:
    """Whether pieces are moved, so that it matters whether they stay where they were."""
    return session.view.tool is Tool.MOVE


def toggle(name: str) -> Callable[[Desk], None]:
    """Return a command body that switches a flag of the settings of mask operations."""

    def run(desk: Desk) -> None:
        settings = desk.session.masking.settings
        setattr(settings, name, not getattr(settings, name))

    return run


def remove_piece(desk: Desk) -> None:
    """Take a step back in the shape that is open, or remove the piece of one's own mask under the pointer."""
    if desk.session.shaping.step_back():
        return
    key, at = desk.session.key(), desk.pointer()
    if key is None:
        return
    if at is None:
        desk.say(tr("Point at a piece of your mask in the image, then press {key:mask.remove_piece}"))
        return
    said = desk.session.masking.remove_at(key, *at)
    if said:
        desk.say(said)


def keep_title(session: Session) -> str | None:
    """Return the title of keeping the largest, for a label of several pieces."""
    most = session.masking.most_pieces(session.view.label)
    return (
        None if most == 1 else trn("Keep the largest {count} piece", "Keep the largest {count} pieces", most)
    )


def in_words(session: Session, mm: str, px: str, unit: str = "mm") -> str | None:
    """Return the present value of a setting, in mm where the spacing is known, e.g. ``0.5 mm``."""
    place = session.place
    if place is None:
        return None
    settings = session.masking.settings
    if session.masking.spacing(place[0]) is None:
        return f"{getattr(settings, px):g} px"
    return f"{getattr(settings, mm):g} {unit}"


def titled(words: str, mm: str, px: str, unit: str = "mm") -> Callable[[Session], str | None]:
    """Return a title with the present value of a setting, e.g. "Grow by 0.5 mm"."""

    def title(session: Session) -> str | None:
        value = in_words(session, mm, px, unit)
        return None if value is None else f"{tr(words)} {value}"

    return title


def toggle_lock(desk: Desk) -> None:
    """Lock the present label, or unlock it."""
    session = desk.session
    label = session.view.label
    locked = not session.locks.is_locked(label)
    session.locks.set_locked(label, locked)
    name = session.label_name(label)
    words = "{name} is locked: nothing changes it" if locked else "{name} can be drawn again"
    desk.say(tr(words, name=name))


def lock_title(session: Session) -> str | None:
    """Return the title of the lock with the name of the label."""
    return tr("Lock {name}", name=session.label_name(session.view.label))


def toggle_limits(desk: Desk) -> None:
    """Let the limits of painting hold, or not."""
    guard = desk.session.guard
    if not guard.has_limits:
        guard.is_on = False
        desk.say("No limit is set yet: choose one under Limit painting in the Annotate tab")
        return
    guard.is_on = not guard.is_on
    desk.say(tr("Painting only: {limits}", limits=guard.words) if guard.is_on else "Painting everywhere")


def is_ignoring(session: Session) -> bool:
    """Whether regions to ignore are being drawn."""
    return session.view.label == IGNORE_LABEL.key


def can_fill_shadow(session: Session) -> bool:
    """Whether there are ribs on this frame whose shadows can be ignored."""
    return session.shadow_fill.can_offer()


def draw_ignored(desk: Desk) -> None:
    """Draw where nobody can tell, or go back to the structure of the recording."""
    session = desk.session
    if is_ignoring(session):
        recording_id = session.current_recording_id
        own = None if recording_id is None else session.label_of(recording_id)
        others = [label.key for label in session.labels if label.key != IGNORE_LABEL.key]
        if own is not None or others:
            session.view.label = own or others[0]
        return
    if session.ensure_label(IGNORE_LABEL.key) is not None:
        session.view.label = IGNORE_LABEL.key
        desk.say("Draw where nobody can tell: neither learnt nor judged there. The same command goes back")
