"""Key frames: frames of a label whose masks the frames between them are made from."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lusgui.io.study_codec import is_count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lusgui.session.session import Session

SETTING = "key_frames"
"""Setting of the study: recording id -> label -> 0-based frames."""

MOST_FRAMES = 2**31
"""No recording has more: what a file says beyond it is no frame."""


class KeyFrames:
    """The key frames of the open study; they survive a restart.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[int, str], set[int]] | None = None
        session.study_changed.connect(self._forget)

    def of(self, recording_id: int, label: str) -> tuple[int, ...]:
        """Return the key frames of a recording and label, in order."""
        return tuple(sorted(self._all().get((recording_id, label), ())))

    def toggle(self, recording_id: int, frame: int, label: str) -> bool:
        """Make a frame a key frame, or one like any other; return whether it is a key frame now.

        Raises nothing: where the study refuses, the person is told and nothing changes.
        """
        session, known = self._session, self._all()
        own = known.setdefault((recording_id, label), set())
        own ^= {frame}
        with session.guarded("The key frame was not kept"):
            if session.study is not None:
                session.study.check_writable()
                session.study.settings.set_setting(SETTING, _to_json(known))
            return frame in own
        own ^= {frame}
        return frame in own

    def _all(self) -> dict[tuple[int, str], set[int]]:
        if self._known is None:
            self._known = {}
            study = self._session.study
            if study is not None:
                with self._session.guarded("The key frames cannot be read"):
                    self._known = _from_json(study.settings.setting(SETTING))
        return self._known

    def _forget(self) -> None:
        self._known = None


def gaps_between(frames: Iterable[int]) -> list[tuple[int, int]]:
    """Return the pairs of neighbouring key frames that have frames between them."""
    return [(a, b) for a, b in pairwise(sorted(frames)) if b - a > 1]


def _to_json(known: dict[tuple[int, str], set[int]]) -> dict[str, dict[str, list[int]]]:
    made: dict[str, dict[str, list[int]]] = {}
    for (recording_id, label), frames in sorted(known.items()):
        if frames:
            made.setdefault(str(recording_id), {})[label] = sorted(frames)
    return made


def _from_json(values: object) -> dict[tuple[int, str], set[int]]:
    """Read what `_to_json` made; what another version or a slip left there is passed over."""
    known: dict[tuple[int, str], set[int]] = {}
    for recording, labels in values.items() if isinstance(values, dict) else ():
        if not (is_count(recording) and isinstance(labels, dict)):
            continue
        for label, frames in labels.items():
            if isinstance(frames, list):
                sound = {frame for frame in frames if type(frame) is int and 0 <= frame < MOST_FRAMES}
                known[int(recording), str(label)] = sound
    return known
