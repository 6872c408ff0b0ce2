"""The localizer of Hu et al. 2018 and the U-Net that grows on its encoder.

An encoder of 3 x 3 convolutions, batch normalisation, ReLU, 2 x 2 max-pooling and dropout first learns to
say where a thing is, through one linear layer; then it carries a U-Net's decoder. Widths, the number of
convolutions a level (two here), the dropout and the image size are not stated in the paper and are ours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lusgui.base.errors import ModelError
from lusgui.core.networks import DECODER_BLOCKS, ENCODER_BLOCKS, SIZE_STEP
from lusgui.nn.unet import ConvUnit, UpBlock, check_sides, initialise


class Encoder(nn.Module):
    """Five levels e1 to e5; between them 2 x 2 max-pooling and dropout.

    Parameters
    ----------
    in_channels, base_width : int
        Channels of the input and of the first level; they double from level to level.
    norm : {"none", "group", "instance", "batch"}
        Normalisation after each convolution; batches as published.
    dropout : float
        Probability of dropping an element after each pooling, in training only.
    """

    def __init__(self, in_channels: int, base_width: int, norm: str, dropout: float) -> None:
        super().__init__()
        before = in_channels
        for level, name in enumerate(ENCODER_BLOCKS):
            width = base_width * 2**level
            self.add_module(name, nn.Sequential(ConvUnit(before, width, norm), ConvUnit(width, width, norm)))
            before = width
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the five levels: (N, C, H, W) to [(N, w, H, W), ..., (N, 16 w, H/16, W/16)]."""
        levels: list[Tensor] = []
        for name in ENCODER_BLOCKS:
            x = self.get_submodule(name)(self.dropout(self.pool(x)) if levels else x)
            levels.append(x)
        return levels

    def named_levels(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each level."""
        return {name: [self.get_submodule(name)] for name in ENCODER_BLOCKS}


class HuLocalizer(nn.Module):
    """The encoder and a linear layer to one point a label.

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    out_channels : int
        Points, one for each label.
    base_width : int
        Channels of the first level.
    norm : {"none", "group", "instance", "batch"}
        Normalisation after each convolution.
    dropout : float
        In the encoder, in training only.
    input_side : int
        Rows and columns of the input; the linear layer depends on it.
    """

    def __init__(
        self,
        *,
        in_channels: int = 1,
        out_channels: int = 1,
        base_width: int = 16,
        norm: str = "batch",
        dropout: float = 0.2,
        input_side: int = 256,
    ) -> None:
        super().__init__()
        self.init_args = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "base_width": base_width,
            "norm": norm,
            "dropout": dropout,
            "input_side": input_side,
        }
        self.input_side = input_side
        self.encoder = Encoder(in_channels, base_width, norm, dropout)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(16 * base_width * (input_side // SIZE_STEP) ** 2, 2 * out_channels)
        initialise(self)
        if not self.head.bias.is_meta:
            # small weights and the middle of the image: before anything is learnt, the best guess there is
            nn.init.normal_(self.head.weight, std=0.1 / self.head.in_features**0.5)
            nn.init.constant_(self.head.bias, 0.5)

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each level e1 to e5 and of the head."""
        return self.encoder.named_levels() | {"head": [self.head]}

    def forward(self, x: Tensor) -> Tensor:
        """Return points (N, 2 L): row and column of the first label, of the second, and so on.

        They are fractions of the image, 0 its first edge and 1 its last, and not held to that range.
        The input is (N, in_channels, side, side).

        Raises
        ------
        ValueError
            If the input is not as large as the network was built for.
        """
        if tuple(x.shape[-2:]) != (self.input_side, self.input_side):
            raise ValueError(f"the input must be {self.input_side} x {self.input_side}")
        deep = self.dropout(self.encoder(x)[-1])
        points: Tensor = self.head(deep.flatten(1))  # (N, 2 L)
        return points


class HuUNet(nn.Module):
    """A U-Net's decoder on the localizer's encoder; the output is logits.

    Parameters
    ----------
    in_channels, out_channels, base_width, norm, dropout
        As for `HuLocalizer`; one output channel for each label.
    """

    def __init__(
        self,
        *,
        in_channels: int = 1,
        out_channels: int = 1,
        base_width: int = 16,
        norm: str = "batch",
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.init_args = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "base_width": base_width,
            "norm": norm,
            "dropout": dropout,
        }
        self.encoder = Encoder(in_channels, base_width, norm, dropout)
        self.decoder = nn.ModuleDict(
            {
                name: UpBlock(base_width * 2 ** (4 - level), norm, "transposed")
                for level, name in enumerate(DECODER_BLOCKS)
            }
        )
        self.head = nn.Conv2d(base_width, out_channels, 1)
        initialise(self)

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each block e1 to e5 and d4 to d1; the head belongs to d1."""
        blocks = self.encoder.named_levels()
        blocks |= {name: [block] for name, block in self.decoder.items()}
        blocks["d1"].append(self.head)
        return blocks

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, out_channels, H, W) for input (N, in_channels, H, W).

        Raises
        ------
        ValueError
            If H or W is not a multiple of 16.
        """
        check_sides(x)
        levels: list[Tensor] = self.encoder(x)
        deep = levels.pop()
        for block in self.decoder.values():
            deep = block(levels.pop(), deep)
        logits: Tensor = self.head(deep)  # (N, L, H, W)
        return logits


def transfer_encoder(localizer: nn.Module, unet: nn.Module) -> None:
    """Copy the weights and statistics of one network's ``encoder`` into another's.

    Parameters
    ----------
    localizer, unet : torch.nn.Module
        From and to; `HuLocalizer` and `HuUNet` of the same channels, width and normalisation.

    Raises
    ------
    ModelError
        If either has no encoder or they are not of one shape.
    """
    try:
        source, target = localizer.get_submodule("encoder"), unet.get_submodule("encoder")
    except AttributeError as error:
        raise ModelError("one of the two networks has no encoder") from error
    state = {name: value.detach().clone() for name, value in source.state_dict().items()}
    wanted = {name: value.shape for name, value in target.state_dict().items()}
    if wanted != {name: value.shape for name, value in state.items()}:
        raise ModelError(
            "the two encoders are not of one shape",
            remedy="Build both with the same in_channels, base_width and norm",
        )
    with torch.no_grad():
        target.load_state_dict(state)
