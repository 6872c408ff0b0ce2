"""The models that a candidate is compared with, on frames that neither has learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError
from lusgui.core.learning.scores import FrameScore
from lusgui.nn.checkpoint import load_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lusgui.core.learning.job import LearnFrame, LearnJob
    from lusgui.core.model_card import ModelCard
    from lusgui.nn.checkpoint import LoadedModel
    from training.learning.judging import Judged

    Place = tuple[int, int]

CARD_ENTRY = "learning"
"""Where in a card's scores a version says what it learnt and how it was judged."""


def to_scores(rows: Sequence[Judged], places: Mapping[str, Place]) -> dict[str, tuple[FrameScore, ...]]:
    """Return rows by label, with the frames as the study numbers them.

    Parameters
    ----------
    rows : sequence of Judged
        Of frames by name.
    places : mapping
        Name to (recording id, frame).
    """
    found: dict[str, list[FrameScore]] = {}
    for row in rows:
        recording_id, frame = places[row.name]
        found.setdefault(row.label, []).append(
            FrameScore(
                recording_id,
                frame,
                row.label,
                row.dice,
                row.hd95,
                row.hd95_unit,
                float(row.false_components),
            )
        )
    return {label: tuple(scores) for label, scores in found.items()}


def what_was_learnt(frames: Sequence[LearnFrame], rows: Mapping[str, Sequence[FrameScore]]) -> dict[str, Any]:
    """Return what a card says of its learning, for later runs to compare with fairly.

    Parameters
    ----------
    frames : sequence of LearnFrame
        That the version learnt, with the hashes of their masks.
    rows : mapping
        By label: scores of those among them that were left out in turn.
    """
    return {
        "frames": [
            {"place": list(one.key), "masks": dict(one.masks), "labels": sorted(one.statuses)}
            for one in frames
        ],
        "left_out": {label: [row.to_json() for row in scores] for label, scores in rows.items()},
    }


@dataclass(frozen=True)
class Past:
    """What a version has learnt.

    Parameters
    ----------
    seen : frozenset of (recording id, frame)
        Frames of the job that it learnt, with the very masks that they have now or with others.
    rows : mapping
        (recording id, frame, label) to the score it had on the frame when this was left out.
    """

    seen: frozenset[Place]
    rows: Mapping[tuple[int, int, str], FrameScore]


def past_of(card: ModelCard, frames: Sequence[LearnFrame]) -> Past:
    """Return which of a job's frames a version has learnt; a card of another study says nothing.

    A frame is known by its place and a mask of the same bits: numbers alone may be those of another study.
    """
    entry = card.scores.get(CARD_ENTRY)
    if not isinstance(entry, Mapping):
        return Past(frozenset(), {})
    now = {one.key: dict(one.masks) for one in frames}
    seen: set[Place] = set()
    same: set[tuple[int, int, str]] = set()
    shared = False
    for item in _tables(entry.get("frames")):
        place, masks = item.get("place"), item.get("masks")
        if not isinstance(place, list) or len(place) != 2 or not isinstance(masks, Mapping):
            continue
        key = (place[0], place[1])
        if key not in now:
            continue
        seen.add(key)
        labels = item.get("labels")
        for label in labels if isinstance(labels, list) else []:
            if masks.get(label) == now[key].get(label):
                same.add((*key, label))
                shared = shared or label in masks
    if not shared:
        return Past(frozenset(), {})
    rows: dict[tuple[int, int, str], FrameScore] = {}
    tables = entry.get("left_out")
    for values in tables.values() if isinstance(tables, Mapping) else []:
        for item in _tables(values):
            try:
                row = FrameScore.from_json(item)
            except LusguiError:
                continue
            if row.key in same:
                rows[row.key] = row
    return Past(frozenset(seen), rows)


def fair_rows(scores: Sequence[FrameScore], past: Past) -> tuple[list[FrameScore], int]:
    """Replace the scores of frames that a version learnt by those it had when they were left out.

    Returns
    -------
    tuple
        The scores that may be compared, and how many had to be left out.
    """
    kept: list[FrameScore] = []
    lost = 0
    for row in scores:
        if (row.recording_id, row.frame) not in past.seen:
            kept.append(row)
        elif row.key in past.rows:
            kept.append(past.rows[row.key])
        else:
            lost += 1
    return kept, lost


class Rivals:
    """The base and the models in use, each read once.

    Parameters
    ----------
    job : LearnJob
        Names them.
    base : LoadedModel
        Read already.
    say : callable
        Told of one that cannot be read; it then counts as not there.
    """

    def __init__(self, job: LearnJob, base: LoadedModel, say: Callable[[str], None]) -> None:
        self.base = base
        self._held: dict[str, LoadedModel | None] = {job.base_path: base}
        self._job, self._say = job, say

    def active(self, label: str) -> LoadedModel | None:
        """Return the model that answers for a label in the window; None where none does."""
        from pathlib import Path

        path, _ = self._job.active_of(label)
        if not path:
            return None
        if path not in self._held:
            self._held[path] = self._read(Path(path))
        found = self._held[path]
        return found if found is not None and label in found.card.labels else None

    def _read(self, path: Path) -> LoadedModel | None:
        try:
            model = load_model(path)
            model.card.require_task("segment")
        except LusguiError as error:
            self._say(f"The model in use cannot be read, so nothing is compared with it: {error.message}")
            return None
        return model


def _tables(values: object) -> list[Mapping[str, Any]]:
    return [item for item in values if isinstance(item, Mapping)] if isinstance(values, list) else []
