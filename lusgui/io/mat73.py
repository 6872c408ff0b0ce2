"""MAT v7.3: HDF5 with its axes reversed, read frame by frame."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError, UnreadableFileError
from lusgui.io.mat5_streams import MAX_RATIO, damaged
from lusgui.io.mat_node import (
    MAX_AXES,
    MAX_DEPTH,
    MAX_NODES,
    SMALL_ELEMENTS,
    MatNode,
    MatTree,
    NodeKind,
)
from lusgui.io.memory import refuse_too_large

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import h5py
    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.io.mat_node import Index

MAGIC = b"\x89HDF\r\n\x1a\n"
CACHE_BYTES = 32 * 1024 * 1024
"""Inflated chunks kept, so that the neighbours of a frame in the same chunks come for free."""
_SAFE_FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})
_MAX_CELL = 4096


def is_mat73(path: Path) -> bool:
    """Whether the HDF5 signature stands at 0, 512, 1024, 2048 ... as the format allows."""
    with path.open("rb") as stream:
        at = 0
        while at <= 1 << 20:
            stream.seek(at)
            found = stream.read(8)
            if len(found) < 8:
                return False
            if found == MAGIC:
                return True
            at = at * 2 if at else 512
    return False


@contextmanager
def hdf5_errors(path: Path, variable: str | None = None) -> Iterator[None]:
    """Turn whatever the HDF5 library raises on a damaged file into our own error."""
    try:
        yield
    except LusguiError:
        raise
    except MemoryError as error:
        raise damaged(path, "it asks for more memory than there is", variable) from error
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise damaged(path, "the file is cut short or damaged", variable) from error


def open_mat73(path: Path) -> tuple[MatTree, h5py.File]:
    """List the variables of a v7.3 file and return it opened.

    Raises
    ------
    UnreadableFileError
        If the file is cut short or damaged.
    """
    import h5py

    with hdf5_errors(path):
        # The share of preempted chunks stays at its default: at 1.0 the library keeps every chunk it read.
        file = h5py.File(path, "r", locking=False, rdcc_nbytes=CACHE_BYTES, rdcc_nslots=10007)
    try:
        with hdf5_errors(path):
            tree = MatTree(path, "MAT v7.3")
            lister = _Lister(path, file, tree)
            for name in file:
                if not name.startswith("#"):
                    lister.top(name)
    except BaseException:
        file.close()
        raise
    return tree, file


class _Lister:
    """Builds nodes from groups, datasets and references."""

    def __init__(self, path: Path, file: h5py.File, tree: MatTree) -> None:
        self._path = path
        self._file = file
        self._tree = tree
        self._nodes = 0
        self._above: list[tuple[int, int]] = []

    def top(self, name: str) -> None:
        node = self._linked(self._file, name, name, 0)
        if node is not None:
            self._tree.variables.append(node)

    def _linked(self, group: h5py.Group, name: str, path: str, depth: int) -> MatNode | None:
        import h5py

        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            self._tree.warnings.append(f"'{path}' points elsewhere and was not followed.")
            return None
        return self._node(group[name], path, depth)

    def _node(self, item: h5py.HLObject, path: str, depth: int) -> MatNode:
        import h5py

        node = MatNode(path, NodeKind.OTHER)
        self._nodes += 1
        info = h5py.h5o.get_info(item.id)
        identity = (int(info.fileno), int(info.addr))
        if depth >= MAX_DEPTH or self._nodes > MAX_NODES or identity in self._above:
            self._tree.warnings.append(f"'{path}' was not listed: it lies too deep or holds itself.")
            return node
        self._above.append(identity)
        try:
            if isinstance(item, h5py.Group):
                self._group(item, node, depth)
            elif isinstance(item, h5py.Dataset):
                self._dataset(item, node, depth)
        finally:
            self._above.pop()
        return node

    def _group(self, group: h5py.Group, node: MatNode, depth: int) -> None:
        import h5py

        if _attribute(group, "MATLAB_class") not in ("struct", "") or "MATLAB_object_decode" in group.attrs:
            return
        node.kind, node.shape = NodeKind.STRUCT, (1, 1)
        for name in group:
            if self._nodes > MAX_NODES:
                break
            part = self._linked(group, name, f"{node.path}.{name}", depth + 1)
            if part is None:
                continue
            node.fields[name] = [part]
            item = group[name]
            is_bare = isinstance(item, h5py.Dataset) and not _attribute(item, "MATLAB_class")
            if is_bare and part.kind is NodeKind.CELL:
                # A struct array keeps each field as a bare list of references, one an element.
                count = len(part.children)
                node.shape = (1, max(count, node.size))
                for number, child in enumerate(part.children, start=1):
                    _rename(child, f"{node.path}({number}).{name}")
                node.fields[name] = part.children

    def _dataset(self, data: h5py.Dataset, node: MatNode, depth: int) -> None:
        import h5py

        kind = _attribute(data, "MATLAB_class")
        if "MATLAB_object_decode" in data.attrs or kind in ("function_handle", "FileWrapper__"):
            return
        if data.ndim > MAX_AXES or data.shape is None:
            return
        node.shape = tuple(int(length) for length in reversed(data.shape))
        if len(node.shape) < 2:
            node.shape = (*((1,) * (2 - len(node.shape))), *node.shape)
        if "MATLAB_empty" in data.attrs:
            dims = data[()] if data.size <= MAX_AXES else ()
            node.shape = tuple(int(length) for length in np.ravel(dims)) or (0, 0)
            node.kind = {"cell": NodeKind.CELL, "struct": NodeKind.STRUCT, "char": NodeKind.CHAR}.get(
                kind, NodeKind.NUMERIC
            )
            node.dtype = np.dtype("f8")
            return
        if h5py.check_ref_dtype(data.dtype) is h5py.Reference:
            self._cell(data, node, depth)
            return
        dtype = _declared(data.dtype, kind)
        if dtype is None:
            return
        node.kind, node.dtype = NodeKind.NUMERIC, dtype
        node.problem = _problem(data)
        if node.problem:
            return
        node.array = DatasetArray(self._path, node, data)
        if data.size <= SMALL_ELEMENTS and dtype.kind != "c":
            values = np.asarray(data[()]).T.astype(dtype)
            node.value = values.reshape(node.shape)
            if kind == "char":
                node.kind, node.array = NodeKind.CHAR, None
                node.value = "".join(map(chr, values.astype(np.uint16).ravel(order="F").tolist()))
        elif kind == "char":
            node.kind, node.array = NodeKind.CHAR, None

    def _cell(self, data: h5py.Dataset, node: MatNode, depth: int) -> None:
        node.kind = NodeKind.CELL
        node.problem = _problem(data)
        if node.problem:
            return
        if data.size > _MAX_CELL:
            node.problem = "it holds more elements than are listed"
            self._tree.warnings.append(f"'{node.path}' was not listed: it holds {data.size} elements.")
            return
        # Reading the references in their stored order is MATLAB's column order.
        for number, reference in enumerate(np.ravel(data[()]), start=1):
            path = f"{node.path}{{{number}}}"
            if not reference:
                node.children.append(MatNode(path, NodeKind.NUMERIC, (0, 0), np.dtype("f8")))
                continue
            node.children.append(self._node(self._file[reference], path, depth + 1))


class DatasetArray:
    """Numbers of one dataset, read in the parts that are asked for.

    Parameters
    ----------
    path : Path
        For messages.
    node : MatNode
        What the numbers belong to.
    data : h5py.Dataset
        The dataset, axes reversed.
    """

    def __init__(self, path: Path, node: MatNode, data: h5py.Dataset) -> None:
        self._path = path
        self._node = node
        self._data = data
        self._limit: int | None = None

    def frames_are_cheap(self) -> bool:
        """Whether every frame can be looked at without much time."""
        return self._node.nbytes < 48 * 1024 * 1024

    def prepare(self, progress: Progress, limit_bytes: int | None) -> None:
        """Refuse what one frame or one chunk of which cannot fit."""
        self._limit = limit_bytes
        with hdf5_errors(self._path, self._node.path):
            chunk = self._data.chunks
            size = self._data.dtype.itemsize
        wanted = size
        for length in chunk or ():
            wanted *= length
        if chunk:
            refuse_too_large(
                2 * wanted, limit_bytes, path=self._path, variable=self._node.path, shape=self._node.shape
            )

    def plane(self, index: Index) -> NDArray[Any]:
        """Return the part at `index` in the declared class, its axes in MATLAB's order."""
        node = self._node
        count = 1
        for place, length in zip(index, node.shape, strict=True):
            count *= length if isinstance(place, slice) else 1
        refuse_too_large(count * 16, self._limit, path=self._path, variable=node.path, shape=node.shape)
        with hdf5_errors(self._path, node.path):
            if not self._data.id.valid:
                raise UnreadableFileError("it was closed", path=self._path)
            part = np.asarray(self._data[tuple(reversed(index))[: self._data.ndim]])
        if part.dtype.names:
            part = part[part.dtype.names[0]] + 1j * part[part.dtype.names[1]]
        part = part.T
        return part if node.dtype is None else part.astype(node.dtype, copy=False)


def _attribute(item: h5py.HLObject, name: str) -> str:
    value = item.attrs.get(name, b"")
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else b""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _declared(dtype: np.dtype[Any], kind: str) -> np.dtype[Any] | None:
    """Return the MATLAB class as a numpy type; None for what holds no numbers."""
    if dtype.names is not None:
        if len(dtype.names) != 2 or [name[:1].lower() for name in dtype.names] not in (["r", "i"],):
            return None
        part = dtype[0]
        if part.kind not in "fiu" or dtype[1].kind not in "fiu":
            return None
        return np.dtype("complex64" if part.itemsize <= 4 and part.kind == "f" else "complex128")
    if kind == "logical" or dtype.kind == "b":
        return np.dtype("bool") if dtype.kind in "biu" else None
    named = {"double": "f8", "single": "f4"}.get(kind)
    if dtype.kind not in "fiuc" or dtype.itemsize > 16:
        return None
    if dtype.kind == "f" and dtype.itemsize not in (2, 4, 8):
        return None
    if kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        return np.dtype(kind)
    return np.dtype(named) if named and dtype.kind != "c" else dtype.newbyteorder("=")


def _problem(data: h5py.Dataset) -> str:
    """Return why a dataset must not be read, or nothing."""
    import h5py

    creation = data.id.get_create_plist()
    layout = creation.get_layout()
    if layout == h5py.h5d.VIRTUAL or creation.get_external_count() > 0:
        return "its numbers lie in other files, which is not followed"
    if layout == h5py.h5d.CHUNKED:
        filters = {creation.get_filter(number)[0] for number in range(creation.get_nfilters())}
        if filters - _SAFE_FILTERS:
            return "it is compressed by a method that needs a plug-in; save it again in MATLAB"
    count = 1
    for length in data.shape:
        count *= int(length)
    wanted = count * data.dtype.itemsize
    stored = data.id.get_storage_size()
    if wanted > stored * MAX_RATIO + 4096:
        return "it states far more elements than the file holds"
    return ""


def _rename(node: MatNode, path: str) -> None:
    """Give a node and all below it a new path."""
    old = len(node.path)
    for part in node.walk():
        part.path = path + part.path[old:]
