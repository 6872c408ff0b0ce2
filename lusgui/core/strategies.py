"""Which blocks of a network learn when it is fine-tuned, as data.

The thirteen columns of Amiri et al. 2020 (Table II, doi:10.1109/TUFFC.2020.3015081), the three of Cheng & Lam
2021 (``encoder-frozen``, ``all``, ``except-5``: everything but the bottleneck), and low-rank adapters
(ConvLoRA, arXiv:2402.04964).
"""

from __future__ import annotations

from dataclasses import dataclass

from lusgui.base.errors import ModelError
from lusgui.core.networks import DECODER_BLOCKS, ENCODER_BLOCKS, SEGMENT, UNET_BLOCKS, spec_of


@dataclass(frozen=True)
class Strategy:
    """A way of fine-tuning.

    Parameters
    ----------
    name : str
        How recipes and the command line call it.
    title : str
        What people read.
    blocks : tuple of str
        The blocks of a U-Net (``b1`` to ``b9``) that learn; those of other networks follow by level,
        see `learning_blocks`.
    needs_base : bool
        Whether it starts from a trained network.
    rank : int
        Rank of the adapters on frozen convolutions; 0 for none.
    """

    name: str
    title: str
    blocks: tuple[str, ...]
    needs_base: bool = True
    rank: int = 0


def _only(numbers: str) -> tuple[str, ...]:
    """Return the blocks of the given numbers; 5 is both halves of the bottleneck."""
    return tuple(block for block in UNET_BLOCKS if block[1] in numbers)


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("all", "Whole network", UNET_BLOCKS),
        Strategy("contracting", "Contracting path, blocks 1 to 4 and the first half of 5", UNET_BLOCKS[:5]),
        Strategy("expanding", "Expanding path, the second half of block 5 and 6 to 9", UNET_BLOCKS[5:]),
        Strategy("except-5", "Everything but block 5, the bottleneck", _only("12346789")),
        Strategy("5", "Block 5, the bottleneck", _only("5")),
        Strategy("1289", "Blocks 1, 2, 8 and 9", _only("1289")),
        Strategy("3-7", "Blocks 3 to 7", _only("34567")),
        Strategy("1", "Block 1", _only("1")),
        Strategy("9", "Block 9 with the head", _only("9")),
        Strategy("19", "Blocks 1 and 9", _only("19")),
        Strategy("12", "Blocks 1 and 2", _only("12")),
        Strategy("34", "Blocks 3 and 4", _only("34")),
        Strategy("scratch", "Whole network from random weights", UNET_BLOCKS, needs_base=False),
        Strategy("encoder-frozen", "Everything behind a frozen encoder", _only("6789")),
        Strategy("convlora", "Adapters of rank 4 on every convolution, and the head", (), rank=4),
        Strategy("convlora-8", "Adapters of rank 8 on every convolution, and the head", (), rank=8),
    )
}
"""Every strategy by name."""

AMIRI = tuple(STRATEGIES)[:13]
"""The thirteen of Amiri et al., in the order of their Table II."""

CHENG = ("encoder-frozen", "all", "except-5")
"""The three of Cheng & Lam."""

_LEVELS = dict(zip(UNET_BLOCKS, ("e1", "e2", "e3", "e4", "e5", "e5", "d4", "d3", "d2", "d1"), strict=True))
_BY_PATH = {"contracting": ENCODER_BLOCKS, "expanding": DECODER_BLOCKS}
_EVERYWHERE = ("all", "scratch", "encoder-frozen", "convlora", "convlora-8")


def strategy_of(name: str) -> Strategy:
    """Return a strategy by name.

    Raises
    ------
    ModelError
        If there is none of that name; the message names those there are.
    """
    strategy = STRATEGIES.get(name)
    if strategy is None:
        raise ModelError(
            f"there is no strategy called '{name:.60}'", remedy=f"Known: {', '.join(STRATEGIES)}"
        )
    return strategy


def learning_blocks(name: str, network: str) -> tuple[str, ...]:
    """Return the blocks of a network that learn under a strategy.

    An encoder that is a network of its own (V-Unet, Hu) is not split in its bottleneck: ``contracting`` is
    the encoder and ``expanding`` the decoder; elsewhere its level n stands for block n and its decoder's
    levels 4 to 1 for blocks 6 to 9. Localizers and detectors have no expanding path: only the strategies that
    need none apply. Under adapters no block learns as a whole but the head, which is left out here because
    it is only a part of its block.

    Parameters
    ----------
    name : str
        Strategy.
    network : str
        Architecture.

    Returns
    -------
    tuple of str
        In the order of the data.

    Raises
    ------
    ModelError
        If either is unknown or the strategy makes no sense for this network.
    """
    return choose_blocks(name, spec_of(network).blocks)


def choose_blocks(name: str, blocks: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the named blocks of a network that learn; see `learning_blocks`."""
    strategy = strategy_of(name)
    is_unet = blocks == UNET_BLOCKS
    if not is_unet and blocks != ENCODER_BLOCKS + DECODER_BLOCKS:
        if name not in _EVERYWHERE:
            raise ModelError(
                f"the strategy '{name}' makes no sense for a network without an expanding path",
                remedy=f"Take one of {', '.join(_EVERYWHERE)}",
            )
        if strategy.rank:
            return ()
        if name != "encoder-frozen":
            return blocks
        return ("head",) if "head" in blocks else tuple(block for block in blocks if block != "encoder")
    if is_unet:
        return strategy.blocks
    learning = _BY_PATH.get(name, tuple(_LEVELS[block] for block in strategy.blocks))
    return tuple(block for block in blocks if block in learning)


def strategies_for(network: str) -> tuple[str, ...]:
    """Return the names of the strategies that make sense for a network.

    Raises
    ------
    ModelError
        If there is no such network.
    """
    if spec_of(network).task == SEGMENT:
        return tuple(STRATEGIES)
    return _EVERYWHERE
