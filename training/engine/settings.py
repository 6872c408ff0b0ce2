"""How to fit: every choice of the loop in one frozen table, checked when it is made."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from training.engine.task import FitResult

OPTIMISERS = ("adam", "adamw", "sgd", "rmsprop")
SCHEDULES = ("constant", "cosine", "plateau", "steps", "poly")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")

FREE_FIELDS = ("minutes", "device")
"""What may differ when a run goes on: it does not shape the curve."""


class TrainingError(LusguiError):
    """A training cannot start or cannot go on.

    Attributes
    ----------
    result : FitResult or None
        What had been learnt until then; None when there is nothing.
    """

    result: FitResult | None = None


@dataclass(frozen=True)
class FitSettings:
    """How to fit a network.

    Parameters
    ----------
    epochs : int
        Most epochs.
    steps_per_epoch : int, optional
        Steps of the optimiser in an epoch; the task's own number if not given.
    batch_size : int
        Items whose mean gradient makes one step.
    accumulate : int
        Parts into which a batch is cut to save memory; the step stays that of the whole batch (Darknet's
        ``subdivisions``). Layers that look across the batch, batch norm alone here, see one part at a time.
    optimiser : {"adam", "adamw", "sgd", "rmsprop"}
        Which rule.
    learning_rate : float
        Highest rate.
    weight_decay : float
        L2 penalty added to the gradient; with ``adamw`` the decoupled decay.
    momentum : float
        Of ``sgd``; the others ignore it.
    schedule : {"constant", "cosine", "plateau", "steps", "poly"}
        How the rate falls: not at all; by a half cosine to a hundredth; by `plateau_factor` whenever the
        validation loss has not improved for more than `plateau_patience` epochs; at `milestones`; or by
        (1 - share done) ** 0.9.
    milestones : tuple of (int, float)
        (step, factor) pairs for ``steps``: from that step on the rate is multiplied by that factor.
    warm_up : int
        Steps over which the rate first rises linearly.
    plateau_factor, plateau_patience : float, int
        Of ``plateau``.
    patience : int, optional
        Epochs without a better validation loss after which to stop early; never if not given.
    ema : float
        Decay of a moving average of the weights, which then is what is validated and kept; 0 for none.
    clip : float, optional
        Largest norm of the gradient.
    precision : {"auto", "float32", "bfloat16", "float16"}
        What convolutions compute in; weights stay float32.
    channels_last : bool
        Lay out weights as the convolutions of oneDNN and cuDNN like best; left alone on a CPU where there is
        group normalisation, which is slow then.
    seed : int
        Of every draw.
    device : {"auto", "cuda", "mps", "cpu"}
        Where to compute.
    minutes : float, optional
        Time budget of the whole run, what went before a resumption included.
    nesterov : bool
        Look ahead in ``sgd``.

    Raises
    ------
    TrainingError
        If a value is unknown or out of bounds.
    """

    epochs: int = 100
    steps_per_epoch: int | None = None
    batch_size: int = 2
    accumulate: int = 1
    optimiser: str = "adam"
    learning_rate: float = 1e-4
    weight_decay: float = 0.0
    momentum: float = 0.9
    schedule: str = "constant"
    milestones: tuple[tuple[int, float], ...] = ()
    warm_up: int = 0
    plateau_factor: float = 0.5
    plateau_patience: int = 5
    patience: int | None = None
    ema: float = 0.0
    clip: float | None = None
    precision: str = "auto"
    channels_last: bool = True
    seed: int = 0
    device: str = "auto"
    minutes: float | None = None
    nesterov: bool = False

    def __post_init__(self) -> None:
        for name, known in (
            ("optimiser", OPTIMISERS),
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in known:
                raise TrainingError(
                    f"there is no {name} '{str(getattr(self, name))[:40]}'",
                    remedy=f"Known: {', '.join(known)}",
                )
        for name, low in (
            ("epochs", 1),
            ("steps_per_epoch", 1),
            ("batch_size", 1),
            ("accumulate", 1),
            ("warm_up", 0),
            ("plateau_patience", 0),
            ("patience", 1),
            ("seed", 0),
        ):
            value = getattr(self, name)
            if value is not None and value < low:
                raise TrainingError(f"'{name}' must be at least {low}, not {value}")
        for name, low_value, high, open_below in (
            ("learning_rate", 0.0, 1e3, True),
            ("weight_decay", 0.0, 1e3, False),
            ("momentum", 0.0, 1.0, False),
            ("plateau_factor", 0.0, 1.0, True),
            ("ema", 0.0, 1.0, False),
            ("clip", 0.0, math.inf, True),
            ("minutes", 0.0, math.inf, False),
        ):
            value = getattr(self, name)
            if value is None:
                continue
            if not low_value <= value <= high or (open_below and value == low_value) or math.isnan(value):
                raise TrainingError(f"'{name}' must lie between {low_value:g} and {high:g}, not {value}")
        if self.ema == 1.0:
            raise TrainingError("an average with decay 1 never learns", remedy="Choose 'ema' below 1")
        if self.schedule == "steps" and not self.milestones:
            raise TrainingError("the schedule 'steps' needs milestones", remedy="Give (step, factor) pairs")

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        values = asdict(self)
        return values | {"milestones": [list(pair) for pair in self.milestones]}

    def differences(self, other: dict[str, Any]) -> list[str]:
        """Return what differs from stored plain values and would change the curve, one phrase each."""
        mine = self.to_json()
        return [
            f"{item.name} {other.get(item.name)} became {mine[item.name]}"
            for item in fields(self)
            if item.name not in FREE_FIELDS and mine[item.name] != other.get(item.name)
        ]
