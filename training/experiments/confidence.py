"""Whether predicted Dice is worth reading: against real Dice, on groups that the network never saw.

The networks are the folds of the default models, found again in the work folder of
``python -m training models``; each is calibrated as its card says of that fold, without its own frames.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.confidence import describe_expected_dice, expected_dice
from lusgui.core.label import most_components
from lusgui.core.overlap import dice
from lusgui.core.threshold import ThresholdSettings, apply_threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from training.dataset import Sample
    from training.recipes.default_model import DefaultModel

log = logging.getLogger(__name__)

NAME = "confidence"
TITLE = "Predicted Dice against real Dice"
THRESHOLD = 0.5


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        There is one network a fold: always 1.
    minutes : float or None
        Not needed: it takes seconds.
    models : tuple of str
        Names of default models.
    work : str
        Work folder of ``python -m training models --rebuild``; ``.training`` if empty.
    made : int
        Judge so many made-up frames instead, to see that it runs.
    """

    seeds: int = 1
    minutes: float | None = None
    models: tuple[str, ...] = ("rib", "cerebellum")
    work: str = ""
    made: int = 0


TINY = Settings(made=12)


@dataclass(frozen=True)
class Guess:
    """Predicted and real Dice of one frame and label.

    Parameters
    ----------
    label, group, name : str
        Which frame.
    is_there : bool
        Whether the truth holds any of it.
    predicted : float or None
        `expected_dice`; None where nothing is found.
    real : float or None
        None where neither truth nor mask hold anything.
    """

    label: str
    group: str
    name: str
    is_there: bool
    predicted: float | None
    real: float | None


def guess(probability: NDArray[Any], sample: Sample, label: str) -> Guess:
    """Predict the Dice of the mask that the window would make of a probability (H, W), and compare it."""
    settings = ThresholdSettings(THRESHOLD, keep_largest=most_components(label))
    mask, truth = apply_threshold(probability, settings), sample.masks[label]
    if sample.ignored is not None:
        probability = np.where(sample.ignored, np.float32(0), probability)
        mask, truth = mask & ~sample.ignored, truth & ~sample.ignored
    is_there = bool(truth.any())
    real = dice(mask, truth) if is_there or mask.any() else None
    return Guess(label, sample.group, sample.name, is_there, expected_dice(probability, mask), real)


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Judge predicted Dice and write the page.

    Raises
    ------
    LusguiError
        If data or the networks are missing.
    """
    if settings.made:
        guesses = made_guesses(settings.made)
    elif data is None:
        raise LusguiError("the frames are not there", remedy="Name the folder of the data sets with --data")
    else:
        from training.models import recipe_of

        work = Path(settings.work or ".training")
        guesses = [one for name in settings.models for one in guesses_of(recipe_of(name), data, work)]
    return write(guesses, out)


def guesses_of(recipe: DefaultModel, data: Path, work: Path, seed: int = 0) -> list[Guess]:
    """Return a guess for every held-out frame and label of a default model.

    Raises
    ------
    LusguiError
        If a fold was not trained, or the card does not say how it is calibrated.
    """
    from lusgui.io.models import bundled_models_dir, read_card
    from lusgui.nn.checkpoint import load_model
    from lusgui.nn.predictor import Predictor
    from training.dataset import split_by_group

    scores = read_card(bundled_models_dir() / f"{recipe.name}.safetensors").scores
    points = {tuple(point["held_out"]): point for point in scores.get("operating_points", [])}
    samples = recipe.load(data)
    found = []
    for fold in recipe.folds(samples, seed):
        path = work / f"{recipe.name}-{seed}-without-{'-'.join(fold)}.safetensors"
        point = points.get(tuple(fold))
        if not path.is_file() or point is None:
            raise LusguiError(
                f"the network without {', '.join(fold)} is not there",
                path=path,
                remedy=f"Make it with python -m training models --rebuild {recipe.name} --work {work}",
            )
        model = load_model(path)
        card = replace(
            model.card,
            temperature=point["temperature"],
            bias=point["bias"],
            least_mass=point["least_mass"],
        )
        predictor = Predictor(replace(model, card=card), "cpu", "float32")
        _, test = split_by_group(samples, fold)
        for sample in test:
            planes = predictor.predict_all(sample.gray(None))
            for label, plane in zip(recipe.labels, planes, strict=True):
                if label in sample.masks:
                    found.append(guess(plane, sample, label))
        log.info("%s without %s: %d frames", recipe.name, ", ".join(fold), len(test))
    return found


def made_guesses(count: int) -> list[Guess]:
    """Return guesses on discs that are seen more or less clearly, by an honest observer."""
    from scipy import ndimage

    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.recording import Intensity
    from training.dataset import Sample

    numbers = np.random.default_rng(0)
    rows, cols = np.mgrid[:48, :48]
    found = []
    for i in range(count):
        truth = (rows - 24) ** 2 + (cols - 24) ** 2 < 12**2
        blurred = ndimage.gaussian_filter(truth.astype(np.float32), 0.3 + 6 * i / count)
        seen = numbers.random(truth.shape) < blurred if i % 4 else np.zeros_like(truth)
        mapping = DisplayMapping(Intensity.DISPLAY, 0.0, 1.0)
        sample = Sample(f"made {i}", f"g{i % 3}", blurred, {"disc": seen}, mapping)
        found.append(guess(blurred, sample, "disc"))
    return found


def summarise(guesses: Sequence[Guess]) -> list[dict[str, Any]]:
    """Return one row a label: how predicted and real Dice go together over frames that show the structure.

    Returns
    -------
    list of dict
        ``frames`` and ``groups`` with the structure in which something was found, ``missed`` those in which
        nothing was; ``predicted`` and ``real`` means; ``correlation`` (Pearson) and ``rank_correlation``
        (Spearman); ``error`` mean absolute, ``error_of_the_mean`` that of somebody who
        always says the mean of the real ones, ``bias`` predicted less real; ``false_alarms`` frames without
        the structure in which something was found, and their ``predicted_of_false_alarms``.
    """
    from scipy.stats import pearsonr, spearmanr

    rows = []
    for label in dict.fromkeys(one.label for one in guesses):
        own = [one for one in guesses if one.label == label]
        shown = [one for one in own if one.is_there]
        pairs = [(one, one.predicted, one.real) for one in shown if one.predicted is not None]
        predicted = np.array([pair[1] for pair in pairs], np.float64)
        real = np.array([pair[2] for pair in pairs], np.float64)
        alarms = [one.predicted for one in own if not one.is_there and one.predicted is not None]
        varies = len(pairs) > 2 and predicted.std() > 0 and real.std() > 0
        rows.append(
            {
                "label": label,
                "frames": len(pairs),
                "groups": len({pair[0].group for pair in pairs}),
                "missed": len(shown) - len(pairs),
                "predicted": _mean(predicted),
                "real": _mean(real),
                "correlation": float(pearsonr(predicted, real).statistic) if varies else None,
                "rank_correlation": float(spearmanr(predicted, real).statistic) if varies else None,
                "error": _mean(np.abs(predicted - real)),
                "error_of_the_mean": _mean(np.abs(real - real.mean())) if len(pairs) else None,
                "bias": _mean(predicted - real),
                "false_alarms": len(alarms),
                "predicted_of_false_alarms": _mean(alarms),
            }
        )
    return rows


def by_words(guesses: Sequence[Guess]) -> list[dict[str, Any]]:
    """Return what the window's words for predicted Dice were followed by, one row a label and word."""
    found: dict[tuple[str, str], list[Guess]] = {}
    for one in guesses:
        if one.predicted is not None:
            found.setdefault((one.label, describe_expected_dice(one.predicted)), []).append(one)
    rows = []
    for (label, words), part in found.items():
        real = [one.real for one in part if one.is_there and one.real is not None]
        rows.append(
            {
                "label": label,
                "words": words,
                "frames": len(real),
                "real": _mean(real),
                "least": min(real) if real else None,
                "false_alarms": sum(not one.is_there for one in part),
            }
        )
    return sorted(rows, key=lambda row: (row["label"], row["words"]))


def write(guesses: Sequence[Guess], out: Path) -> Path:
    """Write ``summary.csv``, ``words.csv``, ``frames.csv``, the figure and the page; return the page."""
    from training.report.page import Report
    from training.report.tables import write_csv

    report = Report(TITLE, "Each frame by a network that saw nothing of its recording group or patient")
    report.add_text(
        "Predicted Dice is computed from the calibrated probabilities alone (lusgui.core.confidence, after Li"
        " et al. 2022, doi:10.1007/978-3-031-16449-1_66), of the mask at threshold 0.5. Which pixels count in"
        " its sum (those of probability 0.3 and more, in one piece with the mask) was chosen among twenty"
        " rules on these very frames, so the agreement is on the hopeful side."
        " Frames of one group resemble each other: correlations are to"
        " be read with the number of groups beside them."
    )
    report.add_table(
        summarise(guesses),
        caption="Frames that show the structure and in which something was found; those in which nothing was"
        " found (missed) have no predicted Dice. False alarms: frames without the structure in which"
        " something was found; their real Dice is 0, whatever was predicted.",
        name="summary",
    )
    report.add_figure(_scatter(guesses), "Predicted and real Dice, one mark a frame.", name="scatter")
    report.add_table(by_words(guesses), caption="What the window's words were followed by.", name="words")
    page = report.write(out)
    write_csv(out / "frames.csv", [vars(one) for one in guesses])
    return page


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _scatter(guesses: Sequence[Guess]) -> Figure:
    from training.report.figures import COLOURS, MARKERS, new_figure

    figure = new_figure(height=4.4, width=6.6)
    axes = figure.axes[0]
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=1, zorder=1)
    for i, label in enumerate(dict.fromkeys(one.label for one in guesses)):
        own = [one for one in guesses if one.label == label and one.predicted is not None]
        for is_there in (True, False):
            part = [one for one in own if one.is_there is is_there]
            axes.scatter(
                np.array([one.predicted for one in part], np.float64),
                np.array([one.real for one in part], np.float64),
                s=22,
                marker=MARKERS[i],
                color=COLOURS[i] if is_there else "none",
                edgecolors=COLOURS[i],
                linewidths=0.9,
                alpha=0.75,
                label=f"{label.replace('_', ' ')}" + ("" if is_there else ", not in the frame"),
            )
    axes.set(xlabel="predicted Dice", ylabel="real Dice", xlim=(0, 1), ylim=(-0.03, 1))
    axes.set_aspect("equal")
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    return figure
