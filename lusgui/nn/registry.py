"""Networks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.networks import check_arguments
from lusgui.nn.click.network import ClickNet
from lusgui.nn.localizer import HuLocalizer, HuUNet
from lusgui.nn.unet import UNet
from lusgui.nn.vunet import VUNet
from lusgui.nn.yolo import yolo_tiny, yolo_v1
from lusgui.nn.zoom import ZoomUNet

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "lus-unet": UNet,
    "x-unet": UNet,
    "amiri-unet": UNet,
    "v-unet": VUNet,
    "hu-localizer": HuLocalizer,
    "hu-unet": HuUNet,
    "zoom-unet": ZoomUNet,
    "yolo-v1": yolo_v1,
    "yolo-tiny": yolo_tiny,
    "click-net": ClickNet,
}


def build(name: str, **arguments: object) -> nn.Module:
    """Build a network with fresh random weights.

    Parameters
    ----------
    name : str
        Architecture in ``lusgui.core.networks.NETWORKS``.
    **arguments
        Arguments that differ from the architecture's defaults.

    Returns
    -------
    torch.nn.Module
        In training mode, on the CPU; ``init_args`` holds every argument.

    Raises
    ------
    ModelError
        If the name or an argument is unknown or out of bounds.
    """
    checked = check_arguments(name, arguments)
    return _BUILDERS[name](**checked)


def count_parameters(network: nn.Module, *, trainable_only: bool = False) -> int:
    """Return the number of parameters, or of those that learn."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad or not trainable_only)
