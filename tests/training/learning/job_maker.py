"""Run folders made by hand: a small recording file, masks, and the job that names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lusgui.base.atomic import atomic_path
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.learning.job import LearnFrame, LearnJob, LearnRecording
from lusgui.core.learning.snapshot import mask_sha256, pack_mask, write_masks
from lusgui.io.learn_folder import JOB, MASKS, write_durably
from lusgui.io.open import open_recording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


def draw_clip(frames: int = 8, shape: tuple[int, int] = (64, 64), seed: int = 0) -> tuple[Any, Any]:
    """Return uint8 frames (T, H, W) with a bright moving disc in noise, and its masks."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    clip = rng.integers(10, 70, (frames, *shape)).astype(np.uint8)
    masks = np.zeros((frames, *shape), bool)
    for t in range(frames):
        row, col = shape[0] * (0.35 + 0.03 * t), shape[1] * (0.3 + 0.04 * t)
        masks[t] = (rows - row) ** 2 + (cols - col) ** 2 < (0.16 * shape[0]) ** 2
        clip[t][masks[t]] += 150
    return clip, masks


def write_clip(path: Path, clip: NDArray[np.uint8]) -> Path:
    """Write frames as a stack of TIFF pages."""
    pages = [Image.fromarray(frame) for frame in clip]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def make_run(
    folder: Path,
    clips: Sequence[tuple[Path, NDArray[np.bool_], Mapping[int, Status]]],
    *,
    label: str = "disc",
    ignored: Mapping[tuple[int, int], NDArray[np.bool_]] | None = None,
    **job: Any,
) -> LearnJob:
    """Write ``job.json`` and ``masks.npz``.

    `clips` has for each recording its file, the true masks, and the status of the frames that are reviewed.
    """
    recordings, frames = [], []
    packed: dict[PlaneKey, tuple[bytes, tuple[int, int]]] = {}
    for number, (path, masks, statuses) in enumerate(clips, 1):
        with open_recording(path) as recording:
            recordings.append(
                LearnRecording(
                    number,
                    path.stem,
                    str(path),
                    None,
                    None,
                    None,
                    path.stat().st_size,
                    recording.frame_count,
                    recording.frame_shape,
                )
            )
        shape = recordings[-1].shape
        for frame, status in statuses.items():
            hashes = {}
            planes = {label: masks[frame]} if status is not Status.NOTHING_HERE else {}
            if ignored and (number, frame) in ignored:
                planes["ignore"] = ignored[number, frame]
            for name, mask in planes.items():
                bits = pack_mask(mask)
                packed[PlaneKey(number, frame, name)] = (bits, shape)
                hashes[name] = mask_sha256(bits)
            frames.append(LearnFrame(number, frame, {label: status}, hashes))
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / MASKS, overwrite=True) as temporary:
        write_masks(temporary, packed)
    values: dict[str, Any] = {
        "run_id": 1,
        "labels": (label,),
        "kind": "masks",
        "base_path": "",
        "base_key": "",
        "active_path": "",
        "active_key": "",
        "parent_key": "",
    }
    made = LearnJob(**values | {"recordings": tuple(recordings), "frames": tuple(frames)} | job)
    write_durably(folder / JOB, made.dumps())
    return made
