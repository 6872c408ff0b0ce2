"""Names, tasks, blocks and arguments of the networks, as data: the window lists what it may not import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lusgui.base.errors import ModelError

UNET_BLOCKS = ("b1", "b2", "b3", "b4", "b5a", "b5b", "b6", "b7", "b8", "b9")
"""Parts of a U-Net that a strategy freezes or trains; the head goes with ``b9``."""

ENCODER_BLOCKS = ("e1", "e2", "e3", "e4", "e5")
"""Levels of an encoder, from the image down."""

DECODER_BLOCKS = ("d4", "d3", "d2", "d1")
"""Levels of a decoder, from the bottleneck up; the head goes with ``d1``."""

CLICK_BLOCKS = ("encoder", "decoder", "fine")
"""Parts of a network that answers clicks."""

SIZE_STEP = 16
"""Rows and columns of a network's input are multiples of this: four poolings by two."""

MAX_INPUT_SIDE = 2048
"""Larger network inputs are taken for a damaged or hostile file."""

SEGMENT: Final = "segment"
LOCATE: Final = "locate"
DETECT: Final = "detect"
CLICK: Final = "click"

TASKS: dict[str, str] = {
    SEGMENT: "masks",
    LOCATE: "points",
    DETECT: "boxes",
    CLICK: "masks of what is clicked on",
}
"""What a network of each task gives for a frame."""


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
    task : {"segment", "locate", "detect", "click"}
        Whether it gives masks, points, boxes, or masks of what is clicked on.
    limits : mapping
        Bounds (low, high) of the numbers, or the permitted texts, where they differ from those of the rest.
    """

    name: str
    title: str
    blocks: tuple[str, ...]
    defaults: Mapping[str, Any]
    task: str = SEGMENT
    limits: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def limits_of(self, key: str) -> tuple[Any, ...]:
        """Return the bounds (low, high) or the permitted texts of an argument."""
        return self.limits.get(key, _LIMITS[key])

    @property
    def width_key(self) -> str:
        """The argument that scales the network: ``base_width``, or the width of the part that draws."""
        return "base_width" if "base_width" in self.defaults else "fine_width"

    def at_width(self, width: int) -> dict[str, int]:
        """Return the arguments that give the network a width; what goes before it is scaled alike."""
        scaled = {self.width_key: width}
        if "coarse_width" in self.defaults:
            ratio = self.defaults["coarse_width"] / self.defaults["fine_width"]
            scaled["coarse_width"] = max(1, round(width * ratio))
        return scaled


_LIMITS: dict[str, tuple[Any, ...]] = {
    "in_channels": (1, 8),
    "out_channels": (1, 32),
    "base_width": (1, 128),
    "coarse_width": (1, 128),
    "fine_width": (1, 128),
    "coarse_side": (32, 512),
    "fine_side": (32, 512),
    "margin": (1.0, 8.0),
    "dropout": (0.0, 0.9),
    "norm": ("none", "group", "instance", "batch"),
    "up": ("transposed", "bilinear"),
    "head": ("plain", "2ch"),
    "input_side": (32, 1024),
    "grid": (1, 32),
    "boxes": (1, 8),
    "classes": (1, 32),
    "hidden": (0, 8192),
}

_SIDES = ("input_side", "coarse_side", "fine_side")

_PUBLISHED = {
    "in_channels": 3,
    "out_channels": 1,
    "base_width": 64,
    "norm": "none",
    "up": "transposed",
    "head": "plain",
    "dropout": 0.0,
}
_HU = {"in_channels": 1, "out_channels": 1, "base_width": 16, "norm": "batch", "dropout": 0.2}
_YOLO = {"in_channels": 3, "grid": 7, "boxes": 2, "classes": 1, "hidden": 0}
_YOLO_LIMITS: dict[str, tuple[Any, ...]] = {"head": ("fc2", "local", "connected")}

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
        NetworkSpec(
            "v-unet",
            "V-Unet, a VGG16 under a mirrored decoder (28,804,545 parameters)",
            ENCODER_BLOCKS + DECODER_BLOCKS,
            {"in_channels": 3, "out_channels": 1, "base_width": 64, "norm": "none", "dropout": 0.0},
            limits={"in_channels": (3, 3)},
        ),
        NetworkSpec(
            "hu-localizer",
            "Localizer of Hu et al.: an encoder and a linear layer to points",
            (*ENCODER_BLOCKS, "head"),
            _HU | {"input_side": 256},
            LOCATE,
        ),
        NetworkSpec(
            "hu-unet",
            "U-Net on the localizer's encoder, after Hu et al.",
            ENCODER_BLOCKS + DECODER_BLOCKS,
            _HU,
        ),
        NetworkSpec(
            "zoom-unet",
            "Two U-Nets: a coarse one finds the structure, a fine one looks at a square around it",
            UNET_BLOCKS,
            {
                "in_channels": 1,
                "out_channels": 3,
                "coarse_width": 8,
                "fine_width": 16,
                "coarse_side": 160,
                "fine_side": 160,
                "margin": 2.4,
                "norm": "group",
                "up": "transposed",
            },
        ),
        NetworkSpec(
            "yolo-v1",
            "YOLO v1 with 24 convolutions, as Ramos et al. used it",
            ("s1", "s2", "s3", "s4", "s5", "s6", "head"),
            _YOLO | {"base_width": 64, "input_side": 448, "head": "fc2", "dropout": 0.5},
            DETECT,
            _YOLO_LIMITS,
        ),
        NetworkSpec(
            "yolo-tiny",
            "Tiny YOLO with 8 convolutions, as Ramos et al. used it",
            ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "head"),
            _YOLO | {"base_width": 16, "input_side": 224, "head": "connected", "dropout": 0.0},
            DETECT,
            _YOLO_LIMITS | {"base_width": (1, 32)},
        ),
        NetworkSpec(
            "click-net",
            "Click to segment: an encoder once a frame, a light decoder a click, a fine network on a crop",
            CLICK_BLOCKS,
            {
                "in_channels": 1,
                "out_channels": 1,
                "base_width": 16,
                "fine_width": 12,
                "coarse_side": 144,
                "fine_side": 128,
                "norm": "group",
            },
            CLICK,
            {"out_channels": (1, 1), "coarse_side": (64, 512)},
        ),
    )
}
"""Every architecture by name."""


def spec_of(name: str) -> NetworkSpec:
    """Return an architecture by name.

    Raises
    ------
    ModelError
        If there is none of that name; the message names those there are.
    """
    spec = NETWORKS.get(name)
    if spec is None:
        raise ModelError(f"there is no network called '{name:.60}'", remedy=f"Known: {', '.join(NETWORKS)}")
    return spec


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
    spec = spec_of(name)
    if not isinstance(arguments, Mapping):
        raise ModelError(f"the arguments of {name} are not a table")
    unknown = sorted(str(key)[:40] for key in arguments if key not in spec.defaults)
    if unknown:
        raise ModelError(f"{name} has no argument '{unknown[0]}'")
    return {key: _checked(spec, key, arguments.get(key, spec.defaults[key])) for key in spec.defaults}


def _checked(spec: NetworkSpec, key: str, value: object) -> str | int | float:
    limits = spec.limits_of(key)
    if isinstance(limits[0], str):
        if not isinstance(value, str) or value not in limits:
            raise ModelError(f"'{key}' of {spec.name} must be one of {', '.join(limits)}")
        return value
    low, high = limits
    is_whole = isinstance(low, int)
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or (is_whole and not isinstance(value, int))
        or not low <= value <= high
    ):
        raise ModelError(f"'{key}' of {spec.name} must be between {low} and {high}, not {str(value)[:40]}")
    if key in _SIDES and value % SIZE_STEP:
        raise ModelError(f"'{key}' of {spec.name} must be a multiple of {SIZE_STEP}, not {value}")
    return value if is_whole else float(value)


def count_labels(name: str, arguments: Mapping[str, Any]) -> int:
    """Return how many labels a network tells apart.

    Masks have one output channel a label, points two numbers (row, column) a label, boxes one class a label.

    Parameters
    ----------
    name : str
        Architecture.
    arguments : mapping
        As `check_arguments` gives them.
    """
    return int(arguments["classes" if spec_of(name).task == DETECT else "out_channels"])


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


def check_input_fits(name: str, arguments: Mapping[str, Any], shape: tuple[int, int]) -> None:
    """Refuse an input size that a network with a dense layer was not built for.

    Raises
    ------
    ModelError
        If the network takes only squares of its ``input_side`` and `shape` is another.
    """
    side = arguments.get("input_side")
    if side is not None and tuple(shape) != (side, side):
        raise ModelError(f"{name} was built for inputs of {side} x {side}, not {shape[0]} x {shape[1]}")
