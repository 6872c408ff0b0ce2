"""The model's answers and other proposals: shown, taken over on request, never written by themselves."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import patch_between
from lusgui.core.prediction_key import PredictionKey
from lusgui.core.threshold import ThresholdSettings, apply_threshold, component_at
from lusgui.session.bias_guard import BiasGuard
from lusgui.session.confidence import Confidence
from lusgui.session.detections import Detecting
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from lusgui.session.session import Session

_MASKS_KEPT = 24


@dataclass(frozen=True)
class ActiveModel:
    """The model that answers for a label.

    Parameters
    ----------
    name : str
        What people read.
    version : str
        ``ModelCard.key``.
    despeckle_key : str or None
        Key of the despeckling that the model wants; None for that of the view.
    """

    name: str
    version: str
    despeckle_key: str | None = None


@dataclass(frozen=True, eq=False)
class Proposal:
    """A ghost: a mask that somebody may accept.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        What is proposed.
    source : str
        Where it comes from, e.g. ``proposal:interpolation``.
    """

    mask: NDArray[np.bool_]
    source: str


class Answers(Detecting):
    """The part of a session that holds the model plane and the proposals."""

    def __init__(self) -> None:
        super().__init__()
        self._models: dict[str, ActiveModel] = {}
        self._model_masks: OrderedDict[tuple[PredictionKey, ThresholdSettings], NDArray[np.bool_]]
        self._model_masks = OrderedDict()
        self._proposals: dict[PlaneKey, Proposal] = {}
        self.confidence = Confidence(self)
        self.bias_guard = BiasGuard(cast("Session", self))

    # models

    def set_active_model(self, label: str, name: str, version: str, despeckle_key: str | None = None) -> None:
        """Choose the model that answers for a label from now on; answers of others are no longer shown."""
        model = ActiveModel(name, version, despeckle_key)
        if self._models.get(label) == model:
            return
        self._models[label] = model
        if self._place is not None:
            self.prediction_changed.emit(*self._place, label)

    def active_model(self, label: str) -> ActiveModel | None:
        """Return the model that answers for a label, or None; nobody's answers are seen in a second read."""
        return None if self.is_blinded else self._models.get(label)

    @property
    def is_blinded(self) -> bool:
        """Whether nothing of a model may be shown."""
        return False

    def model_labels_shown(self) -> frozenset[str]:
        """Return the labels whose model mask is drawn: the present one, and what its model knows besides.

        What other models think of labels nobody is working on would only be in the way.
        """
        present = self.view.label
        model = self._models.get(present)
        if model is None or not self.view.all_labels:
            return frozenset((present,))
        return frozenset(label for label, other in self._models.items() if other == model)

    # probabilities

    def prediction_key(self, recording_id: int, frame: int, label: str | None = None) -> PredictionKey | None:
        """Return the key of the answer that is wanted for a frame now, or None without a model."""
        label = label or self.view.label
        model = self.active_model(label)
        if model is None:
            return None
        despeckle = self.view.despeckle.key if model.despeckle_key is None else model.despeckle_key
        return PredictionKey(recording_id, frame, despeckle, model.version, label)

    def put_prediction(self, key: PredictionKey, probability: NDArray[Any]) -> bool:
        """Take an answer (H, W). One whose key is no longer wanted is kept, but not shown.

        Returns
        -------
        bool
            Whether it is the answer for the present settings.
        """
        entry = None if self._recordings is None else self._recordings.entry(key.recording_id)
        if entry is None or np.shape(probability) != entry.shape:
            return False  # of a study that was closed in the meantime
        self.predictions.put(key, probability)
        self._forget_model_masks(key)
        is_current = self.prediction_key(key.recording_id, key.frame, key.label or None) == key
        if is_current:
            self.prediction_changed.emit(key.recording_id, key.frame, key.label)
        return is_current

    def store_prediction(self, key: PredictionKey, probability: NDArray[Any]) -> bool:
        """Take an answer and keep it in the study, for after a restart; never in the human plane."""
        if self._study is not None and not self._study.is_read_only:
            with self.guarded("A model's answer was not kept"):
                self._study.settings.put_prediction(key, probability)
        return self.put_prediction(key, probability)

    def has_prediction(self, key: PredictionKey) -> bool:
        """Return whether an answer is in memory or in the study."""
        return key in self.predictions or self._stored(key) is not None

    def _stored(self, key: PredictionKey) -> NDArray[np.float32] | None:
        entry = None if self._recordings is None else self._recordings.entry(key.recording_id)
        if self._study is None or entry is None:
            return None
        with self.guarded("A stored answer of the model cannot be read"):
            return self._study.settings.prediction(key, entry.shape)
        return None

    def prediction(self, key: PlaneKey) -> NDArray[np.float16] | None:
        """Return the probability (H, W) float16 for a plane and the present settings, or None.

        None too where the model is withheld on purpose.
        """
        return None if self.is_withheld(key) else self._prediction(key)

    def is_withheld(self, key: PlaneKey) -> bool:
        """Whether the model's answer for a plane is not to be seen: on frames of the bias guard."""
        return self.bias_guard.is_withheld(key)

    def _prediction(self, key: PlaneKey) -> NDArray[np.float16] | None:
        wanted = self.prediction_key(key.recording_id, key.frame, key.label)
        if wanted is None:
            return None
        held = self.predictions.get(wanted)
        if held is None:
            stored = self._stored(wanted)
            if stored is None:
                return None
            self.predictions.put(wanted, stored)
            held = self.predictions.get(wanted)
        return held

    def model_mask(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return the model's mask (H, W) at the present threshold, read-only, or None without an answer.

        None too where the model is withheld on purpose.
        """
        return None if self.is_withheld(key) else self.model_mask_behind(key)

    def model_mask_behind(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return the same for what compares and shows nothing: also where the model is withheld."""
        probability = self._prediction(key)
        wanted = self.prediction_key(key.recording_id, key.frame, key.label)
        if probability is None or wanted is None:
            return None
        settings = self.threshold_settings_of(key.label)
        held = self._model_masks.get((wanted, settings))
        if held is None:
            held = apply_threshold(probability, settings)
            held.setflags(write=False)
            self._model_masks[wanted, settings] = held
            while len(self._model_masks) > _MASKS_KEPT:
                self._model_masks.popitem(last=False)
        return held

    def threshold_settings_of(self, label: str) -> ThresholdSettings:
        """Return the settings that turn the probability of a label into its mask now."""
        return self.view.threshold_settings

    def _forget_model_masks(self, key: PredictionKey) -> None:
        self.confidence.forget(key)
        for known in [k for k in self._model_masks if k[0] == key]:
            del self._model_masks[known]

    def drop_predictions(self, recording_id: int) -> None:
        """Forget the answers for a recording: what the network was shown has changed."""
        self.predictions.drop(lambda key: key.recording_id == recording_id)
        for known in [k for k in self._model_masks if k[0].recording_id == recording_id]:
            del self._model_masks[known]
        self.confidence.forget()
        if self._study is not None and not self._study.is_read_only:
            with self.guarded("Stored answers of the model were not dropped"):
                self._study.settings.drop_predictions(recording_id)
        if self._place is not None and self._place[0] == recording_id:
            for label in self._models:
                self.prediction_changed.emit(*self._place, label)

    def accept_model(
        self, key: PlaneKey, component_at: tuple[int, int] | None = None, replace: bool = False
    ) -> bool:
        """Take over the model's mask, or one component of it, into the human plane: an edit like a stroke.

        Parameters
        ----------
        key : PlaneKey
            Which plane.
        component_at : (row, column), optional
            A pixel of the component; None takes the whole mask and marks the plane as accepted.
        replace : bool
            Whether what was drawn before goes; else the two are united.

        Returns
        -------
        bool
            Whether something changed.
        """
        offered = self.model_mask(key)
        if offered is None:
            self.report(
                Problem(
                    "Nothing was accepted",
                    f"The model has not answered for frame {key.frame + 1} yet.",
                    "Wait a moment, or draw it by hand.",
                )
            )
            return False
        if component_at is not None:
            offered = _component(offered, component_at)
            if not offered.any():
                return False
        before = self._before(key)
        if before is None:
            return False
        changed = patch_between(key, before, offered if replace else before | offered)
        name = "Accept model" if component_at is None else "Accept component"
        status = Status.ACCEPTED if component_at is None else Status.EDITED
        source = f"model:{self._models[key.label].version}"
        return self._change(name, [] if changed is None else [changed], {key: status}, source)

    # proposals

    def set_proposal(self, key: PlaneKey, mask: NDArray[np.bool_], source: str) -> None:
        """Show a ghost: a mask (H, W) that somebody may accept; it replaces an earlier one."""
        ghost = np.array(mask, dtype=bool)
        ghost.setflags(write=False)
        self._proposals[key] = Proposal(ghost, source)
        self.proposal_changed.emit(key)

    def proposal(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return the ghost of a plane (H, W), read-only, or None."""
        found = self._proposals.get(key)
        return None if found is None else found.mask

    def accept_proposal(self, key: PlaneKey) -> bool:
        """Take a ghost over into the human plane."""
        found = self._proposals.get(key)
        if found is None:
            return False
        before = self._before(key)
        if before is None:
            return False
        changed = patch_between(key, before, before | found.mask)
        is_done = changed is None or self._change(
            "Accept proposal", [changed], {key: Status.EDITED}, found.source
        )
        if is_done:
            self.reject_proposal(key)
        return is_done

    def reject_proposal(self, key: PlaneKey) -> None:
        """Let a ghost go."""
        if self._proposals.pop(key, None) is not None:
            self.proposal_changed.emit(key)

    def _clear_answers(self) -> None:
        self.predictions.clear()
        self._model_masks.clear()
        self.confidence.forget()
        self._proposals.clear()


def _component(mask: NDArray[np.bool_], at: tuple[int, int]) -> NDArray[np.bool_]:
    return component_at(mask, int(at[0]), int(at[1]))
