from __future__ import annotations

import torch

from training.engine.repeatable import repeatable


def test_the_callers_draws_go_on_as_if_nothing_had_been():
    torch.manual_seed(1)
    wanted = torch.rand(4)
    torch.manual_seed(1)
    with repeatable(torch.device("cpu")):
        torch.manual_seed(99)
        torch.rand(10)
    assert torch.equal(torch.rand(4), wanted)
