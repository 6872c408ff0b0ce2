"""What came of a run, as the training process leaves it in ``result.json``."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by plain
from dataclasses import dataclass, field
from typing import Literal

from lusgui.core.learning.gate import GateDecision  # noqa: TC001 - read by plain
from lusgui.core.learning.plain import Plain, is_inside, is_label, is_sha256, require
from lusgui.core.learning.scores import FrameScore, mean_dice
from lusgui.core.learning.status import FinishReason  # noqa: TC001 - read by plain

__all__ = ["FrameScore", "HeldOutKind", "RunResult", "Suggestion", "mean_dice"]

HeldOutKind = Literal["recordings", "blocks", "leave-one-out", "none", ""]
"""How frames were held out. Only those of ``recordings`` and ``blocks`` are frozen for later runs."""


@dataclass(frozen=True)
class Suggestion(Plain):
    """A frame that is worth drawing next.

    Parameters
    ----------
    recording_id, frame : int
        Which frame.
    score : float
        How much it promises; the highest first.
    reasons : tuple of str
        Why, in words.
    predicted_dice : float or None
        What the model expects of its own mask there.
    label : str
        For which label; empty for the run's first.
    """

    recording_id: int
    frame: int
    score: float
    reasons: tuple[str, ...] = ()
    predicted_dice: float | None = None
    label: str = ""

    def __post_init__(self) -> None:
        require(self.frame >= 0, "a suggestion has no sound place")
        require(not self.label or is_label(self.label), "a suggestion has a strange label")


@dataclass(frozen=True)
class RunResult(Plain):
    """What came of a run.

    Parameters
    ----------
    run_id : int
        Number in the study.
    labels : tuple of str
        What was learnt.
    reason : FinishReason
        How it ended.
    candidate : str or None
        Path of the new model's file, relative to the run's folder, forward slashes; None without one.
    candidate_key : str
        ``ModelCard.key`` of it.
    sha256 : str
        Hash of the file; empty without one.
    scores, active_scores, base_scores : mapping
        For each label one row a held-out frame: of the candidate, of the model in use, of the base. A label
        that no model answered for is not in `active_scores`.
    held_out : tuple of (recording id, frame)
        The frames that were held out.
    held_out_how : str
        How, one sentence.
    gate : mapping
        What the gate said about each label.
    curve : tuple of (step, loss or None, mean Dice or None)
        How it went.
    seconds, images_per_s, peak_memory_mb : float
        What it took; 0 or None where not measured.
    device, strategy : str
        On what and how it learnt.
    suggestions : tuple of Suggestion
        The frames worth drawing next, best first.
    notes : tuple of str
        What the person should know.
    held_out_kind : str
        One of `HeldOutKind`.
    frames, recordings : int
        How many frames of how many recordings were learnt from.
    changes : str or None
        Path of ``changes.npz``, relative to the run's folder.
    """

    run_id: int
    labels: tuple[str, ...]
    reason: FinishReason
    candidate: str | None = None
    candidate_key: str = ""
    sha256: str = ""
    scores: Mapping[str, tuple[FrameScore, ...]] = field(default_factory=dict)
    active_scores: Mapping[str, tuple[FrameScore, ...]] = field(default_factory=dict)
    base_scores: Mapping[str, tuple[FrameScore, ...]] = field(default_factory=dict)
    held_out: tuple[tuple[int, int], ...] = ()
    held_out_how: str = ""
    gate: Mapping[str, GateDecision] = field(default_factory=dict)
    curve: tuple[tuple[int, float | None, float | None], ...] = ()
    seconds: float = 0.0
    images_per_s: float | None = None
    peak_memory_mb: float | None = None
    device: str = ""
    strategy: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    notes: tuple[str, ...] = ()
    held_out_kind: HeldOutKind = ""
    frames: int = 0
    recordings: int = 0
    changes: str | None = None

    def __post_init__(self) -> None:
        require(self.run_id > 0, "the result has no number")
        require(bool(self.labels) and all(map(is_label, self.labels)), "the result has a strange label")
        require(self.seconds >= 0, "the run took less than no time")
        if self.candidate is not None:
            require(is_inside(self.candidate), "the new model lies outside the run's folder")
            require(is_sha256(self.sha256), "the new model has no sound hash")
            require(bool(self.candidate_key), "the new model has no key")
        require(self.changes is None or is_inside(self.changes), "the changes lie outside the run's folder")
        for table in (self.scores, self.active_scores, self.base_scores):
            for label, rows in table.items():
                require(all(row.label == label for row in rows), "a score stands under another label")
