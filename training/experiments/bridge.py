"""From simulated to real frames: what each part of the shipped recipes is worth on groups never seen.

The reference is the recipe of the shipped model. Every variant changes one thing, is trained once for every
fold with the fold's groups held out, and is judged on those groups alone, raw and despeckled.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.experiments.bridge_data import Judged, Maker, judged_of, maker_of
from training.experiments.bridge_judge import SCHEME as JUDGING
from training.experiments.bridge_judge import judge
from training.experiments.bridge_variants import (
    PLAIN,
    Variant,
    check_only,
    is_wanted,
    variants_of,
    with_settings,
)
from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

NAME = "bridge"
TITLE = "From simulated to real frames: what each part is worth"
SCHEME = 1
"""Counts up when the meaning of kept results changes."""


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each variant and fold; scores of a frame are averaged over them.
    minutes : float or None
        Time budget; with 0 the page is written anew from what is kept.
    labels : tuple of str
        ``rib`` and ``cerebellum``.
    only : tuple of str
        Labels, variants or ``label/variant`` to train now; all if empty. The page shows whatever is kept.
    set : tuple of str
        ``label.field=value``: changes to the reference, and so to every variant, such as fewer steps.
    words : str
        CSV with columns ``stem`` and ``words``: what people saw in the worst frames; those that come with the
        program if empty.
    frames : int or None
        Judge only about so many of each label.
    work : str
        Folder of trained networks, to share with other commands; in the cache if empty.
    """

    seeds: int = 1
    minutes: float | None = 60.0
    labels: tuple[str, ...] = ("rib", "cerebellum")
    only: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    words: str = ""
    frames: int | None = None
    work: str = ""


TINY = Settings(
    minutes=5.0,
    labels=("rib",),
    only=("reference", "tta", "fourier"),
    set=(
        "rib.side=32",
        "rib.base_width=2",
        "rib.steps=2",
        "rib.steps_before=2",
        "rib.simulated_plain=2",
        "rib.simulated_wide=2",
        "rib.implanted=0",
    ),
    frames=8,
)
"""The same way through in seconds."""


@dataclass(frozen=True)
class BridgeCell:
    """One network, answering in one way on the groups it never saw.

    Parameters
    ----------
    maker : Maker
        Who trains.
    variant : Variant
        What differs from the reference.
    options : dataclass
        Everything the training depends on.
    judged : Judged
        Frames and folds.
    fold, seed : int
        Which groups are held out, and what weights and batches start from.
    """

    maker: Maker
    variant: Variant
    options: Any
    judged: Judged
    fold: int
    seed: int

    def key(self) -> dict[str, Any]:
        """Return everything that the result depends on; the variant's name is not among it.

        So a variant keeps its trainings when it becomes the reference, or is called otherwise.
        """
        from training.engine.run_folder import digest, hash_array

        test = [
            [sample.name, None if sample.ignored is None else hash_array(sample.ignored)]
            for sample in self.judged.test_of(self.fold)
        ]
        return {
            "experiment": NAME,
            "data": self.maker.label,
            "fold": self.fold,
            "seed": self.seed,
            "options": asdict(self.options),
            "inference": asdict(self.variant.inference),
            "pixels": self.judged.data.digest,
            "test": digest(test),
            "held_out": sorted(self.judged.folds[self.fold]),
            "scheme": [SCHEME, JUDGING],
        }


@dataclass(frozen=True)
class BridgeDone:
    """A cell with its result.

    Parameters
    ----------
    cell : BridgeCell
        What was trained and judged.
    result : mapping
        ``rows``, ``masks`` as `judge` gives them, ``seconds`` of training (next to none where the network
        was there already) and ``judging_seconds``.
    """

    cell: BridgeCell
    result: Mapping[str, Any]

    def rows(self) -> list[dict[str, object]]:
        """Return plain rows, one a frame and input, for ``results.csv``."""
        cell = self.cell
        head: dict[str, object] = {
            "label": cell.maker.label,
            "variant": cell.variant.key,
            "fold": cell.fold,
            "seed": cell.seed,
        }
        return [
            head | {name: value for name, value in row.items() if name not in ("curve", "label")}
            for row in self.result["rows"]
        ]


@dataclass(frozen=True)
class Part:
    """What the page shows of one label.

    Parameters
    ----------
    maker : Maker
        Its reference has the settings of the command line applied.
    judged : Judged
        Frames and folds.
    variants : sequence of Variant
        The reference first.
    """

    maker: Maker
    judged: Judged
    variants: Sequence[Variant]


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; without it only ribs are judged, which come with the program.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings and results are kept.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.bridge_page import write_page

    budget = Budget(settings.minutes)
    parts = parts_of(settings, data)
    check_only(settings.only, {part.maker.label: part.variants for part in parts})
    done, missing = run_bridge(settings, parts, data, cache / NAME, budget)
    return write_page(settings, parts, done, missing, out)


def parts_of(settings: Settings, data: Path | None) -> list[Part]:
    """Return what is judged of each label, leaving out a label whose data is not there."""
    parts = []
    for label in settings.labels:
        judged = judged_of(label, data, settings.frames)
        if judged is None:
            log.warning("%s is left out: its data is not there", label)
            continue
        maker = maker_of(label)
        reference = with_settings(label, maker.reference, settings.set)
        changed = {
            name: value
            for name, value in asdict(reference).items()
            if value != getattr(maker.reference, name)
        }
        told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in changed.items())
        title = f"as shipped but for {told}" if changed else "as shipped"
        parts.append(Part(replace(maker, reference=reference), judged, variants_of(label, reference, title)))
    return parts


def cells_of(settings: Settings, parts: Sequence[Part]) -> list[BridgeCell]:
    """Return all cells, variant by variant, so that time running out leaves whole ones, labels in turn."""
    most = max((len(part.variants) for part in parts), default=0)
    return [
        BridgeCell(
            part.maker, variant, replace(part.maker.reference, **variant.changes), part.judged, fold, seed
        )
        for seed in range(settings.seeds)
        for number in range(most)
        for part in parts
        for variant in part.variants[number : number + 1]
        for fold in range(len(part.judged.folds))
    ]


def run_bridge(
    settings: Settings, parts: Sequence[Part], data: Path | None, folder: Path, budget: Budget
) -> tuple[list[BridgeDone], int]:
    """Do what is wanted and not yet done for as long as there is time; show all that is kept.

    Returns
    -------
    tuple of (list of BridgeDone, int)
        What there is, and how many wanted ones are missing.
    """
    cache = TrialCache(folder)
    work = Path(settings.work) if settings.work else folder / "work"
    done: list[BridgeDone] = []
    missing = 0
    cells = cells_of(settings, parts)
    for number, cell in enumerate(cells, 1):
        key = cell.key()
        kept = cache.get(key)
        if kept is None:
            if not is_wanted(cell.maker.label, cell.variant.key, settings.only):
                continue
            if not budget.allows_another():
                missing += 1
                continue
            started = time.monotonic()
            kept = cache.compute(key, lambda cell=cell: run_cell(cell, data, work))  # type: ignore[misc]
            # what only answers otherwise takes no training, and says nothing of the next one's time
            if cell.variant.inference == PLAIN:
                budget.note(time.monotonic() - started)
        done.append(BridgeDone(cell, kept))
        log.info(
            "%d of %d: %s/%s fold %d seed %d: %s, %.0f s",
            number,
            len(cells),
            cell.maker.label,
            cell.variant.key,
            cell.fold,
            cell.seed,
            _told(kept["rows"]),
            kept["seconds"],
        )
    return done, missing


def run_cell(cell: BridgeCell, data: Path | None, work: Path) -> dict[str, Any]:
    """Train one network, or take it from `work`, and judge it."""
    from lusgui.base.paths import resources_dir

    held_out = list(cell.judged.folds[cell.fold])
    folder = data if data is not None else resources_dir() / "datasets"
    # the processor's seconds, not the wall's: other work may share the machine
    started = time.process_time()
    network = cell.maker.train(cell.options, folder, cell.judged.learnt, held_out, cell.seed, work)
    trained = time.process_time()
    result = judge(cell.maker, network, cell.options, cell.judged, cell.fold, cell.variant.inference)
    return result | {
        "seconds": round(trained - started, 2),
        "judging_seconds": round(time.process_time() - trained, 2),
    }


def _told(rows: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for kind in dict.fromkeys(row["input"] for row in rows):
        values = [row["dice"] for row in rows if row["input"] == kind and row["dice"] is not None]
        if values:
            parts.append(f"{kind} Dice {sum(values) / len(values):.3f}")
    return ", ".join(parts) or "no frame with the label"
