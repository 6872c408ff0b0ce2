"""Which variable of a MAT-file is the recording: candidates, their rank, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lusgui.io.mat_node import NodeKind

if TYPE_CHECKING:
    from lusgui.io.mat_node import MatNode, MatTree

LEAST_SIDE = 32
"""Smaller arrays of unknown name are settings, not images."""
LEAST_KNOWN_SIDE = 8
KNOWN_NAMES = (
    "ImgDataP",
    "ImgData",
    "Img",
    "BMode",
    "bmode",
    "ImageData",
    "ImageData_tot",
    "pixels",
    "data",
    "I",
    "env",
    "despeckled",
)
IQ_NAMES = ("IQData", "IQ", "IQdata", "iq", "IQBuffer")
PAIRS = (("I_Data", "Q_Data"), ("IData", "QData"), ("I", "Q"), ("Idata", "Qdata"), ("InPhase", "Quadrature"))
RF_NAMES = ("RF", "rf", "RFdata", "rfdata", "rf_data", "RF_data")
CHANNEL_NAMES = ("RcvData", "RFData", "RcvDataLast", "rcvdata", "Rcv", "ChannelData", "channel_data")
DELAY_FIELDS = ("TXdelay", "txdelay", "TxDelay")


@dataclass(eq=False)
class Choice:
    """One way to read a recording out of the file.

    Parameters
    ----------
    path : str
        What it is called, e.g. ``ImgData{1}`` or ``I_Data+Q_Data``.
    nodes : list of MatNode
        One node; two for an I/Q pair; one a frame for a cell of frames.
    role : str
        ``image``, ``cell``, ``pair``, ``rf`` or ``channel``.
    axes : str
        What each axis is, in MATLAB's order, of ``h``, ``w``, ``t``, ``1``.
    score : float
        Higher is more likely.
    reason : str
        Why.
    problem : str
        Why it cannot be read, if it cannot.
    remarks : list of str
        What the person should know if it is chosen.
    numbers : tuple of int
        For a cell of frames, the 1-based element of each frame; empty where that is 1, 2, 3, ...
    """

    path: str
    nodes: list[MatNode]
    role: str
    axes: str
    score: float
    reason: str
    problem: str = ""
    remarks: list[str] = field(default_factory=list)
    numbers: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape as MATLAB would state it; of the cell for a cell of frames."""
        first = self.nodes[0].shape
        return (*first, len(self.nodes)) if self.role == "cell" else first

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Declared element type."""
        return self.nodes[0].dtype or np.dtype("f8")

    def lengths(self) -> tuple[int, int, int]:
        """Return frames, rows and columns."""
        shape = self.nodes[0].shape
        frames = len(self.nodes) if self.role == "cell" else 1
        if "t" in self.axes and self.role != "cell":
            frames = shape[self.axes.index("t")]
        return frames, shape[self.axes.index("h")], shape[self.axes.index("w")]


def guess_axes(shape: tuple[int, ...], pixel_size: tuple[int, int] | None = None) -> str | None:
    """Return what each axis is, e.g. ``hw1t``, or None where it cannot be an image.

    Parameters
    ----------
    shape : tuple of int
        In MATLAB's order.
    pixel_size : tuple of int, optional
        Rows and columns that the settings state; tells a transposed array.
    """
    long = [axis for axis, length in enumerate(shape) if length != 1]
    if len(shape) < 2 or len(long) > 3:
        return None
    letters = ["1"] * len(shape)
    if len(long) < 2 or shape[0] == 1 or shape[1] == 1:
        # A stack of one line a frame, or [1, rows, columns]: take the long axes in their order.
        if len(long) < 2:
            return None
        picture, rest = long[:2], long[2:]
    else:
        picture, rest = [0, 1], long[2:]
        if len(long) == 3 and shape[0] < LEAST_SIDE <= min(shape[long[1]], shape[long[2]]):
            picture, rest = long[1:], [0]
    sides = (shape[picture[0]], shape[picture[1]])
    first, second = ("h", "w")
    if pixel_size is not None and sides != pixel_size and sides == pixel_size[::-1]:
        first, second = ("w", "h")
    letters[picture[0]], letters[picture[1]] = first, second
    if rest:
        letters[rest[0]] = "t"
    return "".join(letters)


def list_choices(tree: MatTree, pixel_size: tuple[int, int] | None = None) -> list[Choice]:
    """Return every variable that could be the recording, best first.

    Parameters
    ----------
    tree : MatTree
        The listed file.
    pixel_size : tuple of int, optional
        Rows and columns from the settings.
    """
    has_delays = any(part.get(*DELAY_FIELDS) is not None for part in tree.walk() if part.fields)
    has_delays = has_delays or tree.variable(*DELAY_FIELDS) is not None
    choices: list[Choice] = []
    paired: set[str] = set()
    for siblings in _families(tree):
        choices.extend(_pairs(siblings, paired, pixel_size))
    for node in tree.walk():
        if node.kind is NodeKind.CELL:
            choices.extend(_cell_of_frames(node.path, node.children, pixel_size))
        for name, nodes in node.fields.items():
            if len(nodes) > 1:
                choices.extend(_cell_of_frames(f"{node.path}.{name}", nodes, pixel_size))
        if node.kind is NodeKind.NUMERIC and node.path not in paired:
            found = _single(node, has_delays, pixel_size)
            if found is not None:
                choices.append(found)
    if pixel_size is not None:
        for choice in choices:
            if choice.lengths()[1:] == pixel_size and choice.role != "channel":
                choice.score += 8
                choice.reason += "; its size is that of PData"
    return sorted(choices, key=lambda choice: -choice.score)


def by_name(tree: MatTree, path: str, pixel_size: tuple[int, int] | None = None) -> Choice | None:
    """Return the choice the person named, also one that would not have been a candidate."""
    choices = list_choices(tree, pixel_size)
    exact = [choice for choice in choices if choice.path == path]
    below = [choice for choice in choices if re.match(re.escape(path) + r"[.{(]", choice.path)]
    if exact or below:
        return (exact or below)[0]
    node = tree.find(path)
    if node is None or node.kind is not NodeKind.NUMERIC:
        return None
    axes = guess_axes(node.shape, pixel_size) or ("hw" + "1" * 30)[: len(node.shape)]
    return Choice(path, [node], "image", axes, 0.0, "named by the person", node.problem)


def _families(tree: MatTree) -> list[list[MatNode]]:
    """Return groups of nodes that lie side by side."""
    groups = [tree.variables]
    groups += [[nodes[0] for nodes in node.fields.values() if nodes] for node in tree.walk() if node.fields]
    return groups


def _pairs(siblings: list[MatNode], paired: set[str], pixel_size: tuple[int, int] | None) -> list[Choice]:
    found = []
    named = {node.name: node for node in siblings}
    for real_name, imaginary_name in PAIRS:
        real, imaginary = named.get(real_name), named.get(imaginary_name)
        if real is None or imaginary is None:
            continue
        for one, other in zip(_leaves(real), _leaves(imaginary), strict=False):
            axes = guess_axes(one.shape, pixel_size)
            if not (one.is_numeric and other.is_numeric) or one.shape != other.shape or axes is None:
                continue
            if not _is_large(one.shape, axes, LEAST_KNOWN_SIDE):
                continue
            path = f"{one.path}+{other.path}"
            paired.update({one.path, other.path})
            reason = "in-phase and quadrature parts that belong together; their magnitude is the image"
            found.append(Choice(path, [one, other], "pair", axes, 66.0 - path.count("."), reason))
    return found


def _leaves(node: MatNode) -> list[MatNode]:
    return node.children if node.kind is NodeKind.CELL else [node]


def _cell_of_frames(path: str, nodes: list[MatNode], pixel_size: tuple[int, int] | None) -> list[Choice]:
    filled = [node for node in nodes if node.size > 0]
    if len(filled) < 2 or len({(node.shape, node.dtype) for node in filled}) != 1:
        return []
    axes = guess_axes(filled[0].shape, pixel_size)
    if axes is None or "t" in axes or not all(node.is_numeric for node in filled):
        return []
    score, reason, role = _rank(filled[0])
    if role == "channel" or not _is_large(
        filled[0].shape, axes, LEAST_KNOWN_SIDE if score >= 30 else LEAST_SIDE
    ):
        return []
    remarks = []
    numbers: tuple[int, ...] = ()
    if len(filled) < len(nodes):
        remarks.append(f"{len(nodes) - len(filled)} empty elements of '{path}' were left out.")
        numbers = tuple(number for number, node in enumerate(nodes, start=1) if node.size > 0)
    # One score above its elements, which are candidates as well.
    reason = f"one frame an element; {reason}"
    return [Choice(path, filled, "cell", axes, score + 1, reason, "", remarks, numbers)]


def _single(node: MatNode, has_delays: bool, pixel_size: tuple[int, int] | None) -> Choice | None:
    if node.dtype is None:
        return None
    score, reason, role = _rank(node)
    axes = guess_axes(node.shape, pixel_size)
    if role == "rf" and has_delays:
        role, score = "channel", -40.0
        reason = "echoes of single elements: the settings carry transmit delays"
    least = LEAST_KNOWN_SIDE if score >= 30 or role in ("channel", "rf") else LEAST_SIDE
    if axes is None:
        long = sorted(length for length in node.shape if length != 1)
        if role != "channel" and len(long) == 4 and long[-2] >= LEAST_SIDE:
            axes, role, score = ("hw" + "t" * 30)[: len(node.shape)], "volume", -60.0
            reason = "more than three axes: a volume or colour"
        else:
            return None
    if not _is_large(node.shape, axes, least):
        return None
    problem = node.problem
    choice = Choice(node.path, [node], role, axes, score, reason, problem)
    if problem:
        choice.score -= 30
    if axes.index("w") < axes.index("h"):
        choice.remarks.append(f"'{node.path}' was stored with columns first, as PData tells.")
    return choice


def _is_large(shape: tuple[int, ...], axes: str, least: int) -> bool:
    return min(shape[axes.index("h")], shape[axes.index("w")]) >= least


def _rank(node: MatNode) -> tuple[float, str, str]:
    """Return score, reason and role of a node by its name and type."""
    names = [re.sub(r"[({]\d+[)}]", "", part) for part in node.path.split(".")]
    depth = 0.5 * (len(names) - 1) + 0.05 * _last_index(node.path)
    # The nearest known name counts: ``ImgData`` of ``rfiq.ImgData{1}.frame`` too.
    for name in reversed(names):
        if name in CHANNEL_NAMES:
            return -50.0, f"'{name}' is what Verasonics calls channel data", "channel"
        if name in KNOWN_NAMES:
            place = KNOWN_NAMES.index(name)
            return 100.0 - 2 * place - depth, f"'{name}' is a name that image data go by", "image"
        if name in IQ_NAMES:
            return (
                68.0 - depth,
                f"'{name}' is a name that I/Q data go by; their magnitude is the image",
                "image",
            )
        if name in RF_NAMES:
            return 40.0 - depth, f"'{name}' is a name that beamformed RF lines go by", "rf"
    folded = {name.casefold(): name for name in KNOWN_NAMES if len(name) > 1}
    for name in reversed(names):
        if name.casefold() in folded:
            return 60.0 - depth, f"'{name}' is nearly '{folded[name.casefold()]}'", "image"
    last = names[-1].casefold()
    if node.dtype is not None and node.dtype.kind == "b":
        return 5.0 - depth, "true and false only: more likely a mask than an image", "image"
    if last.startswith(("mask", "probability", "label")):
        return 6.0 - depth, "its name is that of a mask", "image"
    if node.dtype is not None and node.dtype.kind == "c":
        return 32.0 - depth, "complex numbers of the size of an image", "image"
    return 20.0 - depth, "numbers of the size of an image, under a name that says nothing", "image"


def _last_index(path: str) -> int:
    found = re.findall(r"[({](\d+)[)}]", path)
    return int(found[-1]) if found else 0
