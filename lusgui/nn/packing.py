"""Convolutions packed once for the processor, in the precision each of them needs.

torch brings the weights of a convolution into the layout of its kernels at every frame anew, computes the
ReLU in a pass of its own, and reads and writes every plane once more where layouts differ. Packed, that is
done once. In float32 only rounding changes.

The short precisions compute most convolutions in bfloat16, with sums in float32. ``mixed`` leaves the first
blocks in float32: what is rounded there goes through all of the network. One convolution of a trained X-Unet
rounded at a time, nine tenths of the variance of the logits near the outline came from those of b1 to b3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FLOAT32, MIXED, BFLOAT16 = "float32", "mixed", "bfloat16"

PRECISIONS = (FLOAT32, MIXED, BFLOAT16)
"""From the most faithful to the fastest."""

FIRST_BLOCKS = frozenset({"b1", "b2", "b3", "e1", "e2", "e3"})
"""Blocks that ``mixed`` computes in float32."""

HEAD = "head"
"""The last convolution is computed in float32 always: it costs nothing."""

_NEEDED = (
    "_convolution_pointwise",
    "_reorder_convolution_weight",
    "_linear_pointwise",
    "_reorder_linear_weight",
)


def can_pack(network: nn.Module) -> bool:
    """Whether this torch has what packing needs, and the network holds no convolution unknown here.

    The operators are those of torch's own compiler (oneDNN on x86); elsewhere the plain way is taken.
    """
    if not torch.backends.mkldnn.is_available() or not all(
        hasattr(torch.ops.mkldnn, name) for name in _NEEDED
    ):
        return False
    found = [m for m in network.modules() if isinstance(m, (nn.modules.conv._ConvNd, nn.Linear))]  # noqa: SLF001
    return bool(found) and all(_is_known(module) for module in found)


def _is_known(module: nn.Module) -> bool:
    # subclasses do something of their own with their weights
    if type(module) is nn.Conv2d:
        return module.padding_mode == "zeros" and not isinstance(module.padding, str)
    if type(module) is nn.ConvTranspose2d:
        return (
            module.kernel_size == module.stride
            and module.padding == module.output_padding == (0, 0)
            and module.dilation == (1, 1)
            and module.groups == 1
        )
    return False


def precision_of(name: str, precision: str) -> torch.dtype:
    """Return what the convolution of a name in the network is computed in.

    Parameters
    ----------
    name : str
        As ``named_modules`` gives it, e.g. ``b1.0.0`` or ``fine.b1.0.0``.
    precision : {"float32", "mixed", "bfloat16"}
        That of the whole network.
    """
    parts = set(name.split("."))
    is_long = precision == FLOAT32 or HEAD in parts or (precision == MIXED and parts & FIRST_BLOCKS)
    return torch.float32 if is_long else torch.bfloat16


def pack_convolutions(network: nn.Module, precision: str = FLOAT32) -> nn.Module:
    """Replace the convolutions of a network, and the ReLU right behind them, in place.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode and on the CPU, without gradients; `can_pack` says whether it may be given.
    precision : {"float32", "mixed", "bfloat16"}
        See `precision_of`. Normalisations keep their own numbers in float32.

    Returns
    -------
    torch.nn.Module
        The same network. It packs at its first frame, for frames of that size; those of another size are
        answered too, only slower.
    """
    for name, module in list(network.named_modules()):
        if not isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            continue
        where, _, key = name.rpartition(".")
        parent = network.get_submodule(where)
        dtype = precision_of(name, precision)
        packed: nn.Module
        if isinstance(module, nn.ConvTranspose2d):
            packed = PackedUp(module, dtype)
        else:
            packed = PackedConvolution(module, dtype, then_relu=_take_relu(parent, key))
        setattr(parent, key, packed)
    for block in network.modules():
        up = getattr(block, "up", None)
        if isinstance(up, nn.Module) and any(_is_short(module) for module in up.modules()):
            block.register_forward_pre_hook(_shorten_inputs)
    return network


def _take_relu(parent: nn.Module, key: str) -> bool:
    """Whether a ReLU follows in the same sequence; if so nothing is left of it there."""
    if not isinstance(parent, nn.Sequential):
        return False
    for i in range(int(key) + 1, len(parent)):
        if isinstance(parent[i], nn.ReLU):
            parent[i] = nn.Identity()
            return True
        if not isinstance(parent[i], nn.Identity):
            return False
    return False


def _is_short(module: nn.Module) -> bool:
    return isinstance(module, (PackedConvolution, PackedUp)) and module.dtype is torch.bfloat16


def _shorten_inputs(_block: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Join skip and deep in bfloat16: joined first, twice as much would have to be rounded."""
    return tuple(x.to(torch.bfloat16) for x in inputs)


class PackedConvolution(nn.Module):
    """A convolution with the ReLU behind it.

    Parameters
    ----------
    source : torch.nn.Conv2d
        Not changed.
    dtype : torch.dtype
        What it multiplies and answers in.
    then_relu : bool
        Whether a ReLU follows.
    """

    def __init__(self, source: nn.Conv2d, dtype: torch.dtype, *, then_relu: bool) -> None:
        super().__init__()
        self.dtype = dtype
        self._settings = (list(source.padding), list(source.stride), list(source.dilation), source.groups)
        self._then = "relu" if then_relu else "none"
        # no parameters: a packed tensor is opaque, it cannot be copied or moved
        self._weight = source.weight.detach().to(dtype)
        self._bias = None if source.bias is None else source.bias.detach().to(dtype)
        self._is_packed = False

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, H, W) of any precision."""
        x = x.to(self.dtype, memory_format=torch.channels_last)
        if not self._is_packed:
            self._weight = torch.ops.mkldnn._reorder_convolution_weight(  # noqa: SLF001
                self._weight, *self._settings, list(x.shape)
            )
            self._is_packed = True
        y: Tensor = torch.ops.mkldnn._convolution_pointwise(  # noqa: SLF001
            x, self._weight, self._bias, *self._settings, self._then, [], ""
        )
        return y


class PackedUp(nn.Module):
    """A transposed convolution whose kernels do not overlap: one product of matrices, then sorting.

    Parameters
    ----------
    source : torch.nn.ConvTranspose2d
        Its stride is its kernel's size. Not changed.
    dtype : torch.dtype
        What it multiplies and answers in.
    """

    def __init__(self, source: nn.ConvTranspose2d, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self._kernel = (int(source.kernel_size[0]), int(source.kernel_size[1]))
        self._channels = source.out_channels
        weight = source.weight.detach().permute(2, 3, 1, 0).reshape(-1, source.in_channels)
        self._weight = weight.to(dtype).contiguous()
        taps = self._kernel[0] * self._kernel[1]
        self._bias = None if source.bias is None else source.bias.detach().repeat(taps).to(dtype)
        self._is_packed = False

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge (N, C, H, W) of any precision to (N, D, kH, kW)."""
        count, channels, height, width = x.shape
        rows = x.to(self.dtype).permute(0, 2, 3, 1).reshape(-1, channels)
        if not self._is_packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, len(rows))  # noqa: SLF001
            self._is_packed = True
        taps: Tensor = torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001
            rows, self._weight, self._bias, "none", [], ""
        )
        high, wide = self._kernel
        taps = taps.view(count, height, width, high, wide, self._channels).transpose(2, 3)
        return taps.reshape(count, height * high, width * wide, self._channels).permute(0, 3, 1, 2)
