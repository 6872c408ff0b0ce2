"""What a run is to learn: a snapshot of everything reviewed, so that drawing can go on meanwhile."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - read by plain
from dataclasses import dataclass
from typing import Any, Literal

from lusgui.core.annotation import Status  # noqa: TC001 - read by plain
from lusgui.core.learning.plain import Plain, is_label, is_sha256, require

IGNORE = "ignore"
"""Key of the label whose pixels carry no loss."""

Kind = Literal["masks", "points", "boxes", "suggest"]
StartedBy = Literal["hand", "reviewed", "idle", "command"]


@dataclass(frozen=True)
class LearnRecording(Plain):
    """A recording that a run reads; `lusgui.io.learn_folder.open_learn_recording` opens it.

    Parameters
    ----------
    id : int
        Number in the study.
    name : str
        What people read.
    path : str
        Absolute path of the file.
    recipe : mapping or None
        ``Recipe.to_json()`` of how the file is read.
    mapping : mapping or None
        ``DisplayMapping.to_json()``; None where it was not measured yet (`measure_mapping` gives the same).
    sha256 : str or None
        Hash of the file's content; None if it was not computed yet.
    size_bytes : int
        Size of the file; 0 if unknown.
    frames : int
        How many frames it has.
    shape : (int, int)
        Rows and columns of a frame.
    spacing_mm : (float, float) or None
        Spacing (row, column) as the person left it.
    variable : str or None
        Variable inside the file, for a file that is read without a recipe.
    """

    id: int
    name: str
    path: str
    recipe: Mapping[str, Any] | None
    mapping: Mapping[str, Any] | None
    sha256: str | None
    size_bytes: int
    frames: int
    shape: tuple[int, int]
    spacing_mm: tuple[float, float] | None = None
    variable: str | None = None

    def __post_init__(self) -> None:
        require(self.frames > 0 and min(self.shape) > 0, f"recording {self.id} has no pixels")
        require(math.prod(self.shape) <= 1 << 28, f"recording {self.id} has frames beyond all bounds")
        require(bool(self.path), f"recording {self.id} has no file")
        require(self.sha256 is None or is_sha256(self.sha256), f"recording {self.id} has no sound hash")


@dataclass(frozen=True)
class LearnFrame(Plain):
    """What was decided about one frame.

    Parameters
    ----------
    recording_id : int
        Which recording.
    frame : int
        0-based frame.
    statuses : mapping
        Status of each label of the job that was reviewed here. A label that is not named was not looked at:
        nothing is known of it, and it carries no loss.
    masks : mapping
        SHA-256 of the packed mask (`lusgui.core.learning.snapshot`) of each label that has pixels; also
        that of the label ``ignore``. A reviewed label without a mask is a negative.
    at : str
        When it was last changed, ISO 8601 in UTC.
    """

    recording_id: int
    frame: int
    statuses: Mapping[str, Status]
    masks: Mapping[str, str]
    at: str = ""

    def __post_init__(self) -> None:
        where = f"frame {self.frame} of recording {self.recording_id}"
        require(self.frame >= 0, f"{where} does not exist")
        require(all(is_label(key) for key in (*self.statuses, *self.masks)), f"{where} has a strange label")
        require(all(map(is_sha256, self.masks.values())), f"{where} has a mask without a sound hash")
        require(
            all(status.is_reviewed for status in self.statuses.values()),
            f"{where} was not reviewed by a person",
        )
        known = set(self.statuses) | {IGNORE}
        require(known >= set(self.masks), f"{where} has a mask that nobody reviewed")

    @property
    def key(self) -> tuple[int, int]:
        """(recording id, 0-based frame)."""
        return self.recording_id, self.frame

    def is_positive(self, label: str) -> bool:
        """Whether the frame was reviewed for a label and has pixels of it."""
        return label in self.statuses and label in self.masks

    def is_negative(self, label: str) -> bool:
        """Whether the frame was reviewed for a label and has none of it."""
        return label in self.statuses and label not in self.masks


@dataclass(frozen=True)
class Mark(Plain):
    """A centre point or a box that somebody gave a label in one frame.

    Parameters
    ----------
    recording_id, frame : int
        Where; frames are counted from 0.
    label : str
        Of what.
    kind : {"point", "box"}
        Which of the two.
    row0, col0, row1, col1 : float
        Corners in pixels of the raw grid, a pixel's centre at whole numbers; both the same for a point.
    """

    recording_id: int
    frame: int
    label: str
    kind: Literal["point", "box"]
    row0: float
    col0: float
    row1: float
    col1: float

    def __post_init__(self) -> None:
        require(is_label(self.label) and self.frame >= 0, "a mark has no sound place")
        require(all(map(math.isfinite, (self.row0, self.col0, self.row1, self.col1))), "a mark lies nowhere")
        if self.kind == "point":
            require((self.row0, self.col0) == (self.row1, self.col1), "a point has two places")
        else:
            require(self.row0 < self.row1 and self.col0 < self.col1, "a box has no inside")


@dataclass(frozen=True)
class LearnJob(Plain):
    """Everything a training process needs to know, frozen at the moment the run was asked for.

    Parameters
    ----------
    run_id : int
        Number in the study.
    labels : tuple of str
        What is learnt, in the order of the network's outputs where it is new.
    kind : {"masks", "points", "boxes", "suggest"}
        What is learnt from; ``suggest`` learns nothing and only rates frames.
    base_path, base_key : str
        Model the run starts from, and ``ModelCard.key`` of it; empty for random weights.
    active_path, active_key : str
        Model that answers in the window for the first label, against which the candidate is judged; empty
        for none. `active_models` names those of further labels that differ.
    parent_key : str
        Key written into the new card as its parent.
    recordings : tuple of LearnRecording
        Every recording that a frame, mark or `suggest_from` names.
    frames : tuple of LearnFrame
        All that was reviewed for at least one of the labels, held out or not.
    marks : tuple of Mark
        Points and boxes of the labels.
    strategy : str
        Name of a strategy in `lusgui.core.strategies`, or ``auto``.
    minutes : float or None
        Time budget; None leaves it to the trainer.
    seed : int
        Seed of everything random.
    device : str
        ``auto``, ``cpu``, ``cuda``, ``mps``.
    held_out : tuple of (recording id, frame), or None
        Frames that were frozen earlier to judge on and must never be learnt; None lets the trainer choose.
    replay : float in [0, 1)
        Share of each batch that comes from the base model's own data.
    use_unreviewed : bool
        Whether frames that nobody reviewed may be used without their masks.
    suggest_from : tuple of (recording id, frame)
        Frames to be rated for what to draw next.
    n_suggest : int
        How many of them are wanted.
    started_by : {"hand", "reviewed", "idle", "command"}
        What asked for the run.
    threads : int
        Threads of the training process; 0 lets it choose.
    active_models : mapping
        (path, key) of the model that answers for each label.
    """

    run_id: int
    labels: tuple[str, ...]
    kind: Kind
    base_path: str
    base_key: str
    active_path: str
    active_key: str
    parent_key: str
    recordings: tuple[LearnRecording, ...]
    frames: tuple[LearnFrame, ...]
    marks: tuple[Mark, ...] = ()
    strategy: str = "auto"
    minutes: float | None = None
    seed: int = 0
    device: str = "auto"
    held_out: tuple[tuple[int, int], ...] | None = None
    replay: float = 0.25
    use_unreviewed: bool = False
    suggest_from: tuple[tuple[int, int], ...] = ()
    n_suggest: int = 20
    started_by: StartedBy = "hand"
    threads: int = 0
    active_models: Mapping[str, tuple[str, str]] | None = None

    def __post_init__(self) -> None:
        require(self.run_id > 0, "the job has no number")
        require(
            0 < len(self.labels) <= 32 and len(set(self.labels)) == len(self.labels), "the job has no labels"
        )
        require(all(map(is_label, self.labels)) and IGNORE not in self.labels, "the job has a strange label")
        require(self.minutes is None or self.minutes > 0, "the job has no time")
        require(0 <= self.replay < 1, "the share of replay makes no sense")
        require(self.n_suggest >= 0 and self.threads >= 0, "a number of the job is below nothing")
        shapes = {recording.id: recording.frames for recording in self.recordings}
        require(len(shapes) == len(self.recordings), "the job names a recording twice")
        places = [frame.key for frame in self.frames]
        require(len(set(places)) == len(places), "the job names a frame twice")
        marked = [(mark.recording_id, mark.frame) for mark in self.marks]
        for recording_id, frame in (*places, *marked, *self.suggest_from):
            require(
                0 <= frame < shapes.get(recording_id, 0),
                f"the job has no recording {recording_id} with a frame {frame}",
            )

    def recording(self, recording_id: int) -> LearnRecording:
        """Return a recording by its number.

        Raises
        ------
        LearnError
            If the job has none of that number.
        """
        found = next((one for one in self.recordings if one.id == recording_id), None)
        require(found is not None, f"the job has no recording {recording_id}")
        assert found is not None
        return found

    def active_of(self, label: str) -> tuple[str, str]:
        """Return path and key of the model that answered for a label; both are empty without one."""
        if self.active_models is not None:
            return self.active_models.get(label, ("", ""))
        return (self.active_path, self.active_key) if label == self.labels[0] else ("", "")

    def is_held_out(self, recording_id: int, frame: int) -> bool:
        """Whether a frame was frozen earlier to judge on."""
        return self.held_out is not None and (recording_id, frame) in self.held_out
