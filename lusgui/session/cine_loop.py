"""Which part of a recording is played as a loop, and which frame comes next in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from lusgui.base.translate import tr

if TYPE_CHECKING:
    from lusgui.session.session import Session


class CineLoop:
    """The part of each recording that is played; while the study is open, it is not kept.

    Parameters
    ----------
    session : Session
        Whose recordings.

    Signals
    -------
    changed()
        Another part is played.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._parts: dict[int, tuple[int, int]] = {}
        session.study_changed.connect(self._forget)

    def part(self, recording_id: int) -> tuple[int, int] | None:
        """Return the first and last frame of the part that is played; None where all of it is."""
        found, row = self._parts.get(recording_id), self._session.row(recording_id)
        return found if found is not None and row is not None and found[1] < row.frames else None

    def has_part(self) -> bool:
        """Whether a part of the recording that is looked at is played."""
        place = self._session.place
        return place is not None and self.part(place[0]) is not None

    def begin_here(self) -> str:
        """Let the loop begin with the present frame, or again with the first; return what to say."""
        return self._mark(0)

    def end_here(self) -> str:
        """Let the loop end with the present frame, or again with the last; return what to say."""
        return self._mark(1)

    def clear(self) -> str:
        """Play the whole recording again; return what to say."""
        place = self._session.place
        if place is None or self._parts.pop(place[0], None) is None:
            return ""
        self.changed.emit()
        return tr("The whole recording is played")

    def _mark(self, which: int) -> str:
        place = self._session.place
        row = None if place is None else self._session.row(place[0])
        if place is None or row is None:
            return ""
        recording_id, frame = place
        whole = 0, row.frames - 1
        ends = list(self.part(recording_id) or whole)
        is_again = self.part(recording_id) is not None and ends[which] == frame
        ends[which] = whole[which] if is_again else frame
        if ends[0] > ends[1]:
            ends[1 - which] = whole[1 - which]
        if ends[0] == ends[1]:
            return tr("A loop needs two frames: go to where it ends, and press {key:cine.loop_end} there")
        if tuple(ends) == whole:
            return self.clear() or tr("The whole recording is played")
        self._parts[recording_id] = ends[0], ends[1]
        self.changed.emit()
        return tr("The loop plays frames {first} to {last}", first=ends[0] + 1, last=ends[1] + 1)

    def following(self, recording_id: int, frame: int, direction: int, *, bounces: bool) -> tuple[int, int]:
        """Return the frame after one, and the direction to go on in.

        Parameters
        ----------
        recording_id, frame : int
            What is shown.
        direction : int
            1 forward, -1 back.
        bounces : bool
            Whether the loop turns round at its ends.
        """
        row = self._session.row(recording_id)
        last = 0 if row is None else row.frames - 1
        first, last = self.part(recording_id) or (0, last)
        if not first <= frame <= last:
            return first, 1
        if not bounces:
            return (frame + 1 if frame < last else first), 1
        if not first <= frame + direction <= last:
            direction = -direction
        return min(max(frame + direction, first), last), direction

    def _forget(self) -> None:
        if self._parts:
            self._parts.clear()
            self.changed.emit()
