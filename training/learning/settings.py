"""How a study's frames are learnt, and which way is taken where nobody chose one."""

from __future__ import annotations

from dataclasses import dataclass

from lusgui.core.strategies import strategy_of
from training.engine.settings import TrainingError

AUTO = "auto"

LEAST_STEPS, MOST_STEPS = 24, 2000
"""Bounds of the steps that a time budget is turned into: fewer leave a model worse than it was."""


@dataclass(frozen=True)
class LearnSettings:
    """How to learn.

    Parameters
    ----------
    strategy : str
        Which blocks learn: a name in ``lusgui.core.strategies.STRATEGIES``, or ``auto``.
    steps : int or None
        Batches; None leaves it to `minutes`, or where that is None too to the number of masks.
    minutes : float or None
        Time for the batches of one training, which then decides their number: the rate falls to its end
        within it.
    most_steps : int
        A time budget is turned into no more steps than these.
    replay : float
        Share of each batch that comes of what the base itself learnt, where that is at hand.
    learning_rate : float or None
        Highest rate; None for what was found to work.
    batch : int
        Frames of a batch. One at a time, at a high rate, learns more in the same time than several.
    ema : float
        Decay of the moving average of the weights.
    pull : float
        How strongly weights are held to the base's: each step takes so much of the rate times the distance
        away (L2-SP, Li et al. 2018, arXiv:1802.01483).
    share : float or None
        The answer lies so far on the way from the base's weights to the learnt ones, in (0, 1], which forgets
        less (Wortsman et al. 2022, doi:10.1109/CVPR52688.2022.00780); None for what was found to work.
    judgements : int
        How often held-out frames are judged on the way.
    precision : {"auto", "float32", "bfloat16", "float16"}
        What convolutions compute in.
    seed : int
        Of every draw.
    device : {"auto", "cuda", "mps", "cpu"}
        Where to compute.
    threads : int
        Of the CPU; 0 leaves torch as it is.

    Raises
    ------
    TrainingError
        If a value is out of bounds or the strategy unknown.
    """

    strategy: str = AUTO
    steps: int | None = None
    minutes: float | None = None
    most_steps: int = MOST_STEPS
    replay: float = 0.25
    learning_rate: float | None = None
    batch: int = 1
    ema: float = 0.97
    pull: float = 0.0
    share: float | None = None
    judgements: int = 4
    precision: str = "auto"
    seed: int = 0
    device: str = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.strategy != AUTO:
            strategy_of(self.strategy)
        for name, low, high in (
            ("steps", 1, 1_000_000),
            ("minutes", 0.0, 10_000.0),
            ("most_steps", 1, 1_000_000),
            ("replay", 0.0, 0.9),
            ("learning_rate", 0.0, 1.0),
            ("batch", 1, 256),
            ("ema", 0.0, 0.9999),
            ("pull", 0.0, 10.0),
            ("share", 0.0, 1.0),
            ("judgements", 0, 1000),
            ("seed", 0, 2**31),
            ("threads", 0, 1024),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise TrainingError(f"'{name}' must lie between {low:g} and {high:g}, not {value}")


@dataclass(frozen=True)
class Choice:
    """A strategy and, in a sentence, why.

    Parameters
    ----------
    strategy : str
        Name in ``lusgui.core.strategies.STRATEGIES``.
    why : str
        For people.
    """

    strategy: str
    why: str


def choose_strategy(wanted: str, masks: int, *, is_new: bool = False) -> Choice:
    """Return the strategy to take.

    The whole network learns whatever the number of masks: with five of them the contracting path alone gained
    less of the Dice on other frames of the clip (0.71 against 0.75, from 0.50), and adapters of rank 4 far
    less (one seed, three clips of drawn ribs, another base each).

    Parameters
    ----------
    wanted : str
        A name, or ``auto``.
    masks : int
        Frames that show what is learnt.
    is_new : bool
        Whether the base does not know the label.
    """
    if wanted != AUTO:
        return Choice(wanted, "chosen by hand")
    if is_new:
        return Choice("all", "the starting model does not know this label, so the whole network learns it")
    count = f"{masks} mask{'' if masks == 1 else 's'}"
    return Choice("all", f"with {count} the whole network learns; parts of it alone gained less")
