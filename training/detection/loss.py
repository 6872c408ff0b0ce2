"""The loss of YOLO's first version, as darknet's detection layer computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from training.detection.targets import responsible

if TYPE_CHECKING:
    from torch import Tensor

    from training.detection.grid import GridOutput, GridTruth


@dataclass(frozen=True)
class YoloLossSettings:
    """Weights of the terms; the defaults are darknet's and those of Ramos et al.

    Parameters
    ----------
    coord_scale : float
        Of the responsible box's place and size.
    noobject_scale : float
        Of the confidence of every box that answers for nothing.
    object_scale : float
        Of the confidence of the responsible box.
    class_scale : float
        Of the class scores in cells with an object.
    rescore : bool
        Whether the responsible box should be as confident as it overlaps, rather than certain.
    """

    coord_scale: float = 5.0
    noobject_scale: float = 0.5
    object_scale: float = 1.0
    class_scale: float = 1.0
    rescore: bool = True


def yolo_loss(output: GridOutput, truth: GridTruth, settings: YoloLossSettings | None = None) -> Tensor:
    """Return half the weighted sum of squared errors per image.

    Half, because darknet follows the plain differences (``src/detection_layer.c``) and divides by the
    batch; so its learning rates mean the same here.

    Parameters
    ----------
    output : GridOutput
        What the network says.
    truth : GridTruth
        What it should say, on the same device.
    settings : YoloLossSettings, optional
        Weights of the terms.

    Returns
    -------
    () tensor
        At least 0.
    """
    settings = settings or YoloLossSettings()
    chosen, overlap = responsible(output, truth)
    aim = overlap if settings.rescore else torch.ones_like(overlap)
    confidence = torch.where(
        chosen,
        settings.object_scale * (output.confidence - aim).square(),
        settings.noobject_scale * output.confidence.square(),
    )
    named = (output.classes - truth.classes).square() * truth.present[..., None]
    wanted = torch.cat([truth.boxes[..., :2], truth.boxes[..., 2:].sqrt()], dim=-1)[..., None, :]
    located = (output.boxes - wanted).square() * chosen[..., None]
    total = confidence.sum() + settings.class_scale * named.sum() + settings.coord_scale * located.sum()
    return total / (2 * len(output.classes))
