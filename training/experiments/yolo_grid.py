"""Boxes around the cerebellum: how many cells, how many boxes, many cells first, and masks inside the box.

Ramos et al. 2020 vary the number of cells S of YOLO v1 and find 11 best by what they call AP. They ask for
two things more, to vary the boxes B at a constant S, and to train with many cells, freeze the convolutions
and train again with few; and they expect boxes to help segmentation. All four are tried here, on real planes
by patient and on simulated heads, with a width-scaled tiny YOLO whose convolutions have learnt from masks
first (from ImageNet in the paper).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache
from training.experiments.yolo_grid_lab import NAME, Lab, Variant, gather

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    mask_steps: int = 600
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
    from training.experiments.yolo_grid_gallery import gallery
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
    return write_page(settings, frames, done, masks, missing, gallery(lab), out)


def variants(settings: Settings) -> Iterator[Variant]:
    """Yield what is trained, most wanted first; what stands in two studies is trained once."""
    for grid in settings.grids:
        yield Variant("cells", f"S = {grid}", grid, 2)
    yield Variant("many first", f"S = {settings.many}, frozen, then {settings.few}", settings.few, 2)
    for boxes in settings.boxes:
        if boxes != 2 or settings.grid_of_boxes not in settings.grids:
            yield Variant("boxes", f"B = {boxes}", settings.grid_of_boxes, boxes)
