"""Names, blocks and permitted arguments of the networks, as data: the window lists what it may not import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lusgui.base.errors import ModelError

UNET_BLOCKS = ("b1", "b2", "b3", "b4", "b5a", "b5b", "b6", "b7", "b8", "b9")
"""Parts of a U-Net that a strategy freezes or trains; the head goes with ``b9``."""

SIZE_STEP = 16
"""Rows and columns of a U-Net's input are multiples of this: four poolings by two."""

MAX_INPUT_SIDE = 2048
"""Larger network inputs are taken for a damaged or hostile file."""


@dataclass(frozen=True)
class NetworkSpec:
    """One architecture.

    Parameters
    ----------
    name : str
        What a checkpoint's header calls it.
    title : str
        What people read.
    blocks : tuple of str
        Names of its blocks, in the order of the data.
    defaults : mapping
        Every argument with its default.
    """

    name: str
    title: str
    blocks: tuple[str, ...]
    defaults: Mapping[str, Any]


_RANGES: dict[str, tuple[float, float]] = {
    "in_channels": (1, 8),
    "out_channels": (1, 32),
    "base_width": (1, 128),
    "dropout": (0.0, 0.9),
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "norm": ("none", "group", "instance"),
    "up": ("transposed", "bilinear"),
    "head": ("plain", "2ch"),
}

_PUBLISHED = {
    "in_channels": 3,
    "out_channels": 1,
    "base_width": 64,
    "norm": "none",
    "up": "transposed",
    "head": "plain",
    "dropout": 0.0,
}

NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        NetworkSpec(
            "lus-unet",
            "U-Net for ultrasound, small and normalised",
            UNET_BLOCKS,
            _PUBLISHED | {"in_channels": 1, "base_width": 16, "norm": "group"},
        ),
        NetworkSpec("x-unet", "X-Unet as published (31,031,745 parameters)", UNET_BLOCKS, _PUBLISHED),
        NetworkSpec(
            "amiri-unet",
            "U-Net of Amiri et al. (31,030,593 parameters)",
            UNET_BLOCKS,
            _PUBLISHED | {"in_channels": 1, "up": "bilinear", "dropout": 0.5},
        ),
    )
}
"""Every architecture by name."""


def check_arguments(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an architecture with its defaults filled in.

    Parameters
    ----------
    name : str
        Architecture.
    arguments : mapping
        Arguments that differ from the defaults; may come from a file nobody vouches for.

    Returns
    -------
    dict
        Every argument, of the right type and within bounds.

    Raises
    ------
    ModelError
        If the architecture or an argument is unknown, of the wrong type or out of bounds.
    """
    spec = NETWORKS.get(name)
    if spec is None:
        raise ModelError(f"there is no network called '{name:.60}'", remedy=f"Known: {', '.join(NETWORKS)}")
    if not isinstance(arguments, Mapping):
        raise ModelError(f"the arguments of {name} are not a table")
    unknown = sorted(str(key)[:40] for key in arguments if key not in spec.defaults)
    if unknown:
        raise ModelError(f"{name} has no argument '{unknown[0]}'")
    return {key: _checked(name, key, arguments.get(key, spec.defaults[key])) for key in spec.defaults}


def _checked(name: str, key: str, value: object) -> str | int | float:
    if key in _CHOICES:
        if not isinstance(value, str) or value not in _CHOICES[key]:
            raise ModelError(f"'{key}' of {name} must be one of {', '.join(_CHOICES[key])}")
        return value
    low, high = _RANGES[key]
    is_whole = isinstance(low, int)
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or (is_whole and not isinstance(value, int))
        or not low <= value <= high
    ):
        raise ModelError(f"'{key}' of {name} must be between {low} and {high}, not {str(value)[:40]}")
    return value if is_whole else float(value)


def check_input_shape(shape: object) -> tuple[int, int]:
    """Return `shape` as (rows, columns) of a network's input.

    Raises
    ------
    ModelError
        If it is not two multiples of 16 between 16 and 2048.
    """
    values = tuple(shape) if isinstance(shape, (list, tuple)) else ()
    good = len(values) == 2 and all(
        isinstance(v, int)
        and not isinstance(v, bool)
        and SIZE_STEP <= v <= MAX_INPUT_SIDE
        and v % SIZE_STEP == 0
        for v in values
    )
    if not good:
        raise ModelError(
            f"the input size must be two multiples of {SIZE_STEP} up to {MAX_INPUT_SIDE},"
            f" not {str(shape)[:60]}"
        )
    return int(values[0]), int(values[1])
