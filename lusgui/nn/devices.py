"""Which device answers, and how it is called for people."""

from __future__ import annotations

import os

import torch

from lusgui.base.errors import ModelError

DEVICE_NAMES = ("auto", "cuda", "mps", "cpu")

_BFLOAT16_IN = ("BF16", "FP16", "AMX", "AVX10")
"""Parts of the names of oneDNN's instruction sets that multiply bfloat16."""


def choose_device(wanted: str = "auto") -> torch.device:
    """Return the device to compute on.

    Parameters
    ----------
    wanted : {"auto", "cuda", "mps", "cpu"}
        ``auto`` takes CUDA where it works, else Apple's MPS, else the CPU.

    Raises
    ------
    ModelError
        If the name is unknown, or that very device was asked for and is not there.
    """
    if wanted not in DEVICE_NAMES:
        raise ModelError(f"there is no device '{wanted[:40]}'", remedy=f"Known: {', '.join(DEVICE_NAMES)}")
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if there[name]))
    if not there[wanted]:
        built = wanted != "cuda" or torch.version.cuda is not None
        cause = f"no {wanted} device answers" if built else "this torch was built without CUDA"
        raise ModelError(cause, remedy="Choose the device 'auto' or 'cpu'")
    return torch.device(wanted)


def describe_device(device: torch.device) -> str:
    """Return what people read in the status bar, e.g. ``CPU, 3 threads``."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} (CUDA)"
    if device.type == "mps":
        return "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def leave_a_core() -> int:
    """Let torch use every core but one, which is the window's; return how many that is."""
    threads = max(usable_cores() - 1, 1)
    torch.set_num_threads(threads)
    return threads


def cpu_has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware; emulated, it is slower than float32.

    A limit on instructions that somebody set for oneDNN, which does the convolutions, is kept to.
    """
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", os.environ.get("DNNL_MAX_CPU_ISA", "")).upper()
    if limit not in ("", "ALL", "DEFAULT") and not any(part in limit for part in _BFLOAT16_IN):
        return False
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        check = getattr(torch.cpu, name, None)
        if check is not None and check():
            return True
    return False


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device has no memory left; torch has no one type for it."""
    if isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text
    )
