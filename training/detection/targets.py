"""Which of a cell's boxes answers for its object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from training.detection.geometry import iou, rmse, to_edges

if TYPE_CHECKING:
    from torch import Tensor

    from training.detection.grid import GridOutput, GridTruth


def responsible(output: GridOutput, truth: GridTruth) -> tuple[Tensor, Tensor]:
    """Choose the box with the best overlap, or the nearest where none of a cell's boxes overlaps.

    Nearest is meant in (row, column, height, width), as darknet's ``box_rmse``.

    Parameters
    ----------
    output : GridOutput
        What the network says.
    truth : GridTruth
        What it should say.

    Returns
    -------
    chosen : (N, S, S, B) bool tensor
        One box in every cell with an object, none elsewhere.
    overlap : (N, S, S, B) tensor in [0, 1]
        Of every box with its cell's object; 0 in cells without one. No gradient.
    """
    with torch.no_grad():
        found, wanted = output.middles().float(), truth.middles()[..., None, :]
        overlap = iou(to_edges(found), to_edges(wanted)) * truth.present[..., None]
        nearest = rmse(found, wanted).argmin(-1)
        best = torch.where(overlap.amax(-1) > 0, overlap.argmax(-1), nearest)
        chosen = torch.nn.functional.one_hot(best, output.confidence.shape[-1]).bool()
        return chosen & truth.present[..., None], overlap
