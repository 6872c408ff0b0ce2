"""Who is told of a long training, and who may stop it."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lusgui.base.errors import CancelledError
from training.engine.distributed import leads_here
from training.engine.fit import StopReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from training.engine.fit import FitResult

    OnEpoch = Callable[[dict[str, float]], None]


@contextmanager
def _unseen(title: str, epochs: int) -> Iterator[OnEpoch]:
    yield lambda row: None


@dataclass(frozen=True)
class Watch:
    """Who looks on.

    Parameters
    ----------
    tell : callable
        Told sentences for people.
    shown : callable
        ``shown(title, epochs)`` gives a context with a function that is told each epoch, such as
        ``training.transfer.watching.shown``.
    cancelled : callable
        Asked before each batch; true stops the training.
    """

    tell: Callable[[str], None] = lambda text: None
    shown: Callable[[str, int], AbstractContextManager[OnEpoch]] = _unseen
    cancelled: Callable[[], bool] = lambda: False

    def of_one(self) -> Watch:
        """Return the same, silent in all but one of several processes."""
        return self if leads_here() else replace(self, tell=lambda text: None, shown=_unseen)


def refuse_half_done(result: FitResult) -> None:
    """Raise CancelledError for a training that somebody stopped: its network is not what was asked for."""
    if result.reason is StopReason.CANCELLED:
        raise CancelledError("stopped", remedy="The same command goes on where it stopped")
