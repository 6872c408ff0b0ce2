"""A little of what the default models learnt, carried along against forgetting."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import UnreadableFileError
from lusgui.base.paths import resources_dir
from training.dataset import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.model_card import ModelCard

FOLDER = "replay"
MAX_BYTES = 3_000_000
"""A pool is no larger: it is part of what people install."""

_MOST_FRAMES = 1000
_MOST_SIDE = 2048


def pool_path(name: str) -> Path:
    """Return where the pool of a default model is, whether it is there or not."""
    return resources_dir() / FOLDER / f"{name}.npz"


def replay_for(card: ModelCard) -> list[Sample]:
    """Return the frames carried along for a model; none where there are none.

    A version of a study has no pool of its own: learning always starts from the base.
    """
    path = pool_path(card.name)
    return load_pool(path) if path.is_file() else []


def save_pool(path: Path, samples: Sequence[Sample], labels: Sequence[str], about: str) -> int:
    """Write frames with masks as one small file and return its size in bytes.

    Parameters
    ----------
    path : Path
        ``*.npz``.
    samples : sequence of Sample
        8-bit frames.
    labels : sequence of str
        Which masks are kept; one that a sample lacks stays unknown.
    about : str
        What it is and under which terms.
    """
    arrays: dict[str, NDArray[Any]] = {}
    entries = []
    for i, sample in enumerate(samples):
        frame = np.asarray(sample.frame, np.uint8)
        arrays[f"frame_{i}"] = frame
        known = [label for label in labels if label in sample.masks]
        for label in known:
            arrays[f"mask_{i}_{label}"] = np.packbits(sample.masks[label], axis=None)
        if sample.ignored is not None and sample.ignored.any():
            arrays[f"ignored_{i}"] = np.packbits(sample.ignored, axis=None)
        entries.append({"name": sample.name, "group": sample.group, "labels": known})
    words = json.dumps({"about": about, "frames": entries}, ensure_ascii=True)
    arrays["contents"] = np.frombuffer(words.encode("ascii"), np.uint8)
    with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return path.stat().st_size


def load_pool(path: Path) -> list[Sample]:
    """Read what `save_pool` wrote.

    Raises
    ------
    UnreadableFileError
        If the file is missing or damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            entries = json.loads(bytes(archive["contents"]).decode("ascii"))["frames"]
            if len(entries) > _MOST_FRAMES:
                raise ValueError("too many frames")
            return [_read(archive, i, entry) for i, entry in enumerate(entries)]
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise UnreadableFileError("the frames carried along for learning are damaged", path=path) from error


def _read(archive: Any, i: int, entry: dict[str, Any]) -> Sample:  # noqa: ANN401
    frame = archive[f"frame_{i}"]
    if frame.dtype != np.uint8 or frame.ndim != 2 or max(frame.shape) > _MOST_SIDE:
        raise ValueError("no frame")

    def mask(name: str) -> NDArray[np.bool_]:
        bits = np.unpackbits(archive[name], count=frame.size)
        return bits.reshape(frame.shape).view(np.bool_)

    return Sample(
        str(entry["name"]),
        str(entry["group"]),
        frame,
        {str(label): mask(f"mask_{i}_{label}") for label in entry["labels"]},
        ignored=mask(f"ignored_{i}") if f"ignored_{i}" in archive.files else None,
    )
