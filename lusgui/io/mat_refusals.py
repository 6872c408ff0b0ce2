"""What to say about a MAT-file that holds no image: the variable, its shape, and what to export instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lusgui.base.errors import NotAnImageError, UnreadableFileError
from lusgui.io.mat_node import NodeKind

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.io.mat_choice import Choice
    from lusgui.io.mat_node import MatNode, MatTree

EXPORT_ADVICE = (
    "Run the reconstruction in MATLAB and export the image instead:"
    " save('frames.mat', 'ImgData', 'PData', 'Trans', 'Resource')"
)
SETUP_NAMES = frozenset(
    {"PData", "Trans", "Resource", "Event", "Process", "TX", "Receive", "SeqControl", "TW"}
)


def refuse(path: Path, tree: MatTree, choices: list[Choice], wanted: str | None) -> NoReturn:
    """Say in one sentence why nothing in the file can be opened.

    Parameters
    ----------
    path : Path
        The file.
    tree : MatTree
        What is in it.
    choices : list of Choice
        Everything that came near to an image.
    wanted : str or None
        The variable that was asked for, if any.

    Raises
    ------
    NotAnImageError, UnreadableFileError
    """
    if wanted is not None and not any(_is_of(choice.path, wanted) for choice in choices):
        _refuse_wanted(path, tree, choices, wanted)
    for choice in choices:
        if choice.problem and choice.role != "channel":
            raise UnreadableFileError(
                choice.problem,
                path=path,
                variable=choice.path,
                shape=choice.shape,
                remedy="Save the file again in MATLAB",
            )
    for choice in choices:
        if choice.role == "channel":
            raise NotAnImageError(
                "this is channel data as the elements received it and must be beamformed to be an image",
                path=path,
                variable=choice.path,
                shape=choice.shape,
                remedy=EXPORT_ADVICE,
            )
    for choice in choices:
        if choice.role == "volume":
            raise NotAnImageError(
                "this has more than rows, columns and frames: a volume or colour pictures",
                path=path,
                variable=choice.path,
                shape=choice.shape,
                remedy="Export one plane as [rows, columns, frames], or gray instead of colour",
            )
    empty = _empty_image(tree)
    if empty is not None:
        raise NotAnImageError(
            "it is empty: the image buffer was saved before anything was acquired into it",
            path=path,
            variable=empty.path,
            shape=empty.shape,
            remedy="Freeze after acquiring some frames and save ImgData again",
        )
    names = [node.path for node in tree.variables]
    setup = [name for name in names if name in SETUP_NAMES]
    if setup:
        first = next(node for node in tree.variables if node.path == setup[0])
        raise NotAnImageError(
            f"the file holds only a setup ({', '.join(setup[:6])}) and no image",
            path=path,
            variable=first.path,
            shape=first.shape,
            remedy=EXPORT_ADVICE,
        )
    _refuse_largest(path, tree)


def _is_of(path: str, wanted: str) -> bool:
    return path == wanted or path.startswith((wanted + "{", wanted + ".", wanted + "("))


def _refuse_wanted(path: Path, tree: MatTree, choices: list[Choice], wanted: str) -> NoReturn:
    there = ", ".join(choice.path for choice in choices[:6])
    way_out = f"Choose one of: {there}" if there else EXPORT_ADVICE
    node = tree.find(wanted)
    if node is None:
        raise NotAnImageError("there is no such variable in it", path=path, variable=wanted, remedy=way_out)
    raise NotAnImageError(
        f"it holds {_what(node)}, not an image", path=path, variable=wanted, shape=node.shape, remedy=way_out
    )


def _refuse_largest(path: Path, tree: MatTree) -> NoReturn:
    numbers = [node for node in tree.walk() if node.kind is NodeKind.NUMERIC]
    broken = next((node for node in numbers if node.problem), None)
    if broken is not None:
        raise UnreadableFileError(
            broken.problem, path=path, variable=broken.path, shape=broken.shape, remedy="Save the file again"
        )
    largest = max(numbers, key=lambda node: node.size, default=None)
    if largest is None:
        first = tree.variables[0] if tree.variables else None
        raise NotAnImageError(
            "the file holds no array of numbers" if first else "the file holds no variables",
            path=path,
            variable=first.path if first else None,
            shape=first.shape if first else None,
            remedy=EXPORT_ADVICE,
        )
    raise NotAnImageError(
        "no array in the file has the size of an image; the largest is this one",
        path=path,
        variable=largest.path,
        shape=largest.shape,
        remedy=EXPORT_ADVICE,
    )


def _empty_image(tree: MatTree) -> MatNode | None:
    from lusgui.io.mat_choice import IQ_NAMES, KNOWN_NAMES

    for node in tree.walk():
        if node.name in (*KNOWN_NAMES, *IQ_NAMES) and all(part.size == 0 for part in _ends(node)):
            return node
    return None


def _ends(node: MatNode) -> list[MatNode]:
    parts = [part for part in node.walk() if not part.children and not part.fields]
    return parts or [node]


def _what(node: MatNode) -> str:
    words = {
        NodeKind.CHAR: "text",
        NodeKind.CELL: "a cell without image arrays",
        NodeKind.STRUCT: "settings",
        NodeKind.OTHER: "an object or function handle",
    }
    return words.get(node.kind, "an array that is too small")
