"""Centres of structures in frames, by a trained localizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from lusgui.core.networks import LOCATE
from lusgui.nn.devices import choose_device
from lusgui.nn.preprocess import Preprocess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample


class Localizer:
    """A localizer on a device.

    Parameters
    ----------
    model : LoadedModel
        A network that gives points; it is moved to the device.
    device : str
        As ``lusgui.nn.devices.choose_device`` understands it.

    Raises
    ------
    ModelError
        If the model gives no points.
    """

    def __init__(self, model: LoadedModel, device: str = "auto") -> None:
        self.card = model.card
        model.card.require_task(LOCATE)
        self._device = choose_device(device)
        self._preprocess = Preprocess.from_card(model.card)
        self._network = model.network.to(self._device).eval()

    def locate(self, sample: Sample) -> dict[str, tuple[float, float]]:
        """Return the centre of each label of a sample; see `locate_in`."""
        return self.locate_in(sample.gray(self.card.despeckle_settings))

    def locate_in(self, gray: NDArray[Any]) -> dict[str, tuple[float, float]]:
        """Return the centre of each label.

        Parameters
        ----------
        gray : (H, W) ndarray in [0, 1]
            As ``Sample.gray`` gives it.

        Returns
        -------
        mapping of str to (row, column)
            In pixels of the raw frame, the middle of the first pixel being (0, 0).
        """
        with torch.inference_mode():
            output = self._network(self._preprocess.forward(gray).to(self._device)).float().cpu()
        points = output.view(-1, 2) * torch.tensor(gray.shape[:2]) - 0.5
        return {
            label: (float(row), float(column))
            for label, (row, column) in zip(self.card.labels, points.tolist(), strict=True)
        }
