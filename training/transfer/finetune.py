"""Fine-tune a model on a folder of frames with masks, to a file that ``lusgui segment --model`` takes."""

from __future__ import annotations

import math
import re
import shlex
import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from lusgui.base.errors import CancelledError, ModelError
from lusgui.core.networks import check_arguments, check_input_shape
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.devices import choose_device
from training.bases import Base, find_base, network_for_masks, vgg16_base
from training.engine.distributed import leads_here
from training.engine.run_folder import RunFolder
from training.engine.settings import FREE_FIELDS, FitSettings
from training.judging import found_nothing, judge, mean_of
from training.recipe_types import SourceRecipe, despeckling
from training.transfer.hold_out import hold_out
from training.transfer.kept_aside import check_shown, describe_beginning, judge_base
from training.transfer.sources import describe, load_source, load_sources
from training.trials import Trial, make_card, prepare_network, run_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample

MODEL_FILE = "model.safetensors"
STEPS_PER_EPOCH = 20
"""An epoch has at least so many steps: with few frames it would else be over before it began."""

SHAPES = {"lus-unet": (160, 160), "zoom-unet": (512, 512)}
"""Input of a network from scratch where nothing else is said; 256 x 256, as published, for the others."""


@dataclass(frozen=True)
class FinetuneJob:
    """What is fine-tuned on what.

    Parameters
    ----------
    sources : mapping of str to SourceRecipe
        Frames with masks; one for fine-tuning, one or more for pre-training.
    label : str
        What is learnt.
    base : str
        Name of a model, a file, or ``scratch:ARCHITECTURE``.
    out : Path
        Folder of the run and of ``model.safetensors``.
    strategy : str
        Which blocks learn.
    fit : FitSettings
        The loop; an epoch has at least `STEPS_PER_EPOCH` steps unless it says otherwise.
    loss, augment : str
        Names.
    by : {"group", "image"}
        What is kept aside to choose the epoch: whole groups, or single images.
    validation : float
        Share kept aside.
    arguments : mapping
        Arguments of a network from scratch.
    input_shape : tuple of int or None
        Rows and columns of the network's input, if not the base's.
    despeckle : str or None
        Name of a filter, if not the base's.
    name : str
        Name of the model; that of the folder if empty.
    vgg16 : Path or None
        Weights of VGG16 for the encoder of a V-Unet from scratch.
    unites : bool
        Whether all masks of the sources are united under the label, as for pre-training; otherwise there is
        one source, and its masks of that label alone are learnt.
    """

    sources: Mapping[str, SourceRecipe]
    label: str
    base: str
    out: Path
    strategy: str = "all"
    fit: FitSettings = field(default_factory=FitSettings)
    loss: str = "dice-ce"
    augment: str = "strong"
    by: Literal["group", "image"] = "group"
    validation: float = 0.2
    arguments: Mapping[str, Any] = field(default_factory=dict)
    input_shape: tuple[int, int] | None = None
    despeckle: str | None = None
    name: str = ""
    vgg16: Path | None = None
    unites: bool = False


@dataclass(frozen=True)
class FinetuneResult:
    """What came of it.

    Parameters
    ----------
    path : Path
        The model.
    card : ModelCard
        Its card.
    rows : tuple of dict
        Scores of the frames kept aside, by the model as written.
    summary : dict
        Plain values about the run; empty in the processes of ``torchrun`` that only help.
    """

    path: Path
    card: ModelCard
    rows: tuple[dict[str, Any], ...]
    summary: dict[str, Any]


def default_fit(base: Base, architecture: str, arguments: Mapping[str, Any]) -> FitSettings:
    """Return the loop for a base: slower where weights are to be kept or nothing normalises."""
    has_norm = check_arguments(architecture, arguments).get("norm", "none") != "none"
    rate = (1e-3 if base.is_scratch else 3e-4) if has_norm else (3e-4 if base.is_scratch else 1e-4)
    return FitSettings(
        epochs=40,
        batch_size=4,
        optimiser="adamw",
        learning_rate=rate,
        weight_decay=1e-2,
        schedule="cosine",
        warm_up=20,
        ema=0.99,
        clip=1.0,
        patience=15,
    )


def finetune(
    job: FinetuneJob,
    *,
    on_start: Callable[[str], None] | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FinetuneResult:
    """Fine-tune, judge what was kept aside, and write the model.

    Everything is checked before the first folder is made. Called again with the same job it goes on where it
    stopped, or says again what came of it.

    Parameters
    ----------
    job : FinetuneJob
        What.
    on_start : callable, optional
        Told one line before the training: what is learned from, and how the base scores on what is not.
    on_epoch, cancelled
        As ``training.engine.fit.fit``.

    Raises
    ------
    CancelledError
        If somebody stopped it; the state is kept.
    LusguiError
        If base, data or settings are unsound; one sentence that names the cause.
    """
    base = find_base(job.base)
    if job.vgg16 is not None:
        if base.architecture != "v-unet" or not base.is_scratch:
            raise ModelError(
                "VGG16's weights are for a V-Unet", remedy="Take --base scratch:v-unet with them"
            )
        base = vgg16_base(job.vgg16, job.arguments)
    trial = make_trial(job, base)
    choose_device(trial.fit.device)  # one that is not there is said before a folder is made
    samples = load_job_samples(job)
    if base.card is not None:  # linear recordings are compressed as the base was taught
        samples = [replace(s, mapping=base.card.mapping_for(s.mapping)) for s in samples]
    fold, split = hold_out(samples, job.validation, job.fit.seed, job.by)
    check_shown(samples, fold, job.label)
    kept = [samples[i] for i in fold.validation]
    trial = replace(trial, fit=_with_steps(trial.fit, len(fold.train)))
    network, _ = prepare_network(trial)  # what does not fit together is said before a folder is made
    card = replace(make_card(trial, network), data=_data_of(job, samples), split=split)
    config = {"job": "finetune", "trial": _fixed(trial), "validation": job.validation, "by": job.by}
    run = RunFolder.create(job.out, config, trial.fit.seed, samples, card=card)
    judged = judge_base(base, kept, trial) if kept and leads_here() else []
    base_scores = summarise(judged) if judged else {}
    if on_start is not None and leads_here():
        on_start(describe_beginning(describe(samples), samples, fold, base_scores, trial.fit.minutes))
    result = run_trial(trial, samples, fold, run, on_epoch=on_epoch, cancelled=cancelled)
    if result.reason == "cancelled":
        raise CancelledError(
            f"stopped in epoch {result.epochs + 1} of {trial.fit.epochs}; the state is kept in {job.out}",
            remedy="Give the same command again to go on",
        )
    path = job.out / MODEL_FILE
    if not leads_here():  # of several processes one judges and writes
        return FinetuneResult(path, card, (), {})
    save_model(path, result.network, card, overwrite=True)
    rows = judge(load_model(path), kept, trial)  # what is judged is what is written
    scores: dict[str, Any] = {"kept_aside": summarise(rows), "threshold": trial.threshold} if rows else {}
    if base_scores:
        scores["base_kept_aside"] = base_scores
    beginning = (
        "Learnt from random weights"
        if base.is_scratch
        else f"Fine-tuned from {base.name} (strategy {trial.strategy}; {result.taken.sentence()}; what it had"
        " learnt from, perhaps these very frames, stands in its own card)"
    )
    notes = (
        f"{beginning}, {_course_of(result.epochs, result.best_epoch)}."
        " Research use only, not a medical device."
    )
    from training.report.run_page import write_run_report

    card = save_model(path, result.network, replace(card, scores=scores, notes=notes), overwrite=True)
    summary = {
        "model": str(path),
        "name": card.name,
        "label": job.label,
        "base": base.name,
        "strategy": trial.strategy,
        "frames": len(samples),
        "learned_from": len(fold.train),
        "kept_aside": len(fold.validation),
        "split": split,
        "seed": trial.fit.seed,
        "epochs": result.epochs,
        "best_epoch": result.best_epoch,
        "reason": result.reason,
        "seconds": round(result.seconds, 1),
        "taken": result.taken.sentence(),
        "failed": found_nothing(rows),
        "scores": scores,
        "base_scores": base_scores,
    }
    run.log("model written", **summary)
    write_run_report(job.out, rows, f"{card.name}: {job.label}")
    return FinetuneResult(path, card, tuple(rows), summary)


def make_trial(job: FinetuneJob, base: Base) -> Trial:
    """Return the trial: the network and everything about its input inherited from the base.

    Raises
    ------
    ModelError
        If the base's task is another, or its network cannot be changed as asked.
    """
    architecture, arguments = network_for_masks(base)
    card = base.card
    if card is None:
        arguments |= dict(job.arguments)
    elif job.arguments:
        raise ModelError(
            "the network of a base cannot be changed", remedy="Leave --width out, or start from scratch:..."
        )
    arguments.pop("out_channels", None)
    shape = job.input_shape or (card.input_shape if card else SHAPES.get(architecture, (256, 256)))
    trial = Trial(
        architecture,
        job.label,
        check_input_shape(shape),
        arguments=arguments,
        base=base,
        strategy=job.strategy,
        loss=job.loss,
        fit=job.fit,
        augment=job.augment,
        name=job.name or safe_name(job.out.resolve().name),
    )
    check_arguments(architecture, arguments)
    if card is not None:
        trial = trial.fed_like(card)
    return trial if job.despeckle is None else replace(trial, despeckle=despeckling(job.despeckle))


def load_job_samples(job: FinetuneJob) -> list[Sample]:
    """Return the frames of the job's sources."""
    if job.unites:
        return load_sources(job.sources, job.label, job.fit.seed)
    (source,) = job.sources.values()
    return load_source(source, job.label, job.fit.seed)


def summarise(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the means of the metrics, with the numbers of frames and groups they stand on."""
    metrics = [key for key in rows[0] if key not in ("name", "group")] if rows else []
    means = {key: mean_of(rows, key) for key in metrics}
    dices = [row["dice"] for row in rows if row.get("dice") is not None]
    summary: dict[str, Any] = {
        "frames": len(rows),
        "groups": len({row["group"] for row in rows}),
        "frames_with_label": len(dices),
    }
    if len(dices) > 1:
        summary["dice_sd"] = round(statistics.stdev(dices), 4)
    return summary | {f"{key}_mean": round(v, 4) for key, v in means.items() if math.isfinite(v)}


def safe_name(text: str) -> str:
    """Return a text as the name of a model: letters, digits, '.', '_', '-'."""
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:64]
    return kept or "model"


def _course_of(epochs: int, best_epoch: int) -> str:
    said = f"{epochs} epoch{'' if epochs == 1 else 's'}"
    if best_epoch > epochs:  # time ran out within an epoch, and what there was of it is best
        return f"{said} and part of the next, whose weights these are"
    return f"{said}, weights of epoch {best_epoch}"


def how_to_use(result: FinetuneResult) -> str:
    """Return the command that uses the model."""
    return f"lusgui segment RECORDING --label {result.card.labels[0]} --model {shlex.quote(str(result.path))}"


def _with_steps(fit: FitSettings, frames: int) -> FitSettings:
    steps = fit.steps_per_epoch or max(-(-frames // fit.batch_size), STEPS_PER_EPOCH)
    # a short training would else end before the rate has risen
    return replace(fit, steps_per_epoch=steps, warm_up=min(fit.warm_up, steps * fit.epochs // 10))


def _fixed(trial: Trial) -> dict[str, Any]:
    """Return what may not change when a run goes on."""
    values = trial.to_json()
    values["fit"] = {key: value for key, value in values["fit"].items() if key not in FREE_FIELDS}
    return values


def _data_of(job: FinetuneJob, samples: Sequence[Sample]) -> str:
    parts = []
    for name, recipe in job.sources.items():
        folder = "" if recipe.data is None else recipe.data.resolve().name
        kind = f"simulated {recipe.simulated}" if recipe.simulated else f"{name}: folder {folder}"
        parts.append(kind + (f", at most {recipe.count}" if recipe.count else ""))
    return f"{describe(samples)} ({'; '.join(parts)})"
