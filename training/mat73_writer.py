"""A small writer of MAT v7.3 as MATLAB lays it out: 512-byte header, ``MATLAB_class``, ``#refs#``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import h5py

_CLASSES = {"float64": "double", "float32": "single", "bool": "logical"}


def write_mat73(path: Path, variables: Mapping[str, Any]) -> None:
    """Write variables to a v7.3 file, replacing what is there.

    Parameters
    ----------
    path : Path
        File to write.
    variables : mapping
        Arrays in MATLAB's axis order, strings, dicts (structs) and object arrays (cells).
    """
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        refs = file.create_group("#refs#")
        for name, value in variables.items():
            _write(file, refs, name, value)
    text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created by lusgui HDF5 schema 1.00 ."
    with path.open("r+b") as raw:
        raw.write(text.ljust(116) + bytes(8) + b"\x00\x02IM")


def _write(group: h5py.Group, refs: h5py.Group, name: str, value: object) -> h5py.HLObject:
    import h5py

    if isinstance(value, dict):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_(b"struct")
        for field, part in value.items():
            _write(made, refs, field, part)
        return made
    if isinstance(value, str):
        codes = np.array([[ord(letter)] for letter in value], dtype=np.uint16)
        made = group.create_dataset(name, data=codes)
        made.attrs["MATLAB_class"] = np.bytes_(b"char")
        made.attrs["MATLAB_int_decode"] = np.int32(2)
        return made
    array = np.asarray(value)
    if array.dtype == object:
        links = np.empty(array.T.shape, dtype=h5py.ref_dtype)
        for index, part in np.ndenumerate(array.T):
            links[index] = _write(refs, refs, f"r{len(refs)}", part).ref
        made = group.create_dataset(name, data=links, dtype=h5py.ref_dtype)
        made.attrs["MATLAB_class"] = np.bytes_(b"cell")
        return made
    turned = np.ascontiguousarray(array.T)
    stored = turned.astype(np.uint8) if turned.dtype == bool else turned
    options: dict[str, Any] = {}
    if stored.size > 1000:
        # One frame a chunk: (1, ..., columns, rows).
        options = {"chunks": (1,) * (stored.ndim - 2) + stored.shape[-2:], "compression": 6}
    made = group.create_dataset(name, data=stored, **options)
    made.attrs["MATLAB_class"] = np.bytes_(_CLASSES.get(array.dtype.name, array.dtype.name).encode())
    return made
