"""Masks as a run gets them: packed bits beside their shapes in one ``.npz``, each known by its hash."""

from __future__ import annotations

import hashlib
import math
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LearnError
from lusgui.core.annotation import PlaneKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.learning.job import LearnJob

MAX_PIXELS = 1 << 28
_HEADER_BYTES = 512
"""More than numpy writes before the numbers of a one-dimensional array."""


def member_name(key: PlaneKey) -> str:
    """Return the name of a mask's bits; that of its shape ends in ``_shape``."""
    return f"r{key.recording_id}_f{key.frame}_{key.label}"


def pack_mask(mask: NDArray[np.bool_]) -> bytes:
    """Return the bits of a mask (H, W), row by row, eight a byte."""
    return np.packbits(mask, axis=None).tobytes()


def mask_sha256(packed: bytes) -> str:
    """Return the hash by which `LearnFrame.masks` knows packed bits."""
    return hashlib.sha256(packed).hexdigest()


def unpack_mask(packed: bytes, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask (H, W) of packed bits.

    Raises
    ------
    LearnError
        If they are not those of such a mask.
    """
    size = math.prod(shape)
    if min(shape) < 1 or size > MAX_PIXELS or len(packed) != (size + 7) // 8:
        raise LearnError("a mask of the run does not fit its frame", remedy="Start the run anew")
    bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=size)
    return bits.reshape(shape).view(np.bool_)


def pack_masks(packed: Mapping[PlaneKey, tuple[bytes, tuple[int, int]]]) -> dict[str, NDArray[Any]]:
    """Return the arrays to be written as ``masks.npz``.

    Parameters
    ----------
    packed : mapping
        For each plane its packed bits (`pack_mask`) and its shape (H, W).

    Returns
    -------
    dict
        ``r{recording}_f{frame}_{label}`` uint8 (N,), and the same with ``_shape`` int64 (2,).
    """
    arrays: dict[str, NDArray[Any]] = {}
    for key, (bits, shape) in packed.items():
        arrays[member_name(key)] = np.frombuffer(bits, dtype=np.uint8)
        arrays[f"{member_name(key)}_shape"] = np.array(shape, dtype=np.int64)
    return arrays


def write_masks(path: Path, packed: Mapping[PlaneKey, tuple[bytes, tuple[int, int]]]) -> None:
    """Write ``masks.npz`` to a path that nobody reads yet."""
    with path.open("wb") as file:
        np.savez_compressed(file, **pack_masks(packed))  # type: ignore[arg-type]


def unpack_masks(path: Path, job: LearnJob) -> dict[PlaneKey, NDArray[np.bool_]]:
    """Read every mask that a job names.

    Parameters
    ----------
    path : Path
        The ``masks.npz`` beside the job.
    job : LearnJob
        Says which masks there are, how large, and their hashes; nothing else in the file is read.

    Returns
    -------
    dict
        Plane to mask (H, W) bool.

    Raises
    ------
    LearnError
        If the file or a mask is missing, damaged, or not the one that was drawn.
    """
    shapes = {recording.id: recording.shape for recording in job.recordings}
    masks: dict[PlaneKey, NDArray[np.bool_]] = {}
    anew = "Start the run anew"
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            for frame in job.frames:
                shape = shapes[frame.recording_id]
                for label, digest in frame.masks.items():
                    key = PlaneKey(frame.recording_id, frame.frame, label)
                    name = f"{member_name(key)}.npy"
                    expected = (math.prod(shape) + 7) // 8
                    if not expected < sizes.get(name, 0) <= expected + _HEADER_BYTES:
                        raise LearnError(
                            "a mask of the run is missing", path=path, variable=name, remedy=anew
                        )
                    with archive.open(name) as member:
                        array = np.lib.format.read_array(member, allow_pickle=False)
                    packed = array.tobytes() if array.dtype == np.uint8 else b""
                    if mask_sha256(packed) != digest:
                        raise LearnError(
                            "a mask of the run is not the one that was drawn",
                            path=path,
                            variable=name,
                            remedy=anew,
                        )
                    masks[key] = unpack_mask(packed, shape)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise LearnError("the masks of the run cannot be read", path=path, remedy=anew) from error
    return masks
