"""Which questions have been put to the inference process and wait for an answer; no Qt, no process."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lusgui.core.messages import LANE_AHEAD, LANE_BATCH, LANE_NOW, LANES, Predict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.prediction_key import PredictionKey

MAX_TRIES = 2
"""A request during which the process died this often is given up: it may be what kills it."""


@dataclass(frozen=True, eq=False)
class PredictRequest:
    """Everything needed to answer: the process asks nobody.

    Parameters
    ----------
    key : PredictionKey
        Names the answer.
    frame : (H, W) ndarray
        Numbers as stored in the recording.
    mapping : DisplayMapping
        How they become gray.
    settings : DespeckleSettings
        What is done to them first.
    model_path : Path
        Model file.
    others : tuple of str
        Further labels of the same model that are wanted with it.
    """

    key: PredictionKey
    frame: NDArray[Any]
    mapping: DisplayMapping
    settings: DespeckleSettings
    model_path: Path
    others: tuple[str, ...] = ()

    def key_of(self, label: str) -> PredictionKey | None:
        """Return the key of the answer for a label that was asked for; None for another."""
        if label == self.key.label or label in self.others:
            return replace(self.key, label=label)
        return None


@dataclass(frozen=True, eq=False)
class Question:
    """A request under its number, in its lane."""

    request_id: int
    request: PredictRequest
    lane: str
    tries: int = 0

    def to_message(self) -> Predict:
        """Return what is sent."""
        r = self.request
        path = str(r.model_path)
        return Predict(self.request_id, r.key, path, r.frame, r.mapping, r.settings, self.lane, r.others)


class Outstanding:
    """Questions without an answer yet, in the order in which they were put."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._questions: dict[int, Question] = {}

    def __len__(self) -> int:
        return len(self._questions)

    def add(self, request: PredictRequest, lane: str) -> Question:
        """Give a request a number and keep it."""
        question = Question(next(self._numbers), request, lane)
        self._questions[question.request_id] = question
        return question

    def find(self, key: PredictionKey, lanes: Iterable[str]) -> Question | None:
        """Return the newest question for a key in one of the lanes."""
        chosen = tuple(lanes)
        for question in reversed(self._questions.values()):
            if question.request.key == key and question.lane in chosen:
                return question
        return None

    def get(self, request_id: int) -> Question | None:
        """Return a question that waits; None when nobody asked (any more)."""
        return self._questions.get(request_id)

    def pop(self, request_id: int) -> Question | None:
        """Take out an answered question; None when nobody asked (any more)."""
        return self._questions.pop(request_id, None)

    def pop_where(self, *, lane: str | None = None, key: PredictionKey | None = None) -> list[Question]:
        """Take out the questions of a lane, of a key, or all."""
        chosen = [
            q
            for q in self._questions.values()
            if (lane is None or q.lane == lane) and (key is None or q.request.key == key)
        ]
        for question in chosen:
            del self._questions[question.request_id]
        return chosen

    def lane(self, lane: str) -> list[Question]:
        """Return the questions of a lane."""
        return [q for q in self._questions.values() if q.lane == lane]

    def after_crash(self, was_computing: bool) -> list[Question]:
        """Take out what is not asked again after the process has died, and return it.

        That is what was superseded, and what was first in line at two deaths: it may be their cause,
        unless the process died before it could compute.
        """
        now = self.lane(LANE_NOW)
        given_up = now[:-1]
        # only what was first in line can have been computed when the process died
        lanes = (now[-1:], self.lane(LANE_AHEAD), self.lane(LANE_BATCH))
        first = next((lane[0] for lane in lanes if lane), None)
        if first is not None and was_computing:
            tried = replace(first, tries=first.tries + 1)
            self._questions[first.request_id] = tried
            if tried.tries >= MAX_TRIES:
                given_up.append(tried)
        for question in given_up:
            self._questions.pop(question.request_id, None)
        return given_up

    def after_restart(self) -> list[Question]:
        """Return what is to be asked again: what the person waits for, neighbours, long jobs."""
        return sorted(self._questions.values(), key=lambda q: (LANES.index(q.lane), q.request_id))
