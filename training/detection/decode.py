"""From a YOLO network's numbers to the few boxes worth showing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from training.detection.geometry import iou

if TYPE_CHECKING:
    from torch import Tensor

    from training.detection.grid import GridOutput


@dataclass(frozen=True)
class DecodeSettings:
    """Which boxes are kept.

    Parameters
    ----------
    threshold : float
        Least score, confidence times class score; 0.2 is what darknet's own YOLO demo used.
    overlap : float
        A box that overlaps a better one of its class by more is dropped; 0.4 in that demo.
    most : int
        Boxes of one class kept in an image, best first.
    """

    threshold: float = 0.2
    overlap: float = 0.4
    most: int = 1


@dataclass(frozen=True)
class Found:
    """Boxes found in one image, best first.

    Parameters
    ----------
    boxes : (K, 4) float32 tensor
        Edges in fractions of the image, clipped to it.
    scores : (K,) float32 tensor
        Confidence times class score, limited to [0, 1].
    labels : (K,) int64 tensor
        Class.
    ranks : (K,) float32 tensor, optional
        What the boxes are ordered by, over several images too; the scores if not given.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    ranks: Tensor | None = None


def suppress(boxes: Tensor, scores: Tensor, overlap: float, most: int) -> Tensor:
    """Return the indices of boxes kept: each in turn, best score first, unless it covers one kept before.

    Parameters
    ----------
    boxes : (K, 4) tensor
        Edges.
    scores : (K,) tensor
        The higher the better.
    overlap : float
        Largest intersection over union that two kept boxes may have.
    most : int
        Boxes kept at the most.
    """
    kept: list[int] = []
    for index in torch.argsort(scores, descending=True, stable=True).tolist():
        if len(kept) == most:
            break
        if not kept or float(iou(boxes[index], boxes[kept]).max()) <= overlap:
            kept.append(index)
    return torch.tensor(kept, dtype=torch.int64)


def decode(output: GridOutput, settings: DecodeSettings | None = None) -> list[Found]:
    """Return the boxes of every image.

    Parameters
    ----------
    output : GridOutput
        Of N images.
    settings : DecodeSettings, optional
        Which boxes are kept.
    """
    settings = settings or DecodeSettings()
    n, classes = len(output.classes), output.classes.shape[-1]
    edges = output.edges().detach().float().cpu().clamp(0, 1).reshape(n, -1, 4)
    # (N, S * S * B, C): every box with every class of its cell
    scores = (output.confidence[..., None] * output.classes[..., None, :]).detach().float().cpu()
    scores = scores.reshape(n, -1, classes)
    return [_decode_one(edges[i], scores[i], settings) for i in range(n)]


def _decode_one(edges: Tensor, scores: Tensor, settings: DecodeSettings) -> Found:
    solid = (edges[:, 2:] - edges[:, :2]).amin(-1) > 0
    boxes, values, labels = [], [], []
    for label in range(scores.shape[1]):
        likely = torch.nonzero(solid & (scores[:, label] >= settings.threshold))[:, 0]
        kept = likely[suppress(edges[likely], scores[likely, label], settings.overlap, settings.most)]
        boxes.append(edges[kept])
        values.append(scores[kept, label])
        labels.append(torch.full((len(kept),), label, dtype=torch.int64))
    joined = torch.cat(values)
    order = torch.argsort(joined, descending=True, stable=True)
    ranks = joined[order]
    # the published network is linear to its end, so nothing keeps this product within [0, 1]; a score that
    # people read is limited to it, while the product itself still tells which box is the surer one
    return Found(torch.cat(boxes)[order], ranks.clamp(0, 1), torch.cat(labels)[order], ranks)
