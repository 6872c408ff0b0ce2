from __future__ import annotations

import pytest
from torch import nn

from lusgui.base.errors import CancelledError
from training.detection.watch import Watch, refuse_half_done
from training.engine.fit import FitResult, StopReason


def result(reason):
    return FitResult(nn.Identity(), (), 0, 0, 0.0, reason)


def test_only_what_somebody_stopped_is_refused():
    for reason in set(StopReason) - {StopReason.CANCELLED}:
        refuse_half_done(result(reason))
    with pytest.raises(CancelledError, match="goes on"):
        refuse_half_done(result(StopReason.CANCELLED))


def test_nobody_needs_to_look_on():
    watch = Watch()
    watch.tell("something")
    with watch.shown("title", 3) as on_epoch:
        on_epoch({"loss": 1.0})
    assert not watch.cancelled()
