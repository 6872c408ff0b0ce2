"""MAT 7.3: HDF5 with MATLAB's header, reversed axes and class attributes."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

USERBLOCK = 512
_CLASSES = {
    "float64": "double", "float32": "single", "int8": "int8", "uint8": "uint8", "int16": "int16",
    "uint16": "uint16", "int32": "int32", "uint32": "uint32", "int64": "int64", "uint64": "uint64",
}  # fmt: skip


@runtime_checkable
class Stack(Protocol):
    """A variable (H, W, T) that is given frame by frame."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    frames: Callable[[], Iterable[NDArray[Any]]]


def write_mat73(path: Path, variables: Mapping[str, Any]) -> None:
    """Write variables as a MAT 7.3 file that MATLAB loads.

    Parameters
    ----------
    path : Path
        Where to write; replaced if it is there.
    variables : mapping
        Name to value: numeric or bool ndarray in MATLAB's axes, `Stack`, str, object ndarray of str
        (a cell array), or mapping (a struct).
    """
    import h5py

    with path.open("w+b", buffering=0) as raw:
        stream = _PatientStream(raw)
        try:
            with h5py.File(stream, "w", userblock_size=USERBLOCK) as file:
                for name, value in variables.items():
                    _Writer(file, stream).put(file, name, value)
        except (_DiskRefusedError, RuntimeError, OSError):
            # what HDF5 says of bytes it could not read back is no news once the disk has refused them
            if stream.refusal is None:
                raise
        if stream.refusal is not None:
            raise stream.refusal
        raw.seek(0)
        raw.write(header())


def _write_some(raw: io.FileIO, data: memoryview) -> int:
    """Write as much of `data` as the disk takes at once and return how much that was."""
    return raw.write(data)


class _DiskRefusedError(Exception):
    """The disk took no more; `_PatientStream.refusal` says why."""


class _PatientStream(io.RawIOBase):
    """A file whose writes never fail: the first refusal is kept, and all bytes after it are dropped.

    HDF5 cannot close a file that it cannot write to: it fails object by object and may end the process.

    Parameters
    ----------
    raw : io.FileIO
        The unbuffered file.
    """

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self.refusal: OSError | None = None

    def check(self) -> None:
        """Stop if the disk has refused something."""
        if self.refusal is not None:
            raise _DiskRefusedError

    def readable(self) -> bool:
        """Yes."""
        return True

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (as in RawIOBase)
        """Fill `buffer`, with zeros where nothing was written."""
        count = self._raw.readinto(buffer) or 0
        memoryview(buffer).cast("B")[count:] = bytes(len(buffer) - count)
        return len(buffer)

    def write(self, data: Any) -> int:  # noqa: ANN401 (as in RawIOBase)
        """Write all of `data`, or take note that it could not be."""
        rest = memoryview(data).cast("B")
        total = len(rest)
        while len(rest) and self.refusal is None:
            try:
                rest = rest[_write_some(self._raw, rest) :]
            except OSError as error:
                self.refusal = error
        return total

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._raw.seek(offset, whence)

    def truncate(self, size: int | None = None) -> int:
        """Cut or lengthen the file, or take note that it could not be."""
        try:
            return self._raw.truncate(size)
        except OSError as error:
            self.refusal = self.refusal or error
            return size or 0


def header() -> bytes:
    """Return the 128 bytes by which MATLAB knows its file."""
    # %a and %b would follow the locale; asctime never does.
    text = f"MATLAB 7.3 MAT-file, Platform: lusgui, Created on: {time.asctime()} HDF5 schema 1.00 ."
    return text.encode("ascii", "replace")[:116].ljust(116) + bytes(8) + b"\x00\x02IM"


class _Writer:
    """Writes values of any kind into an open file; cells keep their elements in ``#refs#``."""

    def __init__(self, file: Any, stream: _PatientStream) -> None:  # noqa: ANN401 (h5py carries no types)
        self._file = file
        self._stream = stream

    def put(self, group: Any, name: str, value: Any) -> Any:  # noqa: ANN401
        """Write `value` under `name` and return the HDF5 object."""
        if isinstance(value, str):
            return self._put_text(group, name, value)
        if isinstance(value, Stack) and not isinstance(value, np.ndarray):
            return self._put_stack(group, name, value)
        if isinstance(value, np.ndarray):
            return self._put_array(group, name, value)
        return self._put_struct(group, name, value)

    def _mark(self, item: Any, kind: str, decode: int | None = None) -> Any:  # noqa: ANN401
        item.attrs["MATLAB_class"] = np.bytes_(kind)
        if decode is not None:
            item.attrs["MATLAB_int_decode"] = np.int32(decode)
        return item

    def _put_empty(self, group: Any, name: str, shape: tuple[int, ...], kind: str) -> Any:  # noqa: ANN401
        """Write an empty array: HDF5 holds its shape, and an attribute says that it is empty."""
        item = group.create_dataset(name, data=np.array(shape, dtype=np.uint64))
        item.attrs["MATLAB_empty"] = np.uint8(1)
        return self._mark(item, kind)

    def _put_text(self, group: Any, name: str, text: str) -> Any:  # noqa: ANN401
        units = np.frombuffer(text.encode("utf-16-le"), dtype="<u2")
        if units.size == 0:
            return self._put_empty(group, name, (0, 0), "char")
        return self._mark(group.create_dataset(name, data=units.reshape(-1, 1)), "char", 2)

    def _put_stack(self, group: Any, name: str, stack: Stack) -> Any:  # noqa: ANN401
        rows, cols, count = stack.shape
        is_logical = stack.dtype == np.bool_
        stored = np.dtype(np.uint8) if is_logical else stack.dtype
        kind = "logical" if is_logical else _CLASSES[stored.name]
        if 0 in stack.shape:
            return self._put_empty(group, name, stack.shape, kind)
        item = group.create_dataset(
            name,
            shape=(count, cols, rows),
            dtype=stored,
            chunks=(1, cols, rows),
            compression="gzip",
            compression_opts=3,
        )
        for index, frame in enumerate(stack.frames()):
            self._stream.check()
            item[index] = np.asarray(frame, dtype=stored).T
        return self._mark(item, kind, 1 if is_logical else None)

    def _put_array(self, group: Any, name: str, array: NDArray[Any]) -> Any:  # noqa: ANN401
        if array.dtype == object:
            return self._put_cell(group, name, array)
        is_logical = array.dtype == np.bool_
        kind = "logical" if is_logical else _CLASSES[array.dtype.name]
        if array.size == 0:
            return self._put_empty(group, name, array.shape, kind)
        stored = array.astype(np.uint8) if is_logical else array
        return self._mark(group.create_dataset(name, data=stored.T), kind, 1 if is_logical else None)

    def _put_cell(self, group: Any, name: str, cells: NDArray[np.object_]) -> Any:  # noqa: ANN401
        import h5py

        if cells.size == 0:
            return self._put_empty(group, name, cells.shape, "cell")
        refs = self._file.require_group("#refs#")
        array = np.empty(cells.T.shape, dtype=object)
        for where, value in np.ndenumerate(cells.T):
            array[where] = self.put(refs, f"r{len(refs)}", value).ref
        item = group.create_dataset(name, shape=array.shape, dtype=h5py.ref_dtype)
        item[...] = array
        return self._mark(item, "cell")

    def _put_struct(self, group: Any, name: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        import h5py

        item = group.create_group(name)
        fields = np.empty(len(values), dtype=object)
        for index, (key, value) in enumerate(values.items()):
            self.put(item, key, value)
            fields[index] = np.array([letter.encode() for letter in key], dtype="S1")
        if values:
            # MATLAB keeps the order of fields here; HDF5 would sort them by name
            item.attrs.create("MATLAB_fields", fields, dtype=h5py.vlen_dtype(np.dtype("S1")))
        return self._mark(item, "struct")
