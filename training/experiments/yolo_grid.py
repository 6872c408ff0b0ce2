"""Boxes around the cerebellum: how many cells, how many boxes, many cells first, and masks inside the box.

Ramos et al. 2020 vary the number of cells S of YOLO v1 and find 11 best by what they call AP. They ask for
two things more, to vary the boxes B at a constant S, and to train with many cells, freeze the convolutions
and train again with few; and they expect boxes to help segmentation. All four are tried here, on real planes
by patient and on simulated heads, with a width-scaled tiny YOLO whose convolutions have learnt from masks
first (from ImageNet in the paper).
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor, nn

    from training.data.splits import Fold
    from training.dataset import Sample
    from training.detection.recipe import DetectRecipe

log = logging.getLogger(__name__)

NAME = "yolo_grid"
LABEL = "cerebellum"
SCHEME = 1
FOLDS = 3


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each cell; each leaves another third of the patients out, so that three judge every real
        frame once.
    minutes : float or None
        Time budget.
    grids : tuple of int
        S; 7, 9, 11 and 13 as published.
    boxes : tuple of int
        B, tried at `grid_of_boxes` cells.
    grid_of_boxes : int
        S at which B varies; 11 was best in the paper.
    many, few : int
        Cells to learn with first, and after the convolutions are frozen.
    side, base_width : int
        Of the detector; as published 224 and 16 for the tiny one.
    steps, steps_per_epoch, batch_size, learning_rate : int, int, int, float
        Of each detector (AdamW, cosine); as published 1000, 100, 64 and 5e-4 in steps (SGD).
    before_steps : int
        Of the convolutions on masks.
    jitter : float
        Largest move of each edge; 0.2 as published.
    simulated, simulated_test : int
        Simulated heads to learn from (a tenth more choose the checkpoint), and to judge on.
    repeats : int
        How often a real frame stands among those to learn from: there are few.
    mask_side, mask_width, mask_steps : int
        Of the segmenters: side of their input, first width, steps.
    margin : float
        Share of a box added on each side before its inside is segmented.
    """

    seeds: int = 2
    minutes: float | None = 20.0
    grids: tuple[int, ...] = (7, 9, 11, 13)
    boxes: tuple[int, ...] = (1, 2, 3, 5)
    grid_of_boxes: int = 11
    many: int = 13
    few: int = 7
    side: int = 160
    base_width: int = 8
    steps: int = 400
    steps_per_epoch: int = 50
    batch_size: int = 16
    learning_rate: float = 3e-4
    before_steps: int = 400
    jitter: float = 0.1
    simulated: int = 240
    simulated_test: int = 60
    repeats: int = 8
    mask_side: int = 96
    mask_width: int = 8
    mask_steps: int = 250
    margin: float = 0.25


TINY = Settings(
    seeds=1,
    minutes=2.0,
    grids=(3, 5),
    boxes=(1, 2),
    grid_of_boxes=3,
    many=5,
    few=3,
    side=32,
    base_width=2,
    steps=2,
    steps_per_epoch=1,
    batch_size=2,
    before_steps=2,
    simulated=6,
    simulated_test=3,
    mask_side=32,
    mask_width=2,
    mask_steps=2,
)
"""The same way through in seconds."""


@dataclass(frozen=True)
class Frames:
    """What is learnt and judged.

    Parameters
    ----------
    real, simulated : tuple of Sample
        Planes of patients, and simulated heads; both know the cerebellum.
    digest : str
        SHA-256 of everything.
    """

    real: tuple[Sample, ...]
    simulated: tuple[Sample, ...]
    digest: str

    @property
    def all(self) -> tuple[Sample, ...]:
        """Real frames first."""
        return self.real + self.simulated


@dataclass(frozen=True)
class Variant:
    """One way of training a detector.

    Parameters
    ----------
    study : str
        ``cells``, ``boxes`` or ``many first``.
    name : str
        For tables.
    grid, boxes : int
        S and B.
    """

    study: str
    name: str
    grid: int
    boxes: int

    @property
    def is_frozen(self) -> bool:
        """Whether the convolutions come frozen from a detector with many cells."""
        return self.study == "many first"


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; without it everything is simulated.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings are kept.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.yolo_grid_masks import segment_in_boxes
    from training.experiments.yolo_grid_page import write_page

    budget = Budget(settings.minutes)
    frames = gather(settings, data)
    lab = Lab(settings, frames, TrialCache(cache / NAME), budget)
    done: list[dict[str, Any]] = []
    masks: list[dict[str, Any]] = []
    missing = 0
    for seed in range(settings.seeds):
        for variant in variants(settings):
            result = lab.detector(variant, seed)
            missing += result is None
            if result is not None:
                done.append(result)
        found = segment_in_boxes(lab, Variant("cells", "", settings.grid_of_boxes, 2), seed)
        missing += found is None
        masks += found or []
    return write_page(settings, frames, done, masks, missing, out)


def variants(settings: Settings) -> Iterator[Variant]:
    """Yield what is trained, most wanted first; what stands in two studies is trained once."""
    for grid in settings.grids:
        yield Variant("cells", f"S = {grid}", grid, 2)
    yield Variant("many first", f"S = {settings.many}, frozen, then {settings.few}", settings.few, 2)
    for boxes in settings.boxes:
        if boxes != 2 or settings.grid_of_boxes not in settings.grids:
            yield Variant("boxes", f"B = {boxes}", settings.grid_of_boxes, boxes)


def gather(settings: Settings, data: Path | None) -> Frames:
    """Read the real planes and simulate heads that lie as planes are stored, within 30 degrees of level."""
    from training.engine.run_folder import digest, hash_samples
    from training.experiments.sets import cerebella
    from training.simulate.head import simulate_sample

    real = () if data is None else cerebella(data, 256).samples
    wanted = settings.simulated + validation_count(settings) + settings.simulated_test
    simulated: list[Sample] = []
    index = 0
    while len(simulated) < wanted:
        sample = simulate_sample(77, index, (192, 192))
        index += 1
        if abs(math.sin(math.radians(sample.facts["angle_deg"]))) < 0.5:
            simulated.append(sample)
    return Frames(tuple(real), tuple(simulated), digest(hash_samples([*real, *simulated])))


def validation_count(settings: Settings) -> int:
    """Return how many simulated heads choose the checkpoint."""
    return max(settings.simulated // 10, 1)


def split_of(settings: Settings, frames: Frames, seed: int) -> Fold:
    """Return the split of a seed: a third of the patients and the last simulated heads are judged.

    Simulated heads alone choose the checkpoint: every real frame of the other patients is learnt from.
    """
    from training.data.splits import Fold, k_folds

    n, count = len(frames.real), settings.simulated
    order = list(range(n, n + len(frames.simulated)))
    middle = count + validation_count(settings)
    train, test = order[:count], order[middle:]
    if n:
        fold = k_folds(frames.real, FOLDS, seed=0, by="group", validation=0.0)[seed % FOLDS]
        train, test = [*fold.train * settings.repeats, *train], [*fold.test, *test]
    return Fold(tuple(train), tuple(order[count:middle]), tuple(test))


class Lab:
    """Trains detectors and keeps what is finished.

    Parameters
    ----------
    settings : Settings
        How.
    frames : Frames
        On what.
    cache : TrialCache
        Where results and weights stay.
    budget : Budget
        For how long.
    """

    def __init__(self, settings: Settings, frames: Frames, cache: TrialCache, budget: Budget) -> None:
        self.settings = settings
        self.frames = frames
        self._cache = cache
        self._budget = budget

    def recipe(self, variant: Variant, seed: int) -> DetectRecipe:
        """Return how a variant is trained."""
        from training.detection.recipe import DetectRecipe
        from training.detection.views import ViewSettings
        from training.engine.settings import FitSettings

        s = self.settings
        fit = FitSettings(
            epochs=max(s.steps // s.steps_per_epoch, 1),
            steps_per_epoch=s.steps_per_epoch,
            batch_size=s.batch_size,
            optimiser="adamw",
            learning_rate=s.learning_rate,
            weight_decay=1e-3,
            schedule="cosine",
            warm_up=min(20, s.steps),
            seed=seed,
            device="cpu",
        )
        return DetectRecipe(
            title=variant.name,
            labels=(LABEL,),
            arguments={
                "grid": variant.grid,
                "boxes": variant.boxes,
                "base_width": s.base_width,
                "input_side": s.side,
            },
            fit=fit,
            views=ViewSettings(jitter=s.jitter),
        )

    def kept(self, what: str, seed: int, more: dict[str, Any], work: Callable[[], dict[str, Any]]) -> Any:  # noqa: ANN401
        """Return a finished result, or do the work if there is time for it; None if there is not."""
        used = {k: v for k, v in asdict(self.settings).items() if k not in _NOT_SHAPING}
        key = {
            "experiment": NAME,
            "variant": what,
            "seed": seed,
            "data": "heads",
            "pixels": self.frames.digest,
            "settings": used,
            "scheme": SCHEME,
            **more,
        }
        found = self._cache.get(key)
        if found is not None:
            return found
        if not self._budget.allows_another():
            return None
        started = time.monotonic()
        found = self._cache.compute(key, work)
        self._budget.note(time.monotonic() - started)
        log.info("%s: %s, seed %d, %.0f s", NAME, what, seed, time.monotonic() - started)
        return found

    def weights(self, name: str, seed: int) -> Path:
        """Return where weights of these frames and settings are kept."""
        key = {"variant": name, "seed": seed, "pixels": self.frames.digest, "scheme": SCHEME}
        used = {k: v for k, v in asdict(self.settings).items() if k not in _NOT_SHAPING}
        return self._cache.path_of(key | {"settings": used}).with_suffix(".safetensors")

    def convolutions(self, seed: int) -> dict[str, Tensor]:
        """Return convolutions taught on the masks of a seed's training frames."""
        from safetensors.torch import load_file, save_file

        from training.detection.pretrain import pretrain_convolutions
        from training.detection.train import make_network

        path = self.weights("convolutions", seed)
        if not path.exists():
            s = self.settings
            recipe = self.recipe(Variant("cells", "", s.few, 2), 1000 + seed)
            fold = split_of(s, self.frames, seed)
            every = self.frames.all
            fit = replace(
                recipe.fit,
                epochs=max(s.before_steps // s.steps_per_epoch, 1),
                batch_size=16,
                learning_rate=1e-3,
            )
            state = pretrain_convolutions(
                make_network(recipe),
                [every[i] for i in fold.train],
                [every[i] for i in fold.validation],
                (LABEL,),
                fit,
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file({name: value.contiguous() for name, value in state.items()}, path)
        return load_file(path)

    def start(self, variant: Variant, seed: int) -> nn.Module | None:
        """Return the network a variant starts from; None if what it needs first is not there in time."""
        from lusgui.nn.checkpoint import load_model
        from training.detection.pretrain import take_convolutions
        from training.detection.train import freeze_convolutions, make_network

        network = make_network(self.recipe(variant, seed))
        if not variant.is_frozen:
            return take_convolutions(network, self.convolutions(seed))
        many = Variant("cells", f"S = {self.settings.many}", self.settings.many, 2)
        if self.detector(many, seed) is None:
            return None
        state = load_model(self.weights(many.name, seed)).network.state_dict()
        return freeze_convolutions(
            take_convolutions(network, {k: v for k, v in state.items() if "stages" in k})
        )

    def detector(self, variant: Variant, seed: int) -> dict[str, Any] | None:
        """Return what a detector is worth, trained now or before; None if there is no time left."""
        found = self.kept(variant.name, seed, {}, lambda: self._train(variant, seed))
        if found is None or not found["rows"]:
            return None
        return {**asdict(variant), "seed": seed, **found}

    def _train(self, variant: Variant, seed: int) -> dict[str, Any]:
        import torch

        from lusgui.nn.checkpoint import save_model
        from training.detection.stack import make_box_stack
        from training.detection.task import judge
        from training.detection.train import train_detector

        started = time.process_time()
        start = self.start(variant, seed)
        if start is None:
            return {"rows": []}
        recipe = self.recipe(variant, seed)
        fold = split_of(self.settings, self.frames, seed)
        result = train_detector(recipe, self.frames.all, fold, start=start)
        save_model(self.weights(variant.name, seed), result.network, result.card, overwrite=True)
        scores = {}
        for part, chosen in self.test_parts(seed).items():
            stack = make_box_stack([self.frames.all[i] for i in chosen], (LABEL,), self.settings.side)
            scores[part] = judge(result.network, stack, recipe.grid, 3, recipe.decode, torch.device("cpu"))
        simulated = {sample.name for sample in self.frames.simulated}
        rows = [{**row, "data": "simulated" if row["name"] in simulated else "real"} for row in result.rows]
        return {
            "scores": scores,
            "rows": rows,
            "history": [dict(row) for row in result.history],
            "seconds": round(time.process_time() - started, 1),
        }

    def test_parts(self, seed: int) -> dict[str, list[int]]:
        """Return the test frames of a seed, real and simulated."""
        fold = split_of(self.settings, self.frames, seed)
        n = len(self.frames.real)
        parts = {"real": [i for i in fold.test if i < n], "simulated": [i for i in fold.test if i >= n]}
        return {name: chosen for name, chosen in parts.items() if chosen}


_NOT_SHAPING = ("seeds", "minutes", "grids", "boxes", "mask_side", "mask_width", "mask_steps", "margin")
"""Settings that leave a single detector what it is."""


def mean_iou(rows: list[dict[str, Any]], part: str) -> float:
    """Return the mean overlap over the test frames of a part; NaN without any."""
    values = [float(row["iou"]) for row in rows if row["data"] == part]
    return float(np.mean(values)) if values else math.nan
