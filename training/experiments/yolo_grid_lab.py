"""The frames and detectors of the experiment on YOLO's grid, kept when they are finished."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor, nn

    from training.data.splits import Fold
    from training.dataset import Sample
    from training.detection.recipe import DetectRecipe
    from training.experiments.budget import Budget
    from training.experiments.trial_cache import TrialCache
    from training.experiments.yolo_grid import Settings

log = logging.getLogger(__name__)

NAME = "yolo_grid"
LABEL = "cerebellum"
SCHEME = 1
FOLDS = 3

_NOT_SHAPING = ("seeds", "minutes", "grids", "boxes", "mask_side", "mask_width", "mask_steps", "margin")
"""Settings that leave a single detector what it is."""


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
