"""The tree of variables in a MAT-file, the same for every version: names and shapes, no pixels yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress

SMALL_ELEMENTS = 8192
"""Arrays up to this size are read while listing: settings, axes, names."""
MAX_DEPTH = 12
MAX_NODES = 20_000
MAX_AXES = 32

Index = tuple[int | slice, ...]
"""One entry an axis in MATLAB's order: an integer, or ``slice(None)`` for the two axes of the image."""


class NodeKind(StrEnum):
    """What a variable is."""

    NUMERIC = "numeric"
    CHAR = "char"
    CELL = "cell"
    STRUCT = "struct"
    OTHER = "other"
    """Function handles, objects, sparse matrices: skipped."""


class StoredArray(Protocol):
    """Numbers of one variable, wherever they lie."""

    def prepare(self, progress: Progress, limit_bytes: int | None) -> None:
        """Check what can be checked, and load what cannot be read in parts."""

    def plane(self, index: Index) -> NDArray[Any]:
        """Return the part at `index`, its axes in MATLAB's order."""

    def frames_are_cheap(self) -> bool:
        """Whether every frame can be looked at without much time."""


@dataclass(eq=False)
class MatNode:
    """One variable, cell element or field.

    Parameters
    ----------
    path : str
        As one would write it in MATLAB, e.g. ``rfiq.ImgData{1}``.
    kind : NodeKind
        What it is.
    shape : tuple of int
        In MATLAB's order.
    dtype : numpy.dtype or None
        Declared class of numbers, native byte order; complex where there is an imaginary part.
    value : ndarray, str or None
        The content of small arrays and texts.
    children : list of MatNode
        Elements of a cell, column by column.
    fields : dict
        Field name to one node an element of a struct array.
    array : StoredArray or None
        Where the numbers are.
    problem : str
        Why it cannot be read, if it cannot.
    """

    path: str
    kind: NodeKind
    shape: tuple[int, ...] = ()
    dtype: np.dtype[Any] | None = None
    value: NDArray[Any] | str | None = None
    children: list[MatNode] = field(default_factory=list)
    fields: dict[str, list[MatNode]] = field(default_factory=dict)
    array: StoredArray | None = None
    problem: str = ""

    @property
    def size(self) -> int:
        """Number of elements."""
        count = 1
        for length in self.shape:
            count *= length
        return count

    @property
    def nbytes(self) -> int:
        """Bytes of the declared class."""
        return self.size * (self.dtype.itemsize if self.dtype is not None else 0)

    @property
    def name(self) -> str:
        """Last name in the path, without index: ``ImgData`` of ``rfiq.ImgData{1}``."""
        last = self.path.rsplit(".", 1)[-1]
        return last.split("{", 1)[0].split("(", 1)[0]

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers that can be read."""
        return self.kind is NodeKind.NUMERIC and not self.problem and self.array is not None

    def walk(self) -> Iterator[MatNode]:
        """Yield this node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()
        for nodes in self.fields.values():
            for node in nodes:
                yield from node.walk()

    def get(self, *names: str, element: int = 0) -> MatNode | None:
        """Return the first field of that name (capitals do not matter), looking through 1 x 1 cells."""
        node = self
        while node.kind is NodeKind.CELL and len(node.children) == 1:
            node = node.children[0]
        for name in names:
            for own, nodes in node.fields.items():
                if own.casefold() == name.casefold() and element < len(nodes):
                    return nodes[element]
        return None

    def vector(self) -> NDArray[np.float64] | None:
        """Return a small real array as flat float64, looking through 1 x 1 cells, else None."""
        node = self
        while node.kind is NodeKind.CELL and len(node.children) == 1:
            node = node.children[0]
        if not isinstance(node.value, np.ndarray) or node.value.dtype.kind not in "fiub":
            return None
        return node.value.astype(np.float64).ravel(order="F")

    def scalar(self) -> float | None:
        """Return the first number if it is finite, else None."""
        values = self.vector()
        if values is None or values.size == 0 or not np.isfinite(values[0]):
            return None
        return float(values[0])

    def text(self) -> str | None:
        """Return a text, looking through 1 x 1 cells, else None."""
        node = self
        while node.kind is NodeKind.CELL and len(node.children) == 1:
            node = node.children[0]
        return node.value if isinstance(node.value, str) else None


@dataclass
class MatTree:
    """The listed variables of one file.

    Parameters
    ----------
    path : Path
        The file.
    container : str
        E.g. ``MAT v7``.
    variables : list of MatNode
        Top-level variables in file order.
    warnings : list of str
        What was skipped, one sentence each.
    """

    path: Path
    container: str
    variables: list[MatNode] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def variable(self, *names: str) -> MatNode | None:
        """Return the first top-level variable of that name; exact capitals are preferred."""
        for name in names:
            for node in self.variables:
                if node.path == name:
                    return node
        for name in names:
            for node in self.variables:
                if node.path.casefold() == name.casefold():
                    return node
        return None

    def find(self, path: str) -> MatNode | None:
        """Return the node whose path is `path`."""
        return next((node for node in self.walk() if node.path == path), None)

    def walk(self) -> Iterator[MatNode]:
        """Yield every node."""
        for node in self.variables:
            yield from node.walk()

    def struct(self, *names: str) -> MatNode | None:
        """Return a struct of that name at the top, or else one level down in a wrapper."""
        found = self.variable(*names)
        if found is not None:
            return found
        for node in self.variables:
            inner = node.get(*names)
            if inner is not None:
                return inner
        return None
