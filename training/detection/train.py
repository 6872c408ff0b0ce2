"""One detector from frames to a model file, and what it is worth."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.devices import choose_device
from lusgui.nn.registry import build
from training.data.splits import Fold, k_folds, ramos_split
from training.dataset import groups_of
from training.detection.scores import image_rows
from training.detection.stack import make_box_stack
from training.detection.task import DetectionTask, found_anything, judge
from training.detection.watch import refuse_half_done

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from torch import nn

    from training.dataset import Sample
    from training.detection.recipe import DetectRecipe
    from training.engine.run_folder import RunFolder

VERSION = "1.0"


@dataclass(frozen=True)
class DetectorResult:
    """A trained detector.

    Parameters
    ----------
    network : torch.nn.Module
        At its best checkpoint, in eval mode, on the CPU.
    card : ModelCard
        With its scores.
    scores : mapping of str to float
        On the test images; see `training.detection.scores.score_found`.
    rows : tuple of dict
        One a test image.
    history : tuple of dict
        One row a checkpoint, as the loop gives it.
    seconds : float
        Of training.
    """

    network: nn.Module
    card: ModelCard
    scores: Mapping[str, float]
    rows: tuple[dict[str, Any], ...]
    history: tuple[dict[str, float], ...]
    seconds: float


def split_of(samples: Sequence[Sample], recipe: DetectRecipe) -> Fold:
    """Deal the frames in the proportion of Ramos et al. (237 to 78), and put some aside for validation.

    Without a part for validation the test images validate too: as published, the checkpoint is the one that
    is best on them.

    Raises
    ------
    SplitError
        If there are too few frames or groups.
    """
    fold = ramos_split(samples, recipe.seed, recipe.by)
    if recipe.validation == 0:
        return replace(fold, validation=fold.test)
    left = [samples[i] for i in fold.train]
    most = len(groups_of(left)) if recipe.by == "group" else len(left)
    parts = min(max(round(1 / recipe.validation), 2), most)
    inner = k_folds(left, parts, seed=recipe.seed, by=recipe.by, validation=0.0)[0]
    return Fold(
        tuple(fold.train[i] for i in inner.train), tuple(fold.train[i] for i in inner.test), fold.test
    )


def train_detector(
    recipe: DetectRecipe,
    samples: Sequence[Sample],
    fold: Fold,
    run: RunFolder | None = None,
    *,
    start: nn.Module | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DetectorResult:
    """Train a detector and judge it.

    Parameters
    ----------
    recipe : DetectRecipe
        What and how; what it varies is left aside.
    samples : sequence of Sample
        All frames.
    fold : Fold
        Which of them train, choose the checkpoint, and are judged.
    run : RunFolder, optional
        Where curves and states are kept; a half-done training goes on from there.
    start : torch.nn.Module, optional
        A network to go on from instead of a random one; left as it is. What does not require gradients stays
        frozen.
    on_epoch, cancelled
        As ``training.engine.fit.fit``.

    Raises
    ------
    DetectionError
        If a frame knows nothing of a label, or there is nothing to learn from.
    CancelledError
        If it was stopped; with a run folder the same call goes on.
    """
    from training.engine.fit import fit

    network = start if start is not None else make_network(recipe)
    arguments = recipe.network_arguments
    side, channels = int(arguments["input_side"]), int(arguments["in_channels"])

    def stack(indices: Sequence[int]) -> Any:  # noqa: ANN401
        return make_box_stack([samples[i] for i in indices], recipe.labels, side, union=recipe.one_box)

    test = stack(fold.test)
    published = set(fold.validation) == set(fold.test)
    task = DetectionTask(
        stack(fold.train),
        test if published else stack(fold.validation) if fold.validation else None,
        recipe.grid,
        channels=channels,
        steps_per_epoch=recipe.fit.steps_per_epoch or 100,
        views=recipe.views,
        loss=recipe.loss,
        decoding=recipe.decode,
        watched=None if published else test,
    )
    result = fit(network, task, recipe.fit, run, on_epoch=on_epoch, cancelled=cancelled)
    refuse_half_done(result)
    trained = result.network.eval().requires_grad_(False)
    device = choose_device(recipe.fit.device)
    trained = trained.to(device)
    scores = judge(trained, test, recipe.grid, channels, recipe.decode, device)
    rows = image_rows(found_anything(trained, test, recipe.grid, channels, recipe.decode, device), test)
    return DetectorResult(
        trained.cpu(),
        make_card(recipe, samples, fold, scores),
        scores,
        tuple(rows),
        result.history,
        result.seconds,
    )


def make_network(
    recipe: DetectRecipe, darknet: Path | None = None, convolutions: int | None = None
) -> nn.Module:
    """Build a recipe's network with random weights of its seed, or Darknet's.

    Parameters
    ----------
    recipe : DetectRecipe
        The network.
    darknet : Path, optional
        Weight file of Darknet.
    convolutions : int, optional
        How many convolutions are taken from it; the whole network if not given.

    Raises
    ------
    ModelError
        If the file does not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.fit.seed)
        network = build(recipe.architecture, **recipe.network_arguments)
    if darknet is not None:
        from lusgui.nn.darknet_weights import load_darknet
        from lusgui.nn.yolo import Yolo

        assert isinstance(network, Yolo)
        load_darknet(network, darknet, convolutions=convolutions)
    return network


def freeze_convolutions(network: nn.Module) -> nn.Module:
    """Let only the head learn; batch normalisation then rests too. Returns the same network."""
    network.requires_grad_(False)
    network.get_submodule("head").requires_grad_(True)
    return network


def make_card(
    recipe: DetectRecipe, samples: Sequence[Sample], fold: Fold, scores: Mapping[str, float]
) -> ModelCard:
    """Return the card of a detector, which says what it learnt from and how it did."""
    arguments = recipe.network_arguments
    side = int(arguments["input_side"])
    groups = [len({samples[i].group for i in part}) for part in (fold.train, fold.validation, fold.test)]
    chosen = (
        "the test images also chose the checkpoint, as published"
        if set(fold.validation) == set(fold.test)
        else f"validation on {len(fold.validation)} of {groups[1]}"
    )
    return ModelCard(
        name=recipe.architecture,
        version=VERSION,
        architecture=recipe.architecture,
        labels=recipe.labels,
        input_shape=(side, side),
        arguments=arguments,
        threshold=recipe.decode.threshold,
        data=f"{len(samples)} frames of {len(groups_of(samples))} groups",
        split=(
            f"by {recipe.by}, seed {recipe.seed}: trained on {len(fold.train)} frames of {groups[0]} groups,"
            f" tested on {len(fold.test)} of {groups[2]}, {chosen}"
        ),
        seed=recipe.fit.seed,
        scores={name: round(value, 4) for name, value in scores.items()},
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        notes=(
            "Gray is stretched to a square and coloured by viridis before the network sees it. "
            "AP as Ramos et al. 2020 is the mean overlap of the best box over the test images."
        ),
    )
