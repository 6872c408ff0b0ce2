"""Prepared frames in one file, so that a training that goes on need not prepare them again."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import UnreadableFileError
from training.click.frames import Frame, Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_frames(path: Path, frames: Sequence[Frame]) -> None:
    """Write frames as ``.npz``: pixels and packed masks end to end, the rest as JSON."""
    about = [
        {
            "name": frame.name,
            "group": frame.group,
            "source": frame.source,
            "shape": list(frame.shape),
            "is_complete": frame.is_complete,
            "targets": [
                {"label": each.label, "is_whole": each.is_whole, "box": list(each.box)}
                for each in frame.targets
            ],
        }
        for frame in frames
    ]
    pixels = [frame.gray.ravel() for frame in frames]
    bits = [each.bits for frame in frames for each in frame.targets]
    arrays = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "pixels": np.concatenate(pixels) if pixels else np.zeros(0, np.uint8),
        "bits": np.concatenate(bits) if bits else np.zeros(0, np.uint8),
    }
    with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def read_frames(path: Path) -> list[Frame]:
    """Read what `write_frames` wrote.

    Raises
    ------
    UnreadableFileError
        If the file is damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes())
            pixels, bits = stored["pixels"], stored["bits"]
        frames, at, at_bits = [], 0, 0
        for one in about:
            rows, cols = one["shape"]
            size = rows * cols
            gray = pixels[at : at + size].reshape(rows, cols)
            at += size
            length = (size + 7) // 8
            targets = []
            for each in one["targets"]:
                part = bits[at_bits : at_bits + length]
                if len(part) != length:
                    raise ValueError(path)
                box = tuple(int(value) for value in each["box"])
                targets.append(Target(each["label"], bool(each["is_whole"]), box, part))  # type: ignore[arg-type]
                at_bits += length
            frames.append(
                Frame(
                    one["name"], one["group"], one["source"], gray, tuple(targets), bool(one["is_complete"])
                )
            )
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise UnreadableFileError(
            "the prepared frames are damaged", path=path, remedy="Remove the file and train again"
        ) from error
    return frames
