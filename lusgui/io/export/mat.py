"""MATLAB files of masks and despeckled frames, in MATLAB's own axis order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lusgui.base.errors import LusguiError, TooLargeError
from lusgui.io.export.mat73 import write_mat73
from lusgui.io.export.names import ascii_name, variable_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.annotation import Status
    from lusgui.core.geometry import Spacing
    from lusgui.core.label import Label

MatVersion = Literal["5", "7.3"]
V5_LIMIT_BYTES = 2**31 - 2**16
"""Most bytes of one variable in a v5 file; a little is kept back for its header."""


@dataclass(frozen=True)
class ExportFrames:
    """What goes into one MAT file.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns (H, W).
    frame_numbers : tuple of int
        For each exported frame its 1-based number in the source variable's own order (T).
    labels : tuple of Label
        Labels, in the order of the columns of `statuses`.
    masks : callable
        ``masks(key)`` gives the T masks (H, W) of a label, one after the other.
    statuses : tuple of tuple of Status
        (T, L): what a person said.
    spacing_mm : tuple of float or None
        (row, column); an empty array is written where it is unknown.
    despeckled : callable or None
        Gives the T despeckled frames (H, W), float32.
    provenance : mapping
        Strings, numbers and nested mappings.
    """

    shape: tuple[int, int]
    frame_numbers: tuple[int, ...]
    labels: tuple[Label, ...] = ()
    masks: Callable[[str], Iterable[NDArray[np.bool_]]] | None = None
    statuses: tuple[tuple[Status, ...], ...] = ()
    spacing_mm: Spacing | None = None
    despeckled: Callable[[], Iterable[NDArray[np.float32]]] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FrameStack:
    """A variable (H, W, T) given frame by frame, so that it need not be in memory at once."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    frames: Callable[[], Iterable[NDArray[Any]]]

    @property
    def nbytes(self) -> int:
        """Size in memory."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def to_array(self) -> NDArray[Any]:
        """Return (H, W, T) in MATLAB's order of axes and of memory."""
        array = np.zeros(self.shape, self.dtype, order="F")
        for index, frame in enumerate(self.frames()):
            array[:, :, index] = frame
        return array


def write_mat(path: Path, content: ExportFrames, version: str = "5") -> None:
    """Write masks, despeckled frames and what belongs to them as a MATLAB file.

    The variables are ``mask_<label>`` (H, W, T) logical, ``despeckled`` (H, W, T) single, ``frames``
    (1, T), ``spacing_mm`` (1, 2) or empty, ``labels`` (L, 1) cell of names, ``status`` (T, L) cell of
    words, and the struct ``provenance``, whose ``mask_variables`` and ``label_keys`` go with ``labels``.

    Parameters
    ----------
    path : Path
        Where to write; replaced if it is there.
    content : ExportFrames
        What to write.
    version : {"5", "7.3"}
        Kind of file.

    Raises
    ------
    TooLargeError
        If a variable is too large for a v5 file.
    """
    check_version(version)
    variables = mat_variables(content)
    if version == "7.3":
        write_mat73(path, variables)
        return
    check_v5_size(content, path)
    from scipy.io import savemat

    plain = {name: _plain(value) for name, value in variables.items()}
    savemat(path, plain, appendmat=False, format="5", do_compression=True, long_field_names=True)


def check_version(version: str) -> None:
    """Refuse a kind of MAT file that we do not write."""
    if version not in ("5", "7.3"):
        raise LusguiError(f"MAT version '{version}' is not written here", remedy="Use 5 or 7.3")


def check_v5_size(content: ExportFrames, path: Path) -> None:
    """Refuse what a v5 file cannot hold, before anything is written.

    Raises
    ------
    TooLargeError
    """
    for name, value in mat_variables(content).items():
        if isinstance(value, FrameStack) and value.nbytes > V5_LIMIT_BYTES:
            raise TooLargeError(
                f"it would take {value.nbytes / 1e9:.1f} GB, and a MAT v5 variable ends at 2 GB",
                path=path,
                variable=name,
                shape=value.shape,
                remedy="Write MAT 7.3 instead (--mat-version 7.3)",
            )


def mat_variables(content: ExportFrames) -> dict[str, Any]:
    """Return the variables of a MAT file by name: arrays, `FrameStack`, cells (object arrays) and structs."""
    rows, cols = content.shape
    count = len(content.frame_numbers)
    variables: dict[str, Any] = {}
    keys = [label.key for label in content.labels]
    names = variable_names(keys)
    give = content.masks
    if give is not None:
        for key, name in names.items():
            variables[name] = FrameStack((rows, cols, count), np.dtype(np.bool_), partial(give, key))
    if content.despeckled is not None:
        variables["despeckled"] = FrameStack((rows, cols, count), np.dtype(np.float32), content.despeckled)
    variables["frames"] = np.array([content.frame_numbers], dtype=np.float64).reshape(1, count)
    spacing = [] if content.spacing_mm is None else [content.spacing_mm]
    variables["spacing_mm"] = np.array(spacing, dtype=np.float64).reshape(len(spacing), 2 * len(spacing))
    variables["labels"] = cell([[label.name] for label in content.labels], 1)
    variables["status"] = cell([[str(status) for status in row] for row in content.statuses], len(keys))
    variables["provenance"] = struct(
        dict(content.provenance)
        | {
            "mask_variables": cell([[names[key]] for key in keys] if give else [], 1),
            "label_keys": cell([[key] for key in keys], 1),
        }
    )
    return variables


def cell(rows: list[list[str]], columns: int) -> NDArray[np.object_]:
    """Return a cell array of strings as an object array (rows, columns)."""
    array = np.empty((len(rows), columns), dtype=object)
    for index, row in enumerate(rows):
        array[index, :] = row
    return array


def struct(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with legal field names and MATLAB's types: None is empty, numbers are double."""
    fields: dict[str, Any] = {}
    for name, value in values.items():
        legal = ascii_name(str(name))[:63]
        if isinstance(value, dict):
            fields[legal] = struct(value)
        elif isinstance(value, np.ndarray | str):
            fields[legal] = value
        elif isinstance(value, bool):
            fields[legal] = np.array([[value]])
        elif isinstance(value, int | float):
            fields[legal] = np.array([[float(value)]])
        elif value is None:
            fields[legal] = ""
        elif isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value):
            fields[legal] = np.array([list(value)], dtype=np.float64).reshape(1, len(value))
        else:
            items = list(value) if isinstance(value, list | tuple) else [value]
            fields[legal] = cell([[str(item)] for item in items], 1)
    return fields


def _plain(value: Any) -> Any:  # noqa: ANN401 (whatever savemat takes)
    if isinstance(value, FrameStack):
        return value.to_array()
    if isinstance(value, dict):
        # savemat refuses a struct without fields
        return {name: _plain(one) for name, one in value.items()} or np.zeros((0, 0))
    return value
