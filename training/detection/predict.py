"""Boxes around structures in frames, by a trained detector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lusgui.core.networks import DETECT
from lusgui.nn.devices import choose_device
from lusgui.nn.preprocess import resize
from training.detection.decode import DecodeSettings, decode
from training.detection.grid import GridShape, split_output
from training.detection.scores import to_detections
from training.detection.viridis import to_input

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.model_card import ModelCard
    from lusgui.nn.checkpoint import LoadedModel
    from training.data.boxes import Box
    from training.dataset import Sample
    from training.metrics.detection import Detection


def grid_shape(card: ModelCard) -> GridShape:
    """Return the grid a detector was built for."""
    return GridShape(*(int(card.arguments[name]) for name in ("grid", "boxes", "classes")))


class Detector:
    """A detector on a device.

    Parameters
    ----------
    model : LoadedModel
        A network that gives boxes; it is moved to the device.
    device : str
        As ``lusgui.nn.devices.choose_device`` understands it.
    settings : DecodeSettings, optional
        Which boxes are kept; those scored at least the card's threshold, one a label, if not given.

    Raises
    ------
    ModelError
        If the model gives no boxes.
    """

    def __init__(
        self, model: LoadedModel, device: str = "auto", settings: DecodeSettings | None = None
    ) -> None:
        self.card = model.card
        model.card.require_task(DETECT)
        self._settings = settings or DecodeSettings(threshold=model.card.threshold)
        self._device = choose_device(device)
        self._channels = int(model.card.arguments["in_channels"])
        self._shape = grid_shape(model.card)
        self._network = model.network.to(self._device).eval()

    def detect(self, sample: Sample) -> tuple[Detection, ...]:
        """Return the boxes in a sample, best first; see `detect_in`."""
        return self.detect_in(sample.gray(self.card.despeckle_settings))

    def detect_in(self, gray: NDArray[Any]) -> tuple[Detection, ...]:
        """Return the boxes in a frame, best first.

        Parameters
        ----------
        gray : (H, W) ndarray in [0, 1]
            As ``Sample.gray`` gives it.
        """
        values = np.array(gray, np.float32)
        plane = resize(torch.from_numpy(values)[None, None], self.card.input_shape)
        with torch.inference_mode():
            output = self._network(to_input(plane.to(self._device), self._channels)).float().cpu()
        (found,) = decode(split_output(output, self._shape), self._settings)
        shape = (int(gray.shape[0]), int(gray.shape[1]))
        return tuple(to_detections(found, shape, self.card.labels))


def widened(box: Box, margin: float, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of a box with a margin around it, within the frame.

    Parameters
    ----------
    box : Box
        In pixels.
    margin : float
        Share of the box's height and width that is added on each side.
    shape : tuple of int
        Rows and columns of the frame.

    Returns
    -------
    tuple of slice
        At least two pixels along each axis.
    """
    spans = []
    for low, high, extent in ((box.row0, box.row1, shape[0]), (box.col0, box.col1, shape[1])):
        room = (high - low) * margin
        start = int(np.clip(np.floor(low - room), 0, max(extent - 2, 0)))
        stop = int(np.clip(np.ceil(high + room), start + 2, max(extent, 2)))
        spans.append(slice(start, stop))
    return spans[0], spans[1]
