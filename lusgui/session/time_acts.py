"""What the commands of the Time menu do, in words of the session."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.coherence import LEAST_MASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.acts import Desk
    from lusgui.session.session import Session


def has_ghost(session: Session) -> bool:
    """Whether a ghost waits on this frame for this label."""
    return session.times.ghost(session.key()) is not None


def has_ghosts(session: Session) -> bool:
    """Whether ghosts wait in this recording for this label."""
    key = session.key()
    return key is not None and session.times.has_ghosts(key.recording_id, key.label)


def what_waits(session: Session) -> tuple[object, ...]:
    """Return what commands depend on: the ghost of this frame, whether there are others, key frames."""
    ghost = session.times.ghost(session.key())
    return ghost, has_ghosts(session), is_key_frame(session), loops_part(session)


def is_key_frame(session: Session) -> bool:
    """Whether this frame is a key frame of this label."""
    key = session.key()
    return key is not None and key.frame in session.times.key_frames.of(key.recording_id, key.label)


def copy_from(step: int) -> Callable[[Desk], None]:
    """Return a command body that shows the mask of a neighbour as a ghost."""
    return lambda desk: desk.say(desk.session.times.copy_from(step))


def toggle_key_frame(desk: Desk) -> None:
    """Make this frame a key frame, or one like any other."""
    desk.say(desk.session.times.toggle_key_frame())


def loop_begins(desk: Desk) -> None:
    """Let the cine loop begin with this frame."""
    desk.say(desk.session.cine_loop.begin_here())


def loop_ends(desk: Desk) -> None:
    """Let the cine loop end with this frame."""
    desk.say(desk.session.cine_loop.end_here())


def loop_all(desk: Desk) -> None:
    """Play the whole recording again."""
    desk.say(desk.session.cine_loop.clear())


def loops_part(session: Session) -> bool:
    """Whether a part of this recording is played."""
    return session.cine_loop.has_part()


def interpolate(desk: Desk) -> None:
    """Fill the frames between key frames with ghosts."""
    desk.say(desk.session.times.interpolate())


def propagate(step: int) -> Callable[[Desk], None]:
    """Return a command body that carries the mask of this frame on."""
    return lambda desk: desk.say(desk.session.times.propagate(step))


def accept_all(desk: Desk) -> None:
    """Take over every ghost of this recording and label, as one edit."""
    _accept(desk, None, None)


def accept_to_here(desk: Desk) -> None:
    """Take over the ghosts up to this frame."""
    _accept(desk, None, desk.session.current_frame)


def accept_from_here(desk: Desk) -> None:
    """Take over the ghosts from this frame on."""
    _accept(desk, desk.session.current_frame, None)


def _accept(desk: Desk, first: int | None, last: int | None) -> None:
    done, left = desk.session.times.accept_range(first, last)
    said = [
        trn("{count} ghost accepted", "{count} ghosts accepted", done) if done else "No ghost was accepted"
    ]
    if done > 1:
        said.append(tr("{key:edit.undo} takes them back at once"))
    if left:
        many = "left out {count} frames that you drew on since"
        said.append(trn("left out {count} frame that you drew on since", many, left))
    if desk.session.times.is_running:
        said.append(tr("frames are still being filled: what comes now waits to be accepted too"))
    desk.say("; ".join(map(retell, said)))


def drop_all(desk: Desk) -> None:
    """Let every ghost of this recording and label go."""
    _dropped(desk, desk.session.times.drop_range())


def drop_from_here(desk: Desk) -> None:
    """Let the ghosts from this frame on go."""
    _dropped(desk, desk.session.times.drop_range(first=desk.session.current_frame))


def _dropped(desk: Desk, count: int) -> None:
    desk.say(trn("{count} ghost dropped", "{count} ghosts dropped", count))


def go_to_ghost(desk: Desk) -> None:
    """Go to the next frame of this recording with a ghost, going round."""
    frames = list(desk.session.times.ghosts_here())
    here = desk.session.current_frame
    _go(desk, next((f for f in frames if f > here), frames[0] if frames else None))


def go_to_doubtful(desk: Desk) -> None:
    """Go to the ghost that optical flow trusts least."""
    ghosts = desk.session.times.ghosts_here()
    known = {frame: one.confidence for frame, one in ghosts.items() if one.confidence is not None}
    if known:
        _go(desk, min(known, key=lambda frame: known[frame]))
    else:
        desk.say("Only propagated ghosts have a confidence; there are none here")


def go_to_outlier(desk: Desk) -> None:
    """Go to the next frame whose mask does not fit its neighbours, going round."""
    session, key = desk.session, desk.session.key()
    if key is None:
        return
    found = session.times.coherence.of(key.recording_id, key.label, sys.maxsize) or ()
    frames = [one.frame for one in found if one.is_outlier]
    if not frames:
        few = len(found) < LEAST_MASKS
        desk.say("Too few masks to compare with one another" if few else "Every mask fits its neighbours")
        return
    frame = next((f for f in frames if f > key.frame), frames[0])
    _go(desk, frame)
    one = next(one for one in found if one.frame == frame)
    reasons = ", ".join(map(retell, one.reasons))
    desk.say(tr("Frame {frame}: {reasons}, against its neighbours", frame=frame + 1, reasons=reasons))


def _go(desk: Desk, frame: int | None) -> None:
    place = desk.session.place
    if frame is not None and place is not None:
        desk.session.go_to(place[0], frame)


def go_to_unlabelled(step: int) -> Callable[[Desk], None]:
    """Return a command body that goes to the next frame on which nobody drew or decided about this label."""

    def run(desk: Desk) -> None:
        session = desk.session
        place = find_unlabelled(session, step)
        if place is None:
            label = session.label(session.view.label)
            desk.say(f"Every frame is done for {session.view.label if label is None else label.name}")
        else:
            session.go_to(*place)

    return run


def change_speed(factor: float) -> Callable[[Desk], None]:
    """Return a command body that plays faster or slower."""

    def run(desk: Desk) -> None:
        view = desk.session.view
        view.cine_fps = round(view.cine_fps * factor, 1)
        desk.say(f"Cine: {view.cine_fps:g} frames a second")

    return run


def go_to_flagged(desk: Desk) -> None:
    """Go to the next flagged frame of the study, whatever the label, going round."""
    session = desk.session
    flagged, here = session.review.flagged(), session.key()
    if not flagged or here is None:
        desk.say(tr("No frame is flagged: {key:review.flag} flags one to be looked at again"))
        return
    ids = [row.id for row in session.recording_rows()]

    def order(key: PlaneKey) -> tuple[int, int]:
        return ids.index(key.recording_id), key.frame

    key = next((one for one in flagged if order(one) > order(here)), flagged[0])
    session.go_to(key.recording_id, key.frame)
    session.view.label = key.label


def find_unlabelled(session: Session, step: int) -> tuple[int, int] | None:
    """Return the next place without a decision: in this recording, then in those after it, going round."""
    here = session.key()
    if here is None:
        return None
    rows = session.recording_rows()
    ids = [row.id for row in rows]
    start = ids.index(here.recording_id)
    order = [rows[(start + step * turn) % len(rows)] for turn in range(len(rows) + 1)]
    for turn, row in enumerate(order):
        frames = range(row.frames) if step > 0 else range(row.frames - 1, -1, -1)
        said = session.statuses(row.id)
        for frame in frames:
            if turn == 0 and (frame - here.frame) * step <= 0:
                continue
            if turn == len(rows) and (frame - here.frame) * step >= 0:
                break
            if said.get((frame, here.label), Status.UNTOUCHED) is Status.UNTOUCHED:
                return row.id, frame
    return None
