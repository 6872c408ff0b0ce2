"""Targets on disk, so that reading sets and simulating clips is done once for all engines and hands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import UnreadableFileError
from training.click_evaluation.targets import STRUCTURES, Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_targets(path: Path, targets: Sequence[Target]) -> None:
    """Write targets as one npz; frames that several share are kept once, in 8 bits as they were."""
    arrays: dict[str, Any] = {}
    frames: dict[int, str] = {}
    index = []
    for number, target in enumerate(targets):
        if id(target.gray) not in frames:
            frames[id(target.gray)] = f"frame{len(frames)}"
            arrays[frames[id(target.gray)]] = np.round(target.gray * 255).astype(np.uint8)
        arrays[f"truth{number}"] = np.packbits(target.truth, axis=None)
        index.append(
            {
                "structure": target.structure.name,
                "name": target.name,
                "group": target.group,
                "frame": frames[id(target.gray)],
                "spacing_ratio": target.spacing_ratio,
                "stroke_px": target.stroke_px,
            }
        )
    arrays["index"] = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def read_targets(path: Path) -> list[Target]:
    """Read what `write_targets` wrote.

    Raises
    ------
    UnreadableFileError
        If it is damaged or something else.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            index = json.loads(stored["index"].tobytes().decode())
            grays: dict[str, Any] = {}
            targets = []
            for number, row in enumerate(index):
                if row["frame"] not in grays:
                    grays[row["frame"]] = stored[row["frame"]].astype(np.float32) / np.float32(255)
                gray = grays[row["frame"]]
                bits = np.unpackbits(stored[f"truth{number}"], count=gray.size)
                targets.append(
                    Target(
                        STRUCTURES[row["structure"]],
                        row["name"],
                        row["group"],
                        gray,
                        bits.reshape(gray.shape).astype(bool),
                        row["spacing_ratio"],
                        row["stroke_px"],
                    )
                )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFileError(
            "the stored targets cannot be read", path=path, remedy="Delete the file; it is made anew"
        ) from error
    return targets
