"""The model's mask withheld at random: what the study keeps of it, and what is compared."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.bias_guard import BiasReport, GuardedFrame, compare, is_chosen
from lusgui.core.edits import now_utc
from lusgui.core.overlap import dice

if TYPE_CHECKING:
    from lusgui.session.session import Session

SETTING = "bias guard"
"""Name in the study's settings."""

USUAL = 0.2
LEAST, MOST = 0.05, 0.9
MOST_KEPT = 2000
"""So many frames are remembered; then the oldest are forgotten."""

_DRAWN = (Status.EDITED, Status.ACCEPTED)


class BiasGuard:
    """Withholds the model's mask on a share of the frames, and compares these with the others. Off at first.

    Parameters
    ----------
    session : Session
        Whose masks.

    Signals
    -------
    changed()
        It was switched on or off, the share is another, or a frame was drawn.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_on, self._share, self._salt, self._since = False, USUAL, "", ""
        self._noted: dict[tuple[int, int, str], tuple[bool, float]] = {}
        self._seconds: dict[str, dict[tuple[int, int], float]] = {}
        self._place: tuple[int, int] | None = None
        session.study_changed.connect(self._study_changed)
        session.frame_changed.connect(self._left)

    @property
    def is_on(self) -> bool:
        """Whether the model's mask is withheld on some frames."""
        return self._is_on

    @property
    def share(self) -> float:
        """On which share of the frames."""
        return self._share

    def switch(self, is_on: bool) -> bool:
        """Begin, or show the model everywhere again; what was compared stays. Return whether it was done."""
        return self._set(is_on, self._share)

    def set_share(self, share: float) -> bool:
        """Withhold on another share of the frames; return whether it was kept."""
        return self._set(self._is_on, min(max(share, LEAST), MOST))

    def is_withheld(self, key: PlaneKey) -> bool:
        """Whether the model's mask is withheld on a plane."""
        return self._is_on and is_chosen(self._salt, key.recording_id, key.frame, key.label, self._share)

    def report(self, label: str) -> BiasReport:
        """Compare what was drawn of a label with the model on screen and without it.

        Frames count that were begun since the guard was first switched on.
        """
        self._note(self._session.key(label))
        seconds = self._seconds_of(label) if self._noted else {}
        return compare(
            [
                GuardedFrame(withheld, value, seconds[recording_id, frame])
                for (recording_id, frame, own), (withheld, value) in self._noted.items()
                if own == label and (recording_id, frame) in seconds
            ]
        )

    def _seconds_of(self, label: str) -> dict[tuple[int, int], float]:
        """Return what frames took that were begun since; found anew when one goes to another frame."""
        if label not in self._seconds:
            self._seconds[label] = {
                (cost.recording_id, cost.frame): cost.seconds
                for cost in self._session.ledger.costs(label)
                if cost.began_at >= self._since
            }
        return self._seconds[label]

    # keeping

    def _set(self, is_on: bool, share: float) -> bool:
        session = self._session
        if (is_on, share) == (self._is_on, self._share) or session.study is None:
            return False
        former = self._is_on, self._share, self._salt, self._since
        self._is_on, self._share = is_on, share
        self._salt = self._salt or secrets.token_hex(8)
        self._since = self._since or now_utc()
        if not self._keep():
            self._is_on, self._share, self._salt, self._since = former
            return False
        self._show_anew()
        return True

    def _keep(self) -> bool:
        session = self._session
        with session.guarded("The bias guard was not kept"):
            if session.study is not None:
                session.study.check_writable()
                session.study.settings.set_setting(SETTING, self._to_json())
                return True
        return False

    def _left(self, *_: object) -> None:
        """Note the frame that was looked at until now, if it was drawn."""
        place, self._place = self._place, self._session.place
        self._seconds.clear()
        if self._is_on and place is not None and place != self._place:
            for label in self._session.labels:
                if self._note(PlaneKey(*place, label.key)):
                    self._keep()

    def _note(self, key: PlaneKey | None) -> bool:
        """Compare what was drawn on a plane with the model's mask; return whether that is news."""
        session = self._session
        if key is None or not self._is_on or session.status(key) not in _DRAWN:
            return False
        model = session.model_mask_behind(key)
        if model is None:
            return False
        found = self.is_withheld(key), round(dice(session.mask(key), model), 4)
        place = key.recording_id, key.frame, key.label
        if self._noted.get(place) == found:
            return False
        self._noted.pop(place, None)
        self._noted[place] = found
        while len(self._noted) > MOST_KEPT:
            del self._noted[next(iter(self._noted))]
        self.changed.emit()
        return True

    def _show_anew(self) -> None:
        session = self._session
        self.changed.emit()
        if session.place is not None:
            for label in session.labels:
                session.prediction_changed.emit(*session.place, label.key)

    def _study_changed(self) -> None:
        self._forget()
        study = self._session.study
        if study is not None:
            with self._session.guarded("The bias guard cannot be read"):
                self._from_json(study.settings.setting(SETTING))
        self._place = self._session.place
        self.changed.emit()

    def _forget(self) -> None:
        self._is_on, self._share, self._salt, self._since = False, USUAL, "", ""
        self._noted.clear()
        self._seconds.clear()
        self._place = None

    def _to_json(self) -> dict[str, Any]:
        noted = [[*place, withheld, value] for place, (withheld, value) in self._noted.items()]
        return {
            "is_on": self._is_on,
            "share": self._share,
            "salt": self._salt,
            "since": self._since,
            "noted": noted,
        }

    def _from_json(self, stored: object) -> None:
        """Take what the study holds; anything that is not sound is left aside."""
        if not isinstance(stored, dict):
            return
        share, salt, since = (stored.get(name) for name in ("share", "salt", "since"))
        if not isinstance(share, int | float) or not LEAST <= share <= MOST:
            return
        if not isinstance(salt, str) or not isinstance(since, str):
            return
        self._is_on, self._share = stored.get("is_on") is True, float(share)
        self._salt, self._since = salt, since
        for one in stored.get("noted") or ():
            if isinstance(one, list) and [type(value) for value in one] in _ROWS:
                self._noted[one[0], one[1], one[2]] = one[3], float(one[4])


_ROWS = ([int, int, str, bool, float], [int, int, str, bool, int])
