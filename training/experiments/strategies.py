"""Which layers to fine-tune: the orderings of Table II of Amiri et al. on simulated cysts and fetal heads.

Amiri, Brooks, Rivaz 2020, doi:10.1109/TUFFC.2020.3015081. A U-Net is trained on salient objects, and then
fine-tuned on ultrasound with different blocks left free. Theirs has 64 channels, 256 x 256 pixels and a GPU;
here it is scaled to one processor core, and what is tested is the orderings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from training.experiments.budget import Budget
from training.experiments.cells import Cell, Done, by_variant, pretrained, run_cells
from training.experiments.orderings import Claim, Verdict, claim_rows, judge_rank
from training.experiments.sets import DataSet, cysts, heads, joined, salient
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from training.bases import Base
    from training.trials import Trial

NAME = "strategies"
TITLE = "Which layers to fine-tune"


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each cell; each seed judges another of the five folds.
    minutes : float or None
        Time budget.
    strategies : tuple of str
        Which blocks learn, in the order of tables.
    sets : tuple of str
        ``cyst`` and ``hc18``.
    fractions : tuple of float
        Parts of the data that are learnt from or validated on.
    cysts : int
        Simulated frames; SUS has 85.
    side : int
        Rows and columns of the network's input; theirs is 256.
    base_width : int
        Channels of the first block; theirs is 64.
    learning_rate : float
        Of Adam; theirs is 1e-4 with eight times the channels and many more steps.
    batch_size : int
        As theirs.
    steps_per_epoch : int
        The same for every fraction, as theirs (27 and 55 there); short, so that the end is found closely.
    epochs, patience : int
        Most epochs, and how many without a better validation loss end a training; theirs are 200 and 20.
    salient : int
        Made-up pictures of the pre-training; theirs was on 10,000 of XPIE.
    salient_epochs : int
        Of 100 steps of four pictures.
    """

    seeds: int = 3
    minutes: float | None = 25.0
    strategies: tuple[str, ...] = ("all", "contracting", "expanding", "except-5", "5", "9", "scratch")
    sets: tuple[str, ...] = ("cyst", "hc18")
    fractions: tuple[float, ...] = (0.05, 0.5)
    cysts: int = 85
    side: int = 96
    base_width: int = 8
    learning_rate: float = 1e-3
    batch_size: int = 2
    steps_per_epoch: int = 20
    epochs: int = 40
    patience: int = 8
    salient: int = 400
    salient_epochs: int = 14


TINY = Settings(
    seeds=2,
    minutes=2.0,
    strategies=("all", "9", "scratch"),
    sets=("cyst",),
    fractions=(0.5,),
    cysts=15,
    side=32,
    base_width=2,
    steps_per_epoch=2,
    epochs=2,
    patience=1,
    salient=8,
    salient_epochs=1,
)
"""The same way through in seconds."""

NEAR = (("except-5", "all"), ("contracting", "all"), ("contracting", "except-5"))
ABOVE = (
    ("all", "expanding"),
    ("contracting", "expanding"),
    ("except-5", "expanding"),
    ("expanding", "5"),
    ("all", "scratch"),
)


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; needed for ``hc18``. Its folder ``natural``, if there is one, joins the
        made-up pictures of the pre-training.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings are kept.

    Returns
    -------
    Path
        The page.
    """
    budget = Budget(settings.minutes)
    kept = TrialCache(cache / NAME)
    source = _source(settings, data)
    base, before = _pretrain(settings, source, cache / NAME)
    sets = _sets(settings, data)
    done, missing = run_cells(NAME, _cells(settings, sets, base), kept, budget)
    from training.experiments.strategies_page import write_page

    return write_page(settings, [*sets, source], done, missing, before, out)


def _source(settings: Settings, data: Path | None) -> DataSet:
    pictures = salient(settings.salient, 0, settings.side)
    natural = None if data is None else data / "natural"
    if natural is None or not natural.is_dir():
        return pictures
    from training.data.open import open_dataset
    from training.experiments.sets import shrink

    samples = [shrink(sample, 2 * settings.side) for sample in open_dataset(natural)]
    label = next(iter(samples[0].masks))
    photographs = DataSet("natural", label, tuple(sample for sample in samples if label in sample.masks))
    what = f"Made-up salient objects and {len(photographs.samples)} natural pictures."
    return joined("salient", "object", (pictures, photographs), what)


def _trial(settings: Settings, label: str) -> Trial:
    from training.engine.settings import FitSettings
    from training.trials import Trial

    return Trial(
        architecture="amiri-unet",
        arguments={"base_width": settings.base_width},
        label=label,
        input_shape=(settings.side, settings.side),
        loss="bce",
        augment="amiri",
        head="keep",
        fit=FitSettings(
            epochs=settings.epochs,
            steps_per_epoch=settings.steps_per_epoch,
            batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            patience=settings.patience,
            precision="float32",
            device="cpu",
        ),
    )


def _pretrain(settings: Settings, source: DataSet, folder: Path) -> tuple[Base, dict[str, object]]:
    from training.data.splits import Fold

    count = len(source.samples)
    order = [int(i) for i in np.random.default_rng(0).permutation(count)]
    fifth = max(count // 10, 1)
    split = Fold(tuple(order[2 * fifth :]), tuple(order[:fifth]), tuple(order[fifth : 2 * fifth]))
    trial = _trial(settings, source.label)
    fit = replace(
        trial.fit,
        epochs=settings.salient_epochs,
        steps_per_epoch=5 * settings.steps_per_epoch,
        batch_size=2 * settings.batch_size,
        patience=None,
        seed=1000,
    )
    # the paper neither mirrors nor shifts when it pre-trains
    trial = replace(trial, augment=None, fit=fit, name="salient", head="auto")
    return pretrained("salient", trial, source, split, folder)


def _sets(settings: Settings, data: Path | None) -> list[DataSet]:
    made = []
    for name in settings.sets:
        if name == "cyst":
            made.append(cysts(settings.cysts, 1, settings.side))
        elif data is not None:
            made.append(heads(data, 2 * settings.side))
    return made


def _cells(settings: Settings, sets: Sequence[DataSet], base: Base) -> list[Cell]:
    """Return the cells, seed by seed, so that time running out leaves whole seeds."""
    from training.data.splits import amiri_folds

    cells = []
    for seed in range(settings.seeds):
        for part in sets:
            trial = _trial(settings, part.label)
            for fraction in settings.fractions:
                # by image, as the paper
                fold = amiri_folds(part.samples, fraction, 0, by="image")[seed % 5]
                for strategy in settings.strategies:
                    given = replace(
                        trial, strategy=strategy, base=base, fit=replace(trial.fit, seed=seed), name=strategy
                    )
                    cells.append(Cell(part, strategy, str(seed % 5), seed, given, fold, fraction))
    return cells


def columns_of(settings: Settings, done: Sequence[Done]) -> dict[str, list[Done]]:
    """Return what is done by column of the table: data set and fraction."""
    columns: dict[str, list[Done]] = {}
    for fraction in sorted(settings.fractions, reverse=True):
        for name in settings.sets:
            found = [item for item in done if item.cell.data.name == name and item.cell.fraction == fraction]
            if found:
                columns[f"{name} {fraction:.0%}"] = found
    return columns


def claims_table(settings: Settings, columns: Mapping[str, Sequence[Done]]) -> list[dict[str, object]]:
    """Test every published ordering that can be tested, in every column.

    Returns
    -------
    list of dict
        Rows with ``claim``, ``data``, ``difference``, ``low``, ``high``, ``images``, ``seeds``, ``verdict``.
    """
    rows: list[dict[str, object]] = []
    known = set(settings.strategies)
    claims = [Claim(a, b, "equal") for a, b in NEAR] + [Claim(a, b) for a, b in ABOVE]
    for column, found in columns.items():
        scores = by_variant(found)
        rows += claim_rows(claims, scores, column)
        means = {
            name: float(np.mean([np.mean(list(block.values())) for block in blocks.values() if block]))
            for name, blocks in scores.items()
            if any(blocks.values())
        }
        if "9" in known:
            verdict, rank = judge_rank("9", means, 3)
            rows.append(
                {
                    "claim": f"9 among the 3 worst of {len(means)} (it is number {rank} from below)",
                    "data": column,
                    "seeds": len({item.cell.seed for item in found}),
                    "verdict": str(verdict),
                }
            )
        if "scratch" in known:
            mine = [item for item in found if item.cell.variant == "scratch"]
            failed = sum(item.failed for item in mine)
            rows.append(
                {
                    "claim": f"scratch fails in 1 to 2 of 5 folds (here {failed} of {len(mine)})",
                    "data": column,
                    "seeds": len(mine),
                    "verdict": _some_fail(failed, len(mine)),
                }
            )
    return rows


def _some_fail(failed: int, trainings: int) -> str:
    """Return the verdict on ‘some trainings fail, but not all’; none of fewer than five says nothing."""
    if failed == 0:
        return str(Verdict.FAILS if trainings >= 5 else Verdict.UNDECIDED)
    return str(Verdict.HOLDS if failed < trainings else Verdict.FAILS)
