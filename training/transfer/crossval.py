"""Cross-validation of one network trained in stages: by patient, by image as the papers did it, or both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from training.data.splits import Fold, k_folds, leaks, mirror_as_published
from training.report.tables import write_csv
from training.transfer.sources import describe, load_source, remember
from training.transfer.stages import Bench, fed_as, pretrained, trial_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.bases import Base
    from training.dataset import Sample
    from training.recipe_types import CrossvalRecipe, StageRecipe
    from training.trials import Trial

SCORES_FILE = "scores.csv"
FIRST_COLUMNS = ("model", "fold", "seed", "name", "group", "stage", "split", "mirrored")


@dataclass(frozen=True)
class Way:
    """One way through the cross-validation: how frames are dealt and whether mirrored copies join.

    Parameters
    ----------
    by : {"group", "image"}
        What is dealt.
    mirrored : bool
        Whether each frame was copied left-right before.
    samples : sequence of Sample
        Frames, copies included.
    """

    by: str
    mirrored: bool
    samples: Sequence[Sample]


@dataclass
class CrossvalResult:
    """What came of a cross-validation.

    Parameters
    ----------
    rows : list of dict
        One a test frame, stage, seed, fold and way: what ``scores.csv`` holds.
    trials : list of dict
        One a trial: ``model``, ``fold``, ``seed``, ``epochs``, ``best_epoch``, ``seconds``, ``failed``,
        ``reason``, ``stage``, ``split``, ``mirrored``, ``history``.
    leaks : dict
        Sentences about what stands on both sides, by way.
    data : str
        How many frames of how many groups.
    folds : dict
        Numbers of frames that train, validate and test, fold by fold, by way and the first seed.
    """

    data: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    trials: list[dict[str, Any]] = field(default_factory=list)
    leaks: dict[str, list[str]] = field(default_factory=dict)
    folds: dict[str, list[dict[str, int]]] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        """The names of the models judged, in order."""
        return list(dict.fromkeys(row["model"] for row in self.rows))

    def values(self, model: str, metric: str = "dice") -> list[float]:
        """Return a metric of every test frame of a model where it is defined."""
        return [row[metric] for row in self.rows if row["model"] == model and row.get(metric) is not None]

    def fold_means(self, model: str, metric: str = "dice") -> list[float]:
        """Return the mean of a metric of each fold and seed."""
        folds: dict[tuple[int, int], list[float]] = {}
        for row in self.rows:
            if row["model"] == model and row.get(metric) is not None:
                folds.setdefault((row["seed"], row["fold"]), []).append(row[metric])
        return [sum(part) / len(part) for part in folds.values()]


def ways_of(recipe: CrossvalRecipe, samples: Sequence[Sample]) -> list[Way]:
    """Return the ways through: both splits if asked for, with and without mirrored copies."""
    splits = ("group", "image") if recipe.by == "both" else (recipe.by,)
    sets = {flag: mirror_as_published(samples) if flag else list(samples) for flag in recipe.mirrored}
    return [Way(by, flag, frames) for by in splits for flag, frames in sets.items()]


def title_of(recipe: CrossvalRecipe, name: str, stage: StageRecipe, way: Way) -> str:
    """Return what a model is called in tables: its stage, and what of the way is not the same for all."""
    parts = [stage.title or name]
    if len(recipe.mirrored) > 1:
        parts.append(f"{len(way.samples)} images")
    if recipe.by == "both":
        parts.append(f"by {way.by}")
    return ", ".join(parts)


def run_crossval(recipe: CrossvalRecipe, out: Path, bench: Bench, device: str = "auto") -> CrossvalResult:
    """Train every stage on every fold, judge, and write ``scores.csv`` and ``report.html``.

    Finished trials are kept in `out` and not repeated.

    Parameters
    ----------
    recipe : CrossvalRecipe
        What.
    out : Path
        Folder of everything.
    bench : Bench
        Where trials are run.
    device : str
        Where to compute.

    Raises
    ------
    CancelledError
        If somebody stopped it; what is finished is kept.
    LusguiError
        If data, network and stages do not fit together.
    """
    samples = remember(load_source(recipe.data, recipe.label))
    result = CrossvalResult(describe(samples))
    ways = ways_of(recipe, samples)
    dealt = {
        (i, seed): k_folds(way.samples, recipe.folds, seed=seed, by=_by(way), validation=recipe.validation)
        for i, way in enumerate(ways)
        for seed in recipe.seeds
    }
    for i, way in enumerate(ways):
        name = f"{way.by}{', mirrored' if way.mirrored else ''}"
        result.leaks[name] = leaks(dealt[i, recipe.seeds[0]], way.samples)
        result.folds[name] = [_counts(fold) for fold in dealt[i, recipe.seeds[0]]]
    for seed in recipe.seeds:
        start = _start(recipe, seed, bench, device)
        for i, way in enumerate(ways):
            for k, fold in enumerate(dealt[i, seed][: recipe.first_folds]):
                _run_fold(recipe, way, seed, k, fold, start, bench, device, result)
    write_scores(out, result.rows)
    return result


def write_scores(out: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write one row a test frame: model, fold, seed, name, group, then the metrics."""
    path = out / SCORES_FILE
    columns = [c for c in FIRST_COLUMNS if any(c in row for row in rows)]
    columns += list(dict.fromkeys(key for row in rows for key in row if key not in columns))
    write_csv(path, rows, columns)
    return path


def _by(way: Way) -> Any:  # noqa: ANN401
    return way.by


def _counts(fold: Fold) -> dict[str, int]:
    return {"training": len(fold.train), "validation": len(fold.validation), "test": len(fold.test)}


def _start(recipe: CrossvalRecipe, seed: int, bench: Bench, device: str) -> Base | None:
    if recipe.pretrain is None:
        return None
    trial = trial_of(recipe, seed, device)
    names = {"experiment": "crossval", "seed": seed}
    return pretrained(bench, recipe.pretrain, trial, recipe.pretrain.chosen, names)


def _run_fold(
    recipe: CrossvalRecipe,
    way: Way,
    seed: int,
    k: int,
    fold: Fold,
    start: Base | None,
    bench: Bench,
    device: str,
    result: CrossvalResult,
) -> None:
    """Run the stages of one fold; a later stage starts from the weights of an earlier one."""
    needed = {stage.after for stage in recipe.stages.values()}
    done: dict[str, tuple[Trial, dict[str, Any]]] = {}
    for name, stage in recipe.stages.items():
        base = start
        if stage.after:
            before, found = done[stage.after]
            base = bench.base_of(found, stage.after, before)
        plain = fed_as(trial_of(recipe, seed, device, name="fold"), start)
        trial = replace(
            plain,
            base=base,
            strategy="scratch" if base is None and stage.strategy == "all" else stage.strategy,
            loss=stage.loss,
            augment=stage.augment,
            fit=replace(stage.fit, seed=seed, device=device),
        )
        title = title_of(recipe, name, stage, way)
        found = bench.run(
            f"{title}: fold {k + 1} of {recipe.folds}, seed {seed}",
            trial,
            way.samples,
            fold if stage.judged else replace(fold, test=()),
            {"experiment": "crossval", "data": way.by, "variant": name, "fold": k, "seed": seed},
            is_base=name in needed,
        )
        done[name] = (trial, found)
        if not stage.judged:
            continue
        facts = {
            "model": title,
            "fold": k,
            "seed": seed,
            "stage": name,
            "split": way.by,
            "mirrored": str(way.mirrored).lower(),
        }
        result.rows += [facts | row for row in found["rows"]]
        result.trials.append(
            facts
            | {key: found[key] for key in ("epochs", "best_epoch", "seconds", "failed", "reason", "history")}
        )
