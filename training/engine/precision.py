"""What convolutions compute in: chosen by a trial on the device, never by its name alone."""

from __future__ import annotations

import torch
from torch.nn.functional import conv2d

from lusgui.nn.devices import cpu_has_bfloat16
from training.engine.settings import TrainingError

DTYPES = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_precision(wanted: str, device: torch.device) -> torch.dtype | None:
    """Return the dtype of autocast, or None for plain float32.

    ``auto`` takes bfloat16 where the device multiplies it in hardware and a trial passes, else float16 on
    CUDA, else float32. Speed is not timed: the choice, and with it the curve, would change from day to day.

    Parameters
    ----------
    wanted : {"auto", "float32", "bfloat16", "float16"}
        What was asked for.
    device : torch.device
        Where.

    Raises
    ------
    TrainingError
        If the very precision was asked for and the device fails the trial.
    """
    if wanted != "auto":
        dtype = DTYPES[wanted]
        if dtype is not None and not works(dtype, device):
            raise TrainingError(
                f"this device ({device.type}) cannot compute in {wanted}", remedy="Choose precision 'auto'"
            )
        return dtype
    if device.type == "cuda":
        natively = torch.cuda.is_bf16_supported(including_emulation=False)
        candidates = [torch.bfloat16] * natively + [torch.float16]
    else:
        candidates = [torch.bfloat16] if device.type == "cpu" and cpu_has_bfloat16() else []
    return next((dtype for dtype in candidates if works(dtype, device)), None)


def works(dtype: torch.dtype, device: torch.device) -> bool:
    """Whether a convolution and its gradient come out right in a dtype on a device."""
    weight = torch.full((4, 4, 3, 3), 0.125, device=device, requires_grad=True)
    image = torch.ones((1, 4, 8, 8), device=device)
    try:
        with torch.autocast(device.type, dtype):
            out = conv2d(image, weight)
        out.float().sum().backward()
    except (RuntimeError, NotImplementedError):
        return False
    # Winograd's transforms round, so that a hundredth is allowed
    right = bool(((out.float() - 4.5).abs() < 0.045).all())
    return right and weight.grad is not None and bool(((weight.grad - 36.0).abs() < 0.36).all())


def make_scaler(dtype: torch.dtype | None, device: torch.device) -> torch.amp.GradScaler:
    """Return the scaler that keeps small float16 gradients from vanishing; idle in other precisions."""
    return torch.amp.GradScaler(device.type, enabled=dtype is torch.float16)
