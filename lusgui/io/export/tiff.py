"""TIFF that ImageJ, MATLAB, tifffile and Pillow read, with spacing in millimetres."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing


def write_mask_tiff(
    path: Path,
    masks: Iterable[NDArray[np.bool_]],
    shape: tuple[int, int, int],
    *,
    spacing_mm: Spacing | None = None,
    frames: Sequence[int] | None = None,
    label: str = "",
    statuses: Sequence[str] | None = None,
) -> None:
    """Write masks as 0 and 255, uint8, one page a frame, losslessly compressed.

    Parameters
    ----------
    path : Path
        Where to write; replaced if it is there.
    masks : iterable of (H, W) bool ndarray
        The masks in order.
    shape : tuple of int
        (T, H, W).
    spacing_mm : tuple of float or None
        (row, column) spacing.
    frames : sequence of int, optional
        0-based frame of each page; written into the file so that import finds it again.
    label : str
        Label key, likewise.
    statuses : sequence of str, optional
        What a person said of each mask, likewise.
    """
    pages = (np.where(mask, np.uint8(255), np.uint8(0)) for mask in masks)
    remarks: dict[str, Any] = {"kind": "mask", "label": label}
    if statuses is not None:
        remarks["statuses"] = [str(status) for status in statuses]
    _write(path, pages, shape, np.dtype(np.uint8), spacing_mm, frames, remarks, compression="zlib")


def write_image_tiff(
    path: Path,
    images: Iterable[NDArray[Any]],
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    *,
    spacing_mm: Spacing | None = None,
    frames: Sequence[int] | None = None,
    intensity: str = "",
) -> None:
    """Write images, one page a frame, uncompressed.

    Parameters
    ----------
    path : Path
        Where to write; replaced if it is there.
    images : iterable of (H, W) ndarray
        The images in order.
    shape : tuple of int
        (T, H, W).
    dtype : numpy.dtype
        uint8, uint16 or float32: what ImageJ reads.
    spacing_mm : tuple of float or None
        (row, column) spacing.
    frames : sequence of int, optional
        0-based frame of each page.
    intensity : str
        Amplitude state of the numbers; read back by our own TIFF reader.
    """
    pages = (np.ascontiguousarray(image, dtype=dtype) for image in images)
    _write(path, pages, shape, dtype, spacing_mm, frames, {"kind": "image", "intensity": intensity})


def _write(
    path: Path,
    pages: Iterator[NDArray[Any]],
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    spacing_mm: Spacing | None,
    frames: Sequence[int] | None,
    remarks: dict[str, Any],
    compression: str | None = None,
) -> None:
    import tifffile

    numbers = [index + 1 for index in (range(shape[0]) if frames is None else frames)]
    metadata: dict[str, Any] = {
        "axes": "TYX",
        "Labels": [f"frame {number}" for number in numbers],
        "Info": json.dumps({"lusgui": remarks | {"frames": numbers}}),
    }
    resolution = None
    if spacing_mm is not None:
        metadata["unit"] = "mm"
        resolution = (1.0 / spacing_mm[1], 1.0 / spacing_mm[0])
    tifffile.imwrite(
        path,
        pages,
        shape=shape,
        dtype=dtype,
        imagej=True,
        resolution=resolution,
        metadata=metadata,
        compression=compression,
        photometric="minisblack",
    )
