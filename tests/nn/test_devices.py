from __future__ import annotations

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.nn import devices


def test_auto_takes_the_best_that_answers(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.choose_device("auto").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert devices.choose_device("auto").type == "cpu"


def test_a_device_that_is_not_there_is_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="Choose the device 'auto' or 'cpu'"):
        devices.choose_device("cuda")
    with pytest.raises(ModelError, match="no device 'tpu'"):
        devices.choose_device("tpu")


def test_the_cpu_is_described_with_its_threads():
    assert devices.describe_device(torch.device("cpu")).startswith("CPU, ")


def test_one_core_is_left_to_the_window(monkeypatch):
    before = torch.get_num_threads()
    try:
        for cores, expected in ((8, 7), (2, 1), (1, 1)):
            monkeypatch.setattr(devices, "usable_cores", lambda n=cores: n)
            assert devices.leave_a_core() == expected
            assert torch.get_num_threads() == expected
    finally:
        torch.set_num_threads(before)


def test_out_of_memory_is_known_in_every_guise():
    assert devices.is_out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory"))
    assert devices.is_out_of_memory(MemoryError())
    assert devices.is_out_of_memory(RuntimeError("MPS backend out of memory"))
    assert devices.is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"))
    assert not devices.is_out_of_memory(RuntimeError("shapes do not match"))
    assert not devices.is_out_of_memory(ValueError("out of memory"))


def test_hardware_bfloat16_is_a_plain_answer():
    assert devices.cpu_has_bfloat16() in (True, False)
    assert devices.usable_cores() >= 1


@pytest.mark.parametrize(
    ("limit", "is_kept"),
    [("AVX2", False), ("avx512_core", False), ("AVX512_CORE_BF16", True), ("DEFAULT", True), ("", True)],
)
def test_a_limit_on_instructions_switches_bfloat16_off(monkeypatch, limit, is_kept):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert devices.cpu_has_bfloat16() is is_kept
