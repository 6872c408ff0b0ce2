"""The body of a U-Net that has learnt from real frames without masks, to start other trainings from."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import CancelledError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
from training.dataset import groups_of
from training.engine.fit import fit
from training.engine.run_folder import RunFolder, digest
from training.engine.settings import FitSettings
from training.selfsupervised.frames import real_frames
from training.selfsupervised.stack import make_frame_stack
from training.selfsupervised.task import CANVAS, LABELS, RebuildTask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from training.dataset import Sample

log = logging.getLogger(__name__)

ARCHITECTURE = "lus-unet"
HEAD = "head."
SCHEME = 2
"""Counts up when the lesson changes, so that weights of an old one are not taken for new."""

ERROR = "gray_error_beneath_hidden_squares"
FILLED_ERROR = "gray_error_of_the_mean_gray_there"
"""Scores in the card of a base, over frames kept aside."""

KEPT_ASIDE = 25
"""One frame in so many is not learnt from, to see whether the lesson is being learnt."""

EPOCH = 50
"""Steps between two judgements, about."""


@dataclass(frozen=True)
class Lesson:
    """What is learnt from and how.

    Parameters
    ----------
    without : tuple of str
        Groups (recordings, patients) or sources that are never seen.
    seed : int
        Of weights and batches.
    steps : int
        Batches, rounded down to whole epochs of `EPOCH` or a few more.
    base_width : int
        Channels of the first block.
    side : int
        Rows and columns of the network's input.
    norm : str
        Normalisation, as for ``lus-unet``.
    batch_size : int
        Frames of a batch.
    learning_rate : float
        Highest rate, falling by a cosine.
    minutes : float, optional
        Time budget; the state is kept, and the same lesson goes on from there.
    device : str
        Where to compute.
    """

    without: tuple[str, ...] = ()
    seed: int = 0
    steps: int = 400
    base_width: int = 16
    side: int = 160
    norm: str = "group"
    batch_size: int = 6
    learning_rate: float = 2e-3
    minutes: float | None = None
    device: str = "auto"

    @property
    def key(self) -> str:
        """Return what tells this lesson from others, but for time and place."""
        return digest({"scheme": SCHEME, **self.config()})

    def config(self) -> dict[str, Any]:
        """Return plain values of everything that shapes the weights."""
        return {
            "without": sorted(self.without),
            "seed": self.seed,
            "steps": self.steps,
            "base_width": self.base_width,
            "side": self.side,
            "norm": self.norm,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
        }

    def fit_settings(self) -> FitSettings:
        """Return the loop."""
        epochs = max(self.steps // EPOCH, 1)
        return FitSettings(
            epochs=epochs,
            steps_per_epoch=self.steps // epochs,
            batch_size=self.batch_size,
            optimiser="adamw",
            learning_rate=self.learning_rate,
            weight_decay=1e-2,
            schedule="cosine",
            warm_up=min(30, self.steps // 5),
            ema=0.99,
            clip=1.0,
            # on processors half precision is slower in this layout than in float32, and fastest without it
            channels_last=False,
            seed=self.seed,
            minutes=self.minutes,
            device=self.device,
        )


@dataclass(frozen=True)
class Learnt:
    """What came of a lesson.

    Parameters
    ----------
    network : torch.nn.Module
        With the head that rebuilds frames.
    frames : int
        Learnt from.
    groups : tuple of str
        Their groups.
    sources : tuple of (str, int)
        Sets with their numbers of frames.
    history : tuple of dict
        One row an epoch; ``val_hidden`` and ``val_filled`` as ``RebuildTask.validate`` gives them.
    reason : str
        Why it ended.
    """

    network: nn.Module
    frames: int
    groups: tuple[str, ...]
    sources: tuple[tuple[str, int], ...]
    history: tuple[dict[str, float], ...]
    reason: str


def pretrain_body(
    data: Path | None,
    without: Sequence[str],
    seed: int,
    steps: int,
    work: Path,
    *,
    base_width: int,
    side: int,
    norm: str = "group",
    batch_size: int = 6,
) -> dict[str, Tensor]:
    """Return the weights of a ``lus-unet`` but for its head, learnt from real frames without masks.

    Parameters
    ----------
    data : Path
        Folder of the data sets, or of recordings and pictures; see ``frames.real_frames``.
    without : sequence of str
        Groups that are held out: nothing of them is ever seen.
    seed, steps, base_width, side, norm, batch_size
        See `Lesson`.
    work : Path
        Where filtered frames, half-done and finished trainings are kept; the same call takes them from there.

    Returns
    -------
    mapping of str to Tensor
        ``b1....`` to ``b9....``, float32, as ``UNet.state_dict`` names them; give it to
        ``load_state_dict(state, strict=False)``.

    Raises
    ------
    UnreadableFileError
        If a group is not known, or no frame is left.
    """
    return kept_body(data, Lesson(tuple(without), seed, steps, base_width, side, norm, batch_size), work)


def kept_body(data: Path | None, lesson: Lesson, work: Path) -> dict[str, Tensor]:
    """Return the body that a lesson gives, from `work` if it is there; see `pretrain_body`."""
    from safetensors.torch import load_file, save

    path = body_path(work, lesson)
    if path.is_file():
        return load_file(path)
    learnt = learn(data, lesson, work)
    body = body_of(learnt.network)
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(save(body, metadata={"format": "pt"}))
    return body


def body_of(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of a network's weights without those of its head."""
    return {
        name: value.detach().cpu().clone().contiguous()
        for name, value in network.state_dict().items()
        if not name.startswith(HEAD)
    }


def learn(
    data: Path | None,
    lesson: Lesson,
    work: Path,
    *,
    card: ModelCard | None = None,
    on_start: Callable[[str], None] | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    on_frame: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Learnt:
    """Learn a lesson, or go on with it.

    Parameters
    ----------
    data : Path
        See ``frames.real_frames``.
    lesson : Lesson
        How.
    work : Path
        Where filtered frames (``frames-...``) and the run's folder are kept.
    card : ModelCard, optional
        With it the run folder's weights are models.
    on_start : callable, optional
        Told in one line what is learnt from.
    on_frame : callable, optional
        Told how many frames are filtered, of how many.
    on_epoch, cancelled
        As ``training.engine.fit.fit``.

    Raises
    ------
    CancelledError
        If somebody stopped it; the state is kept.
    """
    samples = real_frames(data, lesson.without)
    counts = count_sources(samples)
    if on_start is not None:
        on_start(describe(samples))
    stack = make_frame_stack(samples, canvas_side(lesson.side), work, on_frame)
    aside = [i for i in range(len(stack)) if i % KEPT_ASIDE == KEPT_ASIDE - 1]
    learnt_from = [i for i in range(len(stack)) if i % KEPT_ASIDE != KEPT_ASIDE - 1]
    settings = lesson.fit_settings()
    task = RebuildTask(
        stack.select(learnt_from),
        stack.select(aside) if aside else None,
        lesson.side,
        settings.steps_per_epoch or 1,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(lesson.seed)
        network = build(
            ARCHITECTURE,
            in_channels=1,
            out_channels=len(LABELS),
            base_width=lesson.base_width,
            norm=lesson.norm,
        )
        # the first answer is to leave the frame as it is
        for parameter in network.get_submodule("head").parameters():
            torch.nn.init.zeros_(parameter)
    config = {"job": "selfsupervise", "scheme": SCHEME, **lesson.config()}
    run = RunFolder.create(run_folder(work, lesson), config, lesson.seed, samples, card=card)
    result = fit(network, task, settings, run, on_epoch=on_epoch, cancelled=cancelled)
    if str(result.reason) == "cancelled":
        raise CancelledError(
            f"stopped in epoch {result.epochs + 1} of {settings.epochs}; the state is kept in {work}",
            remedy="Give the same command again to go on",
        )
    return Learnt(
        result.network,
        len(learnt_from),
        tuple(groups_of(samples)),
        counts,
        result.history,
        str(result.reason),
    )


def body_path(work: Path, lesson: Lesson) -> Path:
    """Return where `kept_body` keeps what came of a lesson."""
    return work / f"selfsupervised-{lesson.key[:16]}.safetensors"


def run_folder(work: Path, lesson: Lesson) -> Path:
    """Return where the states of a lesson are kept."""
    return work / f"run-{lesson.key[:16]}"


def canvas_side(side: int) -> int:
    """Return rows and columns that frames are kept at for views of `side`."""
    return round(side * CANVAS)


def count_sources(samples: Sequence[Sample]) -> tuple[tuple[str, int], ...]:
    """Return each source with its number of frames, in order of appearance."""
    counts: dict[str, int] = {}
    for sample in samples:
        counts[sample.source] = counts.get(sample.source, 0) + 1
    return tuple(counts.items())


def describe(samples: Sequence[Sample]) -> str:
    """Say what is learnt from: frames, groups, and frames of each source."""
    parts = ", ".join(f"{name} {count}" for name, count in count_sources(samples))
    groups = len(groups_of(samples))
    return f"{len(samples)} frames of {groups} group{'' if groups == 1 else 's'}, no masks ({parts})"


def write_base(path: Path, learnt: Learnt, lesson: Lesson, *, overwrite: bool = False) -> ModelCard:
    """Write what was learnt as a base for fine-tuning.

    Parameters
    ----------
    path : Path
        ``*.safetensors``; the card goes beside it.
    learnt : Learnt
        From `learn`.
    lesson : Lesson
        How.
    overwrite : bool
        Whether a file that is there may be replaced.

    Returns
    -------
    ModelCard
        As written.
    """
    card = make_card(path.stem, learnt, lesson)
    return save_model(path, learnt.network, card, overwrite=overwrite)


def make_card(name: str, learnt: Learnt, lesson: Lesson) -> ModelCard:
    """Return the card of a base: what it saw, what it was not shown, how well it rebuilds."""
    from training.transfer.finetune import safe_name

    last = learnt.history[-1] if learnt.history else {}
    scores = {
        score: round(float(last[key]), 5)
        for score, key in ((ERROR, "val_hidden"), (FILLED_ERROR, "val_filled"))
        if key in last
    }
    left_out = ", ".join(sorted(lesson.without))
    return ModelCard(
        safe_name(name),
        "1.0",
        ARCHITECTURE,
        LABELS,
        (lesson.side, lesson.side),
        dict(learnt.network.init_args),  # type: ignore[arg-type]
        data=f"Learnt from {learnt.frames} real frames without masks; there were "
        + ", ".join(f"{source} {count}" for source, count in learnt.sources),
        split=f"Groups seen: {', '.join(learnt.groups)[:1500]}. "
        + (f"Never seen: {left_out}." if left_out else "Nothing was left out.")
        + (f" One frame in {KEPT_ASIDE} was kept aside to watch the lesson." if scores else ""),
        seed=lesson.seed,
        scores=scores,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        notes=(
            "A base to start trainings from, not a model: it has seen no mask, and its outputs rebuild"
            " gray and mean nothing as masks. Its head is to be replaced (finetune --base does so)."
            " Research use only, not a medical device."
        ),
    )
