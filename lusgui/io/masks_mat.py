"""Masks in MATLAB files: our own export, and what people save themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import (
    LusguiError,
    NotAnImageError,
    TooLargeError,
    UnreadableFileError,
    UnsupportedFileError,
)
from lusgui.io.masks_read import MaskGroup, split_values, stem_of
from lusgui.io.pixels import quiet_decoders

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAX_BYTES = 2 * 1024**3
"""Masks above this are refused: 300 frames of 2000 x 2000 take 1.2 GB."""

_WIDTHS = {
    "logical": 1, "uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4,
    "uint64": 8, "int64": 8, "single": 4, "double": 8,
}  # fmt: skip
_HINTS = ("mask", "label", "seg", "bw", "roi", "annot", "gt", "truth")
_OWN = ("frames", "labels", "status", "provenance", "spacing_mm", "despeckled")


def read_mat_masks(path: Path) -> list[MaskGroup]:
    """Read the masks in a MAT file of any version.

    Variables whose names speak of masks are taken, and every logical array; where there are none, every
    array of few values. Arrays are (H, W) or (H, W, T) in MATLAB's axes.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of MaskGroup

    Raises
    ------
    LusguiError
        If the file is no MAT file, damaged, or holds no masks.
    """
    try:
        with quiet_decoders():
            store: _V5 | _V73 = _V73(path) if _is_hdf5(path) else _V5(path)
            return _groups(store, path)
    except LusguiError:
        raise
    except MemoryError as error:
        raise TooLargeError("there is not enough memory to read its masks", path=path) from error
    except NotImplementedError as error:
        raise UnsupportedFileError("this kind of MAT file is not known", path=path) from error
    except OSError as error:
        raise UnreadableFileError("it is damaged or cannot be read", path=path) from error
    except Exception as error:  # scipy and h5py raise anything on hostile bytes
        raise UnreadableFileError(
            "this is no mask file we know, or it is damaged",
            path=path,
            remedy="Masks can be TIFF, PNG, MAT or COCO JSON",
        ) from error


def _is_hdf5(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(520)
    return head[:8] == b"\x89HDF\r\n\x1a\n" or head[512:520] == b"\x89HDF\r\n\x1a\n"


class _V5:
    """Variables of a v4 to v7 file."""

    def __init__(self, path: Path) -> None:
        from scipy.io import whosmat

        self._path = path
        self.variables = {name: (tuple(map(int, shape)), kind) for name, shape, kind in whosmat(str(path))}

    def load(self, name: str) -> Any:  # noqa: ANN401
        from scipy.io import loadmat

        return loadmat(str(self._path), variable_names=[name], appendmat=False)[name]

    def cells(self, name: str) -> NDArray[np.object_]:
        array: NDArray[np.object_] = np.asarray(self.load(name), dtype=object)
        return np.vectorize(_string, otypes=[object])(array) if array.size else array

    def provenance(self) -> dict[str, Any]:
        record = self.load("provenance")[0, 0]
        return {name: record[name] for name in record.dtype.names or ()}


class _V73:
    """Variables of a v7.3 file."""

    def __init__(self, path: Path) -> None:
        import h5py

        self._path = path
        self.variables: dict[str, tuple[tuple[int, ...], str]] = {}
        with h5py.File(path, "r") as file:
            for name in file:
                item = file.get(name)
                kind = getattr(item, "attrs", {}).get("MATLAB_class", b"")
                kind = kind.decode("ascii", "replace") if isinstance(kind, bytes) else str(kind)
                if isinstance(item, h5py.Dataset):
                    self.variables[name] = (tuple(item.shape)[::-1], kind or _class_of(item.dtype))
                elif isinstance(item, h5py.Group) and name != "#refs#":
                    self.variables[name] = ((1, 1), "struct")

    def load(self, name: str) -> NDArray[Any]:
        import h5py

        with h5py.File(self._path, "r") as file:
            item = file[name]
            if item.attrs.get("MATLAB_empty", 0):
                return np.zeros((0, 0))
            array = np.asarray(item[()]).T
        return array.astype(np.bool_) if self.variables[name][1] == "logical" else array

    def cells(self, name: str) -> NDArray[np.object_]:
        import h5py

        with h5py.File(self._path, "r") as file:
            item = file[name]
            if item.dtype != h5py.ref_dtype:
                return np.zeros((0, 0), dtype=object)
            refs = item[()]
            texts = np.empty(refs.shape, dtype=object)
            for where, ref in np.ndenumerate(refs):
                texts[where] = _text(file[ref])
        return texts.T

    def provenance(self) -> dict[str, Any]:
        import h5py

        facts: dict[str, Any] = {}
        with h5py.File(self._path, "r") as file:
            for name, item in file["provenance"].items():
                if not isinstance(item, h5py.Dataset) or item.attrs.get("MATLAB_empty", 0):
                    continue
                if item.dtype == h5py.ref_dtype:
                    facts[name] = [_text(file[ref]) for ref in item[()].ravel()]
                elif item.attrs.get("MATLAB_class") == b"char":
                    facts[name] = _text(item)
        return facts


def _class_of(dtype: np.dtype[Any]) -> str:
    return {"float64": "double", "float32": "single", "bool": "logical"}.get(dtype.name, dtype.name)


def _text(item: Any) -> str:  # noqa: ANN401 (h5py carries no types)
    if item.attrs.get("MATLAB_empty", 0):
        return ""
    return np.asarray(item[()], dtype="<u2").ravel().tobytes().decode("utf-16-le", "replace")


def _string(value: Any) -> str:  # noqa: ANN401
    """Return the text that scipy wraps into arrays."""
    while isinstance(value, np.ndarray):
        if value.size != 1:
            return ""
        value = value.ravel()[0]
    return str(value)


def _strings(value: Any) -> list[str]:  # noqa: ANN401
    return [_string(one) for one in (value.ravel() if isinstance(value, np.ndarray) else value)]


def _groups(store: _V5 | _V73, path: Path) -> list[MaskGroup]:
    names = _candidates(store)
    if not names:
        raise NotAnImageError(
            "it holds no masks",
            path=path,
            remedy="Save them as logical or uint8 arrays (rows, columns, frames), e.g. as 'mask'",
        )
    facts = store.provenance() if store.variables.get("provenance", ((), ""))[1] == "struct" else {}
    keys = dict(
        zip(_strings(facts.get("mask_variables", [])), _strings(facts.get("label_keys", [])), strict=False)
    )
    numbers = _frame_numbers(store)
    statuses = (
        store.cells("status") if keys and store.variables.get("status", ((), ""))[1] == "cell" else None
    )
    groups: list[MaskGroup] = []
    for name in names:
        shape, kind = store.variables[name]
        if int(np.prod(shape, dtype=np.int64)) * _WIDTHS.get(kind, 1) > MAX_BYTES:
            raise TooLargeError("its masks would fill the memory", path=path, variable=name, shape=shape)
        array = store.load(name)
        if array.ndim == 4 and array.shape[2] == 1:  # (rows, columns, 1, frames), as Verasonics saves
            array = array[:, :, 0, :]
        array = array[:, :, np.newaxis] if array.ndim == 2 else array
        stack = np.moveaxis(array, 2, 0)
        try:
            groups += split_values(
                stack,
                path,
                label=keys.get(name) or _label_of(name),
                source_numbers=numbers if numbers is not None and len(numbers) == len(stack) else None,
                source=stem_of(_string(facts.get("source_file", ""))),
                part=name,
                statuses=_statuses(statuses, list(keys), name, len(stack)),
            )
        except NotAnImageError:
            if len(names) == 1:
                raise
    return groups


def _statuses(
    table: NDArray[np.object_] | None, names: list[str], name: str, count: int
) -> tuple[str, ...] | None:
    """Return the column of our own ``status`` that speaks of a variable."""
    if table is None or name not in names or table.shape != (count, len(names)):
        return None
    return tuple(map(str, table[:, names.index(name)]))


def _candidates(store: _V5 | _V73) -> list[str]:
    images = {}
    for name, (shape, kind) in store.variables.items():
        is_plane = len(shape) in (2, 3) or (len(shape) == 4 and shape[2] == 1)
        if is_plane and kind in _WIDTHS and min(shape[:2]) >= 2 and name not in _OWN and 0 not in shape:
            images[name] = kind
    named = [
        name
        for name, kind in images.items()
        if kind == "logical" or any(hint in name.lower() for hint in _HINTS)
    ]
    return named or [name for name, kind in images.items() if kind not in ("single", "double")]


def _label_of(name: str) -> str | None:
    lowered = name.lower()
    for hint in ("mask_", "masks_", "seg_", "label_"):
        if lowered.startswith(hint):
            return name[len(hint) :] or None
    return name[: -len("_mask")] if lowered.endswith("_mask") else None


def _frame_numbers(store: _V5 | _V73) -> tuple[int, ...] | None:
    shape, kind = store.variables.get("frames", ((), ""))
    if kind not in _WIDTHS or int(np.prod(shape, dtype=np.int64)) not in range(1, 1_000_000):
        return None
    values = np.asarray(store.load("frames"), dtype=np.float64).ravel()
    if values.size == 0 or not np.isfinite(values).all() or (values < 1).any() or (values % 1).any():
        return None
    return tuple(int(value) for value in values)
