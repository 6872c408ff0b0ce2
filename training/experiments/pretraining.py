"""What to start from: X-Unet pre-trained on ultrasound against scratch and against VGG16, judged by patient.

Cheng & Lam 2021 (arXiv:2110.02196) start their X-Unet from salient objects and their V-Unet from VGG16, and
freeze the encoder first or the bottleneck later. Here the X-Unet, scaled down, learns limbs, fetal heads and
simulated frames first, and the V-Unet of full width carries VGG16's weights in a frozen encoder. Both then
learn real cerebella and ribs, and are judged on patients and clips never seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.experiments.budget import Budget
from training.experiments.cells import Cell, Done, pretrained, run_cells
from training.experiments.sets import (
    FOLDS,
    DataSet,
    heads,
    joined,
    lungs,
    nerves,
    real_sets,
    simulated_heads,
)
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.bases import Base
    from training.data.splits import Fold
    from training.trials import Trial

NAME = "pretraining"
TITLE = "What to start from"
SCRATCH = "X-Unet, scratch"
PRETRAINED = "X-Unet, ultrasound"
FROZEN = "X-Unet, ultrasound, encoder frozen"
NO_BOTTLENECK = "X-Unet, ultrasound, bottleneck frozen"
VGG = "V-Unet, VGG16, encoder frozen"


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each cell.
    minutes : float or None
        Time budget.
    vgg : str
        File with VGG16's weights, as ``lusgui.nn.vgg_weights.load_vgg16`` takes it; without it there is no
        V-Unet.
    sets : tuple of str
        ``cerebellum`` (5 folds by patient) and ``ribs`` (3 by clip).
    side, base_width : int
        Of the X-Unet; as published 256 and 64. The V-Unet has the same side and its full width.
    epochs, steps_per_epoch, batch_size : int
        Always trained to the end; the last weights are judged.
    learning_rate : float
        Of Adam, falling by a cosine.
    vgg_epochs, vgg_rate : int, float
        Of the V-Unet, whose step takes some twenty times as long.
    before_epochs, before_steps, before_batch : int
        Of the pre-training.
    simulated : int
        Frames of each simulation in the pre-training.
    longest : int
        Rows or columns that frames are shrunk to, the ribs left as they are.
    gallery : int
        Frames of each set that the gallery shows.
    frames : int or None
        Only so many of each set.
    """

    seeds: int = 1
    minutes: float | None = 25.0
    vgg: str = ""
    sets: tuple[str, ...] = ("cerebellum", "ribs")
    side: int = 128
    base_width: int = 8
    epochs: int = 12
    steps_per_epoch: int = 50
    batch_size: int = 2
    learning_rate: float = 1e-3
    vgg_epochs: int = 2
    vgg_rate: float = 3e-4
    before_epochs: int = 10
    before_steps: int = 100
    before_batch: int = 4
    simulated: int = 150
    longest: int = 256
    gallery: int = 3
    frames: int | None = None


TINY = Settings(
    minutes=2.0,
    sets=("ribs",),
    side=32,
    base_width=2,
    epochs=1,
    steps_per_epoch=2,
    before_epochs=1,
    before_steps=2,
    simulated=4,
    longest=64,
    gallery=1,
    frames=24,
)
"""The same way through in seconds."""


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets. Without it only simulations are learnt before, and only ribs are judged.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings are kept.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.pretraining_page import write_page

    budget = Budget(settings.minutes)
    source = _source(settings, data)
    base, before = _pretrain(settings, source, cache / NAME)
    sets = real_sets(settings.sets, data, settings.longest, settings.frames)
    cells = _cells(settings, sets, base, _vgg_base(settings))
    done, missing = run_cells(NAME, cells, TrialCache(cache / NAME), budget)
    return write_page(settings, sets, source, done, missing, before, out)


def _source(settings: Settings, data: Path | None) -> DataSet:
    count = settings.simulated
    parts = [lungs(count, 11), simulated_heads(count, 12, settings.side)]
    if data is not None:
        parts += [nerves(data, settings.longest), heads(data, settings.longest)]
    names = ", ".join(f"{part.name} ({part.label})" for part in parts)
    what = f"Learnt before, whatever each calls foreground: {names}."
    return joined("ultrasound", "foreground", parts, what)


def _trial(settings: Settings, label: str) -> Trial:
    from training.engine.settings import FitSettings
    from training.trials import Trial

    return Trial(
        architecture="x-unet",
        arguments={"base_width": settings.base_width},
        label=label,
        input_shape=(settings.side, settings.side),
        loss="dice-ce",
        augment="cheng",
        head="keep",
        fit=FitSettings(
            epochs=settings.epochs,
            steps_per_epoch=settings.steps_per_epoch,
            batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            schedule="cosine",
            precision="float32",
            device="cpu",
        ),
    )


def _pretrain(settings: Settings, source: DataSet, folder: Path) -> tuple[Base, dict[str, object]]:
    from training.data.splits import Fold

    count = len(source.samples)
    order = [int(i) for i in np.random.default_rng(0).permutation(count)]
    tenth = max(count // 10, 1)
    split = Fold(tuple(order[tenth:]), (), tuple(order[:tenth]))
    trial = _trial(settings, source.label)
    fit = replace(
        trial.fit,
        epochs=settings.before_epochs,
        steps_per_epoch=settings.before_steps,
        batch_size=settings.before_batch,
        seed=1000,
    )
    trial = replace(trial, fit=fit, name="ultrasound", head="auto")
    return pretrained("ultrasound", trial, source, split, folder)


def _vgg_base(settings: Settings) -> Base | None:
    """Return VGG16's encoder as a base, or None without a file."""
    if not settings.vgg:
        return None
    from pathlib import Path

    from training.bases import digest_of, vgg16_base

    path = Path(settings.vgg)
    if not path.is_file():
        raise LusguiError("the file with VGG16's weights is not there", path=path)
    base = vgg16_base(path, {})
    # the name goes into what results are kept under
    return replace(base, name=f"{base.name} {digest_of(base)[:12]}")


def folds_of(part: DataSet, seed: int) -> list[Fold]:
    """Return folds by group, without validation: nothing is chosen on any frame."""
    from training.data.splits import k_folds

    return k_folds(part.samples, FOLDS[part.name], seed=seed, by="group", validation=0.0)


def shown_of(part: DataSet, fold: Fold, folds: int, most: int) -> tuple[str, ...]:
    """Return names of test frames that show the label, for the gallery: its frames come from all folds."""
    names = [part.samples[i].name for i in fold.test if part.samples[i].masks[part.label].any()]
    share = max(most // folds, 1) if most else 0
    return tuple(names[len(names) // 2 :][:share])


def _cells(settings: Settings, sets: Sequence[DataSet], base: Base, vgg: Base | None) -> list[Cell]:
    cells = []
    folds = {part.name: folds_of(part, 0) for part in sets}
    for seed in range(settings.seeds):
        # fold by fold through all sets, so that time running out leaves whole folds of each
        for k in range(max(map(len, folds.values()), default=0)):
            for part in sets:
                if k < len(folds[part.name]):
                    fold = folds[part.name][k]
                    share = settings.gallery if seed == 0 else 0
                    shown = shown_of(part, fold, len(folds[part.name]), share)
                    cells += [
                        Cell(part, variant, str(k), seed, trial, fold, shown=shown)
                        for variant, trial in _trials(settings, part.label, seed, base, vgg).items()
                    ]
    return cells


def _trials(settings: Settings, label: str, seed: int, base: Base, vgg: Base | None) -> dict[str, Trial]:
    plain = _trial(settings, label)
    plain = replace(plain, fit=replace(plain.fit, seed=seed))
    trials = {
        SCRATCH: replace(plain, name="scratch"),
        PRETRAINED: replace(plain, base=base, name="all"),
        NO_BOTTLENECK: replace(plain, base=base, strategy="except-5", name="except-5"),
        FROZEN: replace(plain, base=base, strategy="encoder-frozen", name="frozen"),
    }
    if vgg is not None:
        fit = replace(
            plain.fit, epochs=settings.vgg_epochs, learning_rate=settings.vgg_rate, precision="auto"
        )
        trials[VGG] = replace(
            plain,
            architecture="v-unet",
            arguments={},
            base=vgg,
            strategy="encoder-frozen",
            head="new",
            fit=fit,
            name="vgg",
        )
    return trials


def best_first(done: Sequence[Done], data: str) -> list[str]:
    """Return the variants of a set in the order of their mean Dice over images, best first."""
    values: dict[str, list[float]] = {}
    for item in done:
        if item.cell.data.name == data:
            values.setdefault(item.cell.variant, []).extend(item.dice.values())
    return sorted(values, key=lambda name: -float(np.mean(values[name] or [0.0])))
