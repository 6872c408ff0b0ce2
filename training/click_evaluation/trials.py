"""Clicking through targets with one engine and one hand, and what came of it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.centre_line import centre_lines, line_distance
from lusgui.core.click.clicker import MOST_CLICKS, Hand, loose_box, next_click
from lusgui.core.click.prompt import ClickPrompt, is_positive
from lusgui.core.geometry import bounding_box
from lusgui.core.overlap import dice, iou
from training.click_evaluation.targets import places_of_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from lusgui.core.click.engine import ClickEngine, Embedding
    from lusgui.core.click.prompt import Mark
    from training.click_evaluation.targets import Target
    from training.dataset import Sample

SCHEME = 2
"""Counts up when the meaning of kept results changes."""

GOOD = 0.90
"""IoU at which clicking ends: the strictest agreement that is asked for."""

GOOD_THIN = 0.85
"""Dice of a thin structure at which its centre line is judged."""


ZOOM = 2.0
"""Who draws zooms in until the structure takes one part in so many of the view."""

PATIENCE, LEAST_GAIN = 7, 0.005
"""Nobody clicks on where so many clicks have not raised the best IoU by so much."""


@dataclass(frozen=True)
class Trial:
    """One target, clicked on until it was good or nobody would click on.

    Parameters
    ----------
    name, group : str
        Of the target.
    ious, dices : tuple of float
        After 1, 2, ... clicks.
    signs : str
        The clicks: ``+`` and ``-``.
    seconds : tuple of float
        Of each answer.
    embed_seconds : float
        Of what is done once a frame.
    first_found : bool
        Whether the first click found anything.
    line_first, line_good : float or None
        Mean distance of the centre line to the true one in pixels: after the first click; and when Dice
        reached `GOOD_THIN`, or at the end. Thin structures only.
    stroke_px : float
        Length of the brush's way that draws it, in pixel widths.
    view_px : float
        How much of the frame is on the screen from top to bottom while it is drawn, in pixel widths: the
        whole of it, or twice the structure's extent where that is less.
    """

    name: str
    group: str
    ious: tuple[float, ...]
    dices: tuple[float, ...]
    signs: str
    seconds: tuple[float, ...]
    embed_seconds: float
    first_found: bool
    line_first: float | None
    line_good: float | None
    stroke_px: float
    view_px: float

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Trial:
        """Build from what ``asdict`` and JSON made of it."""
        plain: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**plain)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def click_through(
    engine: ClickEngine,
    target: Target,
    hand: Hand,
    most: int = MOST_CLICKS,
    embedding: Embedding | None = None,
) -> Trial:
    """Click on a target until its IoU is `GOOD`, nothing is left to mend, or clicking is hopeless.

    Parameters
    ----------
    engine : ClickEngine
        What answers.
    target : Target
        What is clicked on; the mask there is empty at first.
    hand : Hand
        Who clicks; the same hand on the same target clicks alike.
    most : int
        Clicks at most.
    embedding : Embedding, optional
        Of the frame, where the engine has made it before.
    """
    began = time.perf_counter()
    if embedding is None:
        embedding = engine.embed(target.gray, target.spacing_ratio)
    embed_seconds = time.perf_counter() - began
    random = np.random.default_rng(seed_of(f"{target.structure.name}/{target.name}/{hand}"))
    prompt = ClickPrompt()
    mask: NDArray[np.bool_] = np.zeros_like(target.truth)
    ious: list[float] = []
    dices: list[float] = []
    seconds: list[float] = []
    found = False
    line_first = line_good = None
    while len(ious) < most:
        clicked = {one.pixel for one in prompt.clicks}
        mark: Mark | None = (
            loose_box(target.truth, random)
            if hand is Hand.BOX and prompt.is_empty
            else next_click(mask, target.truth, clicked, hand, random)
        )
        if mark is None:
            break
        prompt = prompt.with_mark(mark)
        answer = engine.answer(embedding, prompt, mask if mask.any() else None)
        mask = answer.mask
        seconds.append(answer.seconds)
        ious.append(iou(mask, target.truth))
        dices.append(dice(mask, target.truth))
        if len(ious) == 1:
            found = answer.found
            line_first = _line_error(mask, target) if found else None
        if line_good is None and dices[-1] >= GOOD_THIN:
            line_good = _line_error(mask, target)
        if ious[-1] >= GOOD or _is_hopeless(ious):
            break
    if line_good is None:
        line_good = _line_error(mask, target)
    return Trial(
        target.name,
        target.group,
        tuple(round(value, 4) for value in ious),
        tuple(round(value, 4) for value in dices),
        "".join("+" if is_positive(one) else "-" for one in prompt.marks),
        tuple(round(value, 4) for value in seconds),
        round(embed_seconds, 4),
        found,
        line_first,
        line_good,
        target.stroke_px,
        view_of(target),
    )


def view_of(target: Target) -> float:
    """Return how much of a frame is seen from top to bottom by who draws: zoomed in where it is small."""
    box = bounding_box(target.truth)
    ratio = target.spacing_ratio
    extent = max(box.shape[0] * ratio, box.shape[1])
    return round(float(min(target.truth.shape[0] * ratio, ZOOM * extent)), 1)


def _is_hopeless(curve: Sequence[float]) -> bool:
    """Whether the last `PATIENCE` clicks have brought nothing: the target counts as never finished."""
    before, since = curve[:-PATIENCE], curve[-PATIENCE:]
    return bool(before) and max(since) < max(before) + LEAST_GAIN


def _line_error(mask: NDArray[np.bool_], target: Target) -> float | None:
    """Return the distance of centre lines in pixels; None for what is not thin, or where nothing is."""
    if not target.structure.is_thin or not mask.any():
        return None
    found = line_distance(centre_lines(mask), centre_lines(target.truth))
    return None if found is None else round(found, 3)


def seed_of(text: str) -> int:
    """Return a seed that a text alone decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def click_all(
    engine: ClickEngine,
    targets: Sequence[Target],
    hand: Hand,
    most: int = MOST_CLICKS,
    tell: Callable[[int, int, str], None] | None = None,
) -> list[Trial]:
    """Click through targets; those of one frame share its embedding."""
    trials: list[Trial] = []
    embedding: Embedding | None = None
    gray, spent = None, 0.0
    for number, target in enumerate(targets):
        if tell is not None:
            tell(number, len(targets), target.name)
        if gray is not target.gray:
            embedding, gray = None, target.gray
        began = time.perf_counter()
        if embedding is None:
            embedding = engine.embed(target.gray, target.spacing_ratio)
            spent = time.perf_counter() - began
        trial = click_through(engine, target, hand, most, embedding)
        trials.append(replace(trial, embed_seconds=round(spent, 4)))
    return trials


def click_on_nothing(engine: ClickEngine, samples: Sequence[Sample], most: int) -> list[dict[str, Any]]:
    """Click once in each frame where nothing is drawn; return whether something was found, and how large."""
    rows: list[dict[str, Any]] = []
    for sample in samples:
        if len(rows) >= most:
            break
        place = places_of_nothing(sample, np.random.default_rng(seed_of(f"nothing/{sample.name}")))
        if place is None:
            continue
        ratio = 1.0 if sample.spacing_mm is None else sample.spacing_mm[0] / sample.spacing_mm[1]
        embedding = engine.embed(np.asarray(sample.gray(), np.float32), ratio)
        answer = engine.answer(embedding, ClickPrompt().with_click(place[0] + 0.5, place[1] + 0.5), None)
        share = float(answer.mask.mean()) if answer.found else 0.0
        rows.append({"name": sample.name, "group": sample.group, "found": answer.found, "share": share})
    return rows
