"""A model of a study: who made it from what, how good it was, and whether it answers."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by plain
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lusgui.core.learning.plain import Plain, is_inside, is_label, is_sha256, require


class VersionState(StrEnum):
    """Whether a version answers."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class ModelVersion(Plain):
    """A model of this study for one label. A model of several labels is as many versions with one file.

    Parameters
    ----------
    id : int
        Number in the study, never used again.
    label : str
        For which label it may answer.
    labels : tuple of str
        Everything the model knows.
    name : str
        What people read.
    key : str
        ``ModelCard.key``.
    parent_key : str
        Key of the model it was made from.
    state : VersionState
        Never promoted, answering now, or replaced.
    path : str
        Of the file, relative to the study's folder of models, forward slashes.
    sha256 : str
        Hash of the file.
    created_at : str
        ISO 8601 in UTC.
    run_id : int
        Run that made it; 0 for none.
    data : mapping
        What it learnt from: ``frames``, ``recordings``, ``held_out``, ``held_out_how``, ``strategy``, ...
    scores : mapping
        ``candidate``, ``active``, ``base``: rows of `FrameScore.to_json()`; ``gate``: that of the decision.
    reason : str
        Why it was promoted or not.
    card : mapping
        ``ModelCard.to_json()``.
    replaces : int
        Version that answered before it was promoted; 0 for the default model.
    """

    id: int
    label: str
    labels: tuple[str, ...]
    name: str
    key: str
    parent_key: str
    state: VersionState
    path: str
    sha256: str
    created_at: str
    run_id: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    card: Mapping[str, Any] = field(default_factory=dict)
    replaces: int = 0

    def __post_init__(self) -> None:
        require(is_label(self.label) and self.label in self.labels, "a version is of no label")
        require(is_inside(self.path), "a version's file lies outside the folder of models")
        require(is_sha256(self.sha256), "a version has no sound hash")
        require(bool(self.key) and bool(self.name.strip()), "a version has no name")

    @property
    def is_active(self) -> bool:
        """Whether it answers for its label."""
        return self.state is VersionState.ACTIVE

    @property
    def dice(self) -> float | None:
        """Mean Dice on the held-out frames; None if it was never judged."""
        return _gate_number(self.scores, "dice_after")

    @property
    def dice_before(self) -> float | None:
        """Mean Dice of the model it was compared with, on the same frames; None without one."""
        return _gate_number(self.scores, "dice_before")


def _gate_number(scores: Mapping[str, Any], name: str) -> float | None:
    gate = scores.get("gate")
    value = gate.get(name) if isinstance(gate, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
