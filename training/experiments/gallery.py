"""The gallery of the experiments: real frames by models with the truth, from what the trainings kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.experiments.cells import to_sample_masks
from training.report.gallery import GalleryRow, gallery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from training.experiments.cells import Done
    from training.experiments.sets import DataSet


def gallery_of(done: Sequence[Done], part: DataSet, models: Sequence[str]) -> Figure | None:
    """Return frames of a set with what each model found when the frame was held out.

    Parameters
    ----------
    done : sequence of Done
        Trainings; those whose cell names frames to show kept their masks.
    part : DataSet
        The frames.
    models : sequence of str
        Variants to show, in order.

    Returns
    -------
    matplotlib.figure.Figure or None
        None if no masks were kept.
    """
    mine = [item for item in done if item.cell.data.name == part.name]
    rows = []
    for sample in part.samples:
        found = to_sample_masks(mine, sample)
        if found:
            rows.append(GalleryRow(sample.name, sample.gray(), sample.masks[part.label], found))
    return (
        gallery(rows, [name for name in models if any(name in row.found for row in rows)]) if rows else None
    )
