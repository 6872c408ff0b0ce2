"""Trials one after the other, each kept when it is done, so that a kill costs one epoch at most."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import CancelledError, ModelError
from lusgui.nn.devices import choose_device
from training.bases import Base, digest_of, find_base, vgg16_base
from training.engine.run_folder import RunFolder, digest, hash_samples
from training.experiments.trial_cache import TrialCache
from training.recipe_types import despeckling
from training.transfer.hold_out import hold_out
from training.transfer.sources import DEFAULT_COUNT, load_sources
from training.trials import Trial, prepare_network, run_trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from training.data.splits import Fold
    from training.dataset import Sample
    from training.recipe_types import PretrainRecipe, SourceRecipe
    from training.transfer.watching import OnEpoch

Shown = Callable[[str, int], AbstractContextManager["OnEpoch"]]


def _silent(title: str, epochs: int) -> AbstractContextManager[OnEpoch]:
    return nullcontext(lambda row: None)


@dataclass
class Bench:
    """Where trials are run and their results kept.

    Parameters
    ----------
    folder : Path
        Results in ``trials``, run folders in ``runs``.
    cancelled : callable
        Asked before each batch; true stops everything.
    shown : callable
        ``shown(title, epochs)`` is a context that gives a function told each epoch.
    keep_weights : bool
        Whether the best weights of finished trials stay; those that later trials start from do.
    """

    folder: Path
    cancelled: Callable[[], bool] = lambda: False
    shown: Shown = _silent
    keep_weights: bool = True
    _data: dict[int, tuple[Sequence[Sample], str]] = field(default_factory=dict, repr=False)

    def run(
        self,
        title: str,
        trial: Trial,
        samples: Sequence[Sample],
        fold: Fold,
        names: Mapping[str, Any],
        *,
        is_base: bool = False,
    ) -> dict[str, Any]:
        """Return the result of a trial: the kept one, or that of running it.

        Parameters
        ----------
        title : str
            For the person who waits.
        trial, samples, fold
            As ``training.trials.run_trial``.
        names : mapping
            What the file is called by: some of ``experiment``, ``data``, ``fraction``, ``variant``, ``fold``,
            ``seed``.
        is_base : bool
            Whether later trials start from it, so that its weights must be there.

        Returns
        -------
        dict
            ``rows``, ``history``, ``seconds``, ``epochs``, ``best_epoch``, ``reason``, ``failed``, ``taken``,
            ``run``.

        Raises
        ------
        CancelledError
            If somebody stopped it; what is finished is kept, and this trial's state too.
        """
        trial = trial.with_base_read()
        key = dict(names) | self._identity(trial, samples, fold)
        cache = TrialCache(self.folder / "trials")
        run_path = self.folder / "runs" / cache.path_of(key).stem
        kept = cache.get(key)
        if kept is not None and (not is_base or (run_path / "best.safetensors").is_file()):
            return kept
        if self.cancelled():
            raise self._stopped()
        used = [samples[i] for i in (*fold.train, *fold.validation, *fold.test)]
        # what does not fit together is said before a folder is made
        choose_device(trial.fit.device)
        prepare_network(trial)
        run = RunFolder.create(run_path, {"key": key}, trial.fit.seed, used)
        with self.shown(title, trial.fit.epochs) as on_epoch:
            result = run_trial(trial, samples, fold, run, on_epoch=on_epoch, cancelled=self.cancelled)
        if result.reason == "cancelled":
            raise self._stopped()
        found = {
            "rows": result.rows,
            "history": result.history,
            "seconds": result.seconds,
            "epochs": result.epochs,
            "best_epoch": result.best_epoch,
            "reason": result.reason,
            "failed": result.failed,
            "taken": result.taken.sentence(),
            "run": run_path.name,
        }
        cache.put(key, plain_numbers(found))
        # what it takes to go on is of no use any more, and is three times the weights
        (run_path / "state.pt").unlink(missing_ok=True)
        if not (self.keep_weights or is_base):
            (run_path / "best.safetensors").unlink(missing_ok=True)
            (run_path / "last.safetensors").unlink(missing_ok=True)
        return cache.compute(key, lambda: found)

    def base_of(self, result: Mapping[str, Any], name: str, trial: Trial) -> Base:
        """Return the weights of a finished trial as a base.

        Raises
        ------
        ModelError
            If they are gone or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load

        path = self.folder / "runs" / str(result["run"]) / "best.safetensors"
        try:
            state = load(path.read_bytes())
        except (OSError, SafetensorError, ValueError) as error:
            raise ModelError("the weights of an earlier stage cannot be read", path=path) from error
        return Base(name, state, trial.architecture, dict(trial.arguments))

    def _identity(self, trial: Trial, samples: Sequence[Sample], fold: Fold) -> dict[str, Any]:
        if id(samples) not in self._data:
            self._data[id(samples)] = (samples, digest(hash_samples(samples)))
        values = trial.to_json()
        values["fit"] = {k: v for k, v in values["fit"].items() if k not in ("device", "minutes")}
        parts = [fold.train, fold.validation, fold.test]
        base = trial.base if isinstance(trial.base, Base) else None
        return {
            "trial": values,
            "base_sha256": "" if base is None or base.is_scratch else digest_of(base),
            "data_sha256": self._data[id(samples)][1],
            "fold_sha256": hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        }

    def _stopped(self) -> CancelledError:
        return CancelledError(
            f"stopped; what is finished is kept in {self.folder}",
            remedy="Give the same command again to go on",
        )


def pretrained(
    bench: Bench,
    recipe: PretrainRecipe,
    trial: Trial,
    sources: Mapping[str, SourceRecipe],
    names: Mapping[str, Any],
) -> Base | None:
    """Return what the stages start from: a model named, VGG16's weights, or a network trained on sources.

    Parameters
    ----------
    bench : Bench
        Where it is trained and kept.
    recipe : PretrainRecipe
        How.
    trial : Trial
        Network, label, input and seed.
    sources : mapping of str to SourceRecipe
        Those of the recipe that are learned from.
    names : mapping
        As `Bench.run`.

    Returns
    -------
    Base or None
        None if there is neither a model nor a source.
    """
    if recipe.base:
        return find_base(recipe.base)
    start = None if recipe.vgg16 is None else vgg16_base(recipe.vgg16, trial.arguments)
    if not sources:
        return start
    samples = load_sources(sources, trial.label, trial.fit.seed)
    fold, _ = hold_out(samples, recipe.validation, trial.fit.seed)
    first = replace(
        trial,
        base=start,
        # VGG16's own weights stay what they are until the whole network is fine-tuned
        strategy="scratch" if start is None else "encoder-frozen",
        fit=replace(recipe.fit, seed=trial.fit.seed, device=trial.fit.device),
        loss=recipe.loss,
        augment=recipe.augment,
        name="pretrained",
    )
    title = f"pre-training on {' + '.join(sources)}, seed {trial.fit.seed}"
    result = bench.run(title, first, samples, fold, {**names, "variant": "pretrain"}, is_base=True)
    return bench.base_of(result, f"pre-trained on {' + '.join(sources)}", first)


def describe_start(recipe: PretrainRecipe | None) -> str:
    """Return what the stages start from, for a report."""
    if recipe is None or not (recipe.base or recipe.vgg16 or recipe.chosen):
        return "random weights"
    if recipe.base:
        return f"{recipe.base}; if it learnt from these frames, the scores say nothing about others"
    parts = [] if recipe.vgg16 is None else [f"VGG16 ({recipe.vgg16.name})"]
    for name, source in recipe.chosen.items():
        where = f"simulated {source.simulated}" if source.simulated else f"folder {source.data}"
        count = source.count or (DEFAULT_COUNT if source.simulated else None)
        parts.append(f"{name} ({where}{'' if count is None else f', {count} frames'})")
    return "; ".join(parts)


def trial_of(recipe: Any, seed: int, device: str, *, name: str = "trial") -> Trial:  # noqa: ANN401
    """Return the trial that an experiment's recipe describes, before a stage says how it is fitted."""
    trial = Trial(
        recipe.architecture,
        recipe.label,
        tuple(recipe.input_shape),
        arguments=dict(recipe.arguments),
        despeckle=despeckling(recipe.despeckle),
        threshold=recipe.threshold,
        head=recipe.head,
        name=name,
    )
    return replace(trial, fit=replace(trial.fit, seed=seed, device=device))


def fed_as(trial: Trial, base: Base | None) -> Trial:
    """Return the trial with its input made as the model it starts from expects it, if that has a card.

    The recipe decides whether and by which filter frames are despeckled, and the card how exactly.
    """
    if base is None or base.card is None:
        return trial
    fed = trial.fed_like(base.card)
    if fed.despeckle and trial.despeckle and fed.despeckle.method is trial.despeckle.method:
        return fed
    return replace(fed, despeckle=trial.despeckle)


def plain_numbers(value: Any) -> Any:  # noqa: ANN401
    """Return a result as JSON holds it: NaN and infinities become None."""
    if isinstance(value, dict):
        return {str(key): plain_numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_numbers(item) for item in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return value.item() if hasattr(value, "item") else value
