"""The same numbers every time, as far as the device can."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """Compute repeatably within the block, and leave the caller's random numbers as they were.

    On CUDA kernels that add in any order are replaced; torch warns of those for which there is no other.

    Parameters
    ----------
    device : torch.device
        Where the block computes.
    """
    if device.type != "cuda":
        with torch.random.fork_rng([]):
            yield
        return
    # cuBLAS adds in one order only with a work space of fixed size
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled()
    only_warned = torch.is_deterministic_algorithms_warn_only_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        with (
            torch.random.fork_rng([device]),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
        ):
            yield
    finally:
        torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
        torch.use_deterministic_algorithms(before, warn_only=only_warned)
