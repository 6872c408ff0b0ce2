"""The zoom U-Net: a coarse U-Net finds a structure, a fine one looks at a square around it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lusgui.core.networks import UNET_BLOCKS
from lusgui.nn.cropping import CEILING, crop, is_found, locate, paste, paste_into, widen
from lusgui.nn.preprocess import resize
from lusgui.nn.unet import UNet

__all__ = ["CEILING", "ZoomStages", "ZoomUNet", "crop", "is_found", "locate", "paste", "widen"]


COARSE_ALONE = 0.25
"""Share of the frames that the coarse network answers alone for, in training only."""


@dataclass(frozen=True)
class ZoomStages:
    """What each part of a `ZoomUNet` says, for losses of their own.

    Parameters
    ----------
    coarse : (N, L, s, s) tensor
        Logits of the coarse network on its own grid.
    fine : (N, L, f, f) tensor
        Logits of the fine network in the squares.
    squares : (N, 4) tensor
        What the fine network saw; the middle of the image where nothing was found.
    found : (N,) bool tensor
        Whether the coarse network found the structure.
    around : (N, L, H, W) tensor
        The coarse network's logits on the input's grid, at most `CEILING` in evaluation.
    logits : (N, L, H, W) tensor
        The answer on the input's grid.
    """

    coarse: Tensor
    fine: Tensor
    squares: Tensor
    found: Tensor
    around: Tensor
    logits: Tensor


class ZoomUNet(nn.Module):
    """Two U-Nets, the second on a square around what the first found; the output is logits.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input, and one for each label. The first label is the structure to find.
    coarse_width, fine_width : int
        Channels of the first block of each.
    coarse_side, fine_side : int
        Rows and columns of the grid that each sees.
    margin : float
        Side of the square over the longer extent of the structure.
    norm, up : str
        As for `lusgui.nn.unet.UNet`.

    Notes
    -----
    In evaluation the logits outside the square are at most `CEILING`, and so are all of them where nothing
    was found. In training they are the coarse network's own, so that it learns from its mistakes there; no
    gradient passes through the place of the square. So that the coarse network learns on where it finds
    the structure, it answers alone for `COARSE_ALONE` of the frames of a batch in training, drawn at random.
    """

    def __init__(
        self,
        *,
        in_channels: int = 1,
        out_channels: int = 3,
        coarse_width: int = 8,
        fine_width: int = 16,
        coarse_side: int = 160,
        fine_side: int = 160,
        margin: float = 2.4,
        norm: str = "group",
        up: str = "transposed",
    ) -> None:
        super().__init__()
        self.init_args = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "coarse_width": coarse_width,
            "fine_width": fine_width,
            "coarse_side": coarse_side,
            "fine_side": fine_side,
            "margin": margin,
            "norm": norm,
            "up": up,
        }
        self.coarse_side, self.fine_side, self.margin = coarse_side, fine_side, margin
        self.coarse, self.fine = (
            UNet(in_channels=in_channels, out_channels=out_channels, base_width=width, norm=norm, up=up)
            for width in (coarse_width, fine_width)
        )

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each block b1 to b9, those of both networks; the heads belong to b9."""
        coarse, fine = self.coarse.named_blocks(), self.fine.named_blocks()
        return {name: coarse[name] + fine[name] for name in UNET_BLOCKS}

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, out_channels, H, W) for input (N, in_channels, H, W) of any size."""
        if self.training:
            stages = self.stages(x)
            alone = torch.rand(len(x), device=x.device) < COARSE_ALONE
            return torch.where(alone[:, None, None, None], stages.around, stages.logits)
        if torch.is_grad_enabled() or x.is_meta or _is_traced():
            return self.stages(x).logits
        return self._answer(x)

    def stages(self, x: Tensor) -> ZoomStages:
        """Return what each part says of an input (N, in_channels, H, W), and the answer."""
        coarse, squares, found = self._search(x)
        fine: Tensor = self.fine(crop(x, squares, self.fine_side)).float()
        around = self._around(coarse, x)
        pasted = paste(fine, squares, _shape(x), around)
        logits = torch.where(found[:, None, None, None], pasted, around)
        return ZoomStages(coarse, fine, squares, found, around, logits)

    def _answer(self, x: Tensor) -> Tensor:
        """Return the logits of `stages`, but compute nothing where nothing was found."""
        coarse, squares, found = self._search(x)
        logits = self._around(coarse, x)
        which = found.nonzero()[:, 0]
        if len(which):
            fine: Tensor = self.fine(crop(x[which], squares[which], self.fine_side)).float()
            for piece, frame in zip(fine, which.tolist(), strict=True):
                paste_into(logits[frame], piece, squares[frame])
        return logits

    def _search(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return coarse logits, squares, and whether anything was found."""
        side = (self.coarse_side, self.coarse_side)
        coarse: Tensor = self.coarse(resize(x, side)).float()
        boxes = locate(torch.sigmoid(coarse[:, 0].detach()))
        return coarse, widen(boxes, _shape(x), self.margin), is_found(boxes)

    def _around(self, coarse: Tensor, x: Tensor) -> Tensor:
        """Return what is answered outside the squares, on the input's grid."""
        outside = coarse if self.training else coarse.clamp(max=CEILING)
        return resize(outside.contiguous(), _shape(x))


def _shape(x: Tensor) -> tuple[int, int]:
    return int(x.shape[-2]), int(x.shape[-1])


def _is_traced() -> bool:
    """Whether the way through the network is being recorded and must not depend on what is found."""
    return torch.compiler.is_compiling() or torch.jit.is_tracing()  # type: ignore[attr-defined]
