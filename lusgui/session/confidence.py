"""How good the model's masks are likely to be, frame by frame, from the answers that are in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey
from lusgui.core.confidence import expected_dice

if TYPE_CHECKING:
    from lusgui.core.prediction_key import PredictionKey
    from lusgui.core.threshold import ThresholdSettings
    from lusgui.session.answers import Answers

_MOST_KEPT = 20_000
_MOST_THRESHOLDS = 32


class Confidence:
    """Predicted Dice of the model's masks; each is computed once for an answer and threshold.

    Parameters
    ----------
    session : Session
        Whose answers.
    """

    def __init__(self, session: Answers) -> None:
        self._session = session
        self._found: dict[PredictionKey, dict[ThresholdSettings, float | None]] = {}

    def expected_dice(self, key: PlaneKey) -> float | None:
        """Return the Dice that the model's mask of a plane is likely to have at the present threshold.

        None without an answer and for an empty mask; see `lusgui.core.confidence.expected_dice`.
        """
        session = self._session
        wanted = session.prediction_key(key.recording_id, key.frame, key.label)
        probability, mask = session.prediction(key), session.model_mask(key)
        if wanted is None or probability is None or mask is None:
            return None
        while wanted not in self._found and len(self._found) >= _MOST_KEPT:
            del self._found[next(iter(self._found))]
        settings, found = session.threshold_settings_of(key.label), self._found.setdefault(wanted, {})
        if settings not in found:
            if len(found) >= _MOST_THRESHOLDS:
                found.clear()
            found[settings] = expected_dice(probability, mask)
        return found[settings]

    def of_frames(self, recording_id: int, label: str, most_new: int) -> tuple[dict[int, float], bool]:
        """Return predicted Dice by frame, of those whose answers are in memory.

        Parameters
        ----------
        recording_id : int
            Which recording.
        label : str
            Which label.
        most_new : int
            How many are computed now; the rest is for the next call, so that the window never waits.

        Returns
        -------
        dict of int to float
            By 0-based frame; frames where nothing is found are left out.
        bool
            Whether more is left for a further call.
        """
        session = self._session
        settings = session.threshold_settings_of(label)
        known: dict[int, float] = {}
        for held in session.predictions:
            if held.recording_id != recording_id or held.label != label:
                continue
            if session.prediction_key(recording_id, held.frame, label) != held:
                continue  # of another model or despeckling
            if settings not in self._found.get(held, {}):
                if most_new <= 0:
                    return known, True
                most_new -= 1
                self.expected_dice(PlaneKey(recording_id, held.frame, label))
            value = self._found.get(held, {}).get(settings)
            if value is not None:
                known[held.frame] = value
        return known, False

    def forget(self, key: PredictionKey | None = None) -> None:
        """Forget what was computed of an answer that is replaced, or everything."""
        if key is None:
            self._found.clear()
        else:
            self._found.pop(key, None)
