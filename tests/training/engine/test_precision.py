from __future__ import annotations

import pytest
import torch

from training.engine import precision
from training.engine.precision import choose_precision, make_scaler, works
from training.engine.settings import TrainingError

CPU = torch.device("cpu")


def test_what_is_asked_for_is_taken():
    assert choose_precision("float32", CPU) is None
    assert choose_precision("bfloat16", CPU) is torch.bfloat16


@pytest.mark.parametrize("there", [False, True])
def test_auto_takes_bfloat16_only_where_the_cpu_multiplies_it(monkeypatch, there):
    monkeypatch.setattr(precision, "cpu_has_bfloat16", lambda: there)
    assert choose_precision("auto", CPU) is (torch.bfloat16 if there else None)


def test_a_failed_trial_falls_back_or_says_so(monkeypatch):
    monkeypatch.setattr(precision, "cpu_has_bfloat16", lambda: True)
    monkeypatch.setattr(precision, "works", lambda dtype, device: False)
    assert choose_precision("auto", CPU) is None
    with pytest.raises(TrainingError, match="cannot compute in bfloat16"):
        choose_precision("bfloat16", CPU)


def test_the_trial_sees_wrong_results(monkeypatch):
    assert works(torch.bfloat16, CPU)
    real = precision.conv2d
    monkeypatch.setattr(precision, "conv2d", lambda image, weight: real(image, weight) * 1.5)
    assert not works(torch.bfloat16, CPU)


def test_the_trial_bears_a_refusal(monkeypatch):
    def refuse(*_):
        raise RuntimeError("not implemented for 'Half'")

    monkeypatch.setattr(precision, "conv2d", refuse)
    assert not works(torch.float16, CPU)


def test_only_float16_is_scaled():
    assert make_scaler(torch.float16, CPU).is_enabled()
    assert not make_scaler(torch.bfloat16, CPU).is_enabled()
    assert not make_scaler(None, CPU).is_enabled()
