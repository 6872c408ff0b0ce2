"""Real frames of every kind there is, without their masks, each with the group that may be held out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.base.errors import UnreadableFileError
from lusgui.base.paths import resources_dir
from training.dataset import Sample, groups_of, load_ribs, read_gray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

CLIP_FRAMES = 16
"""Frames taken of a clip, evenly spread: neighbours are nearly the same picture."""

CLIP_GROUPS = {
    "Pneu_prospective_file3": "g_pneu3",
    "Vir_prospective_file1": "g_vir1",
    "Vir_or_Pneu_prospective_file4": "g_vir1",
    "Vir_prospective_file2": "g_vir2",
    "Reg_Image_": "g_reg",
    "Cov_Oliviera": "g_oliviera",
}
"""Beginning of a lung clip's name -> its group in ``resources/datasets/ribs``: one recording cropped twice is
one group, and so are all clips of one contributor."""

LIMBS_GROUP = "g_usgra"
"""All limb frames are one group, because nothing says which of them are of one person."""

_RIB_SETS = ("ribs", "ribs_more")
_NOT_FRAMES = ("mask", "masks", "annotation", "annotations", "labels", "gt", "groundtruth", "second_pass")


@dataclass(frozen=True)
class Source:
    """A set of real frames that is known by its folder.

    Parameters
    ----------
    name : str
        Of its folder in the data folder, and what ``--without`` may name.
    read : callable
        ``read(folder)`` returns the frames with their groups.
    """

    name: str
    read: Callable[[Path], list[Sample]]


def real_frames(data: Path | None, without: Sequence[str] = ()) -> list[Sample]:
    """Read all real frames in a folder, but for the groups that shall never be seen.

    Parameters
    ----------
    data : Path or None
        The folder of the data sets (`SOURCES` by name; the project's own lung frames come along), or any
        folder with recordings and pictures: then a recording's group is the folder it lies in, or itself
        where it lies in `data` directly, or what the layout of the data set says. None for the project's
        own lung frames alone.
    without : sequence of str
        Groups, or whole sources by name, that are left out.

    Returns
    -------
    list of Sample
        Without masks; ``source`` is the name of the set.

    Raises
    ------
    UnreadableFileError
        If there are no frames, or a name in `without` is neither a group nor a source: a name that is
        misspelt would let the very frames in that a test needs.
    """
    known = [] if data is None else [source for source in SOURCES if (data / source.name).is_dir()]
    if data is None or known:
        samples = [one for source in known for one in _named(source, data / source.name)] if data else []
        samples += _shipped()
    else:
        samples = _own_frames(data)
    if not samples:
        raise UnreadableFileError("there are no frames to learn from", path=data)
    names = set(groups_of(samples)) | {sample.source for sample in samples}
    for name in without:
        if name not in names:
            raise UnreadableFileError(
                f"there is no group '{name[:60]}' to leave out",
                path=data,
                remedy=f"Known: {', '.join(sorted(names)[:60])}",
            )
    kept = [sample for sample in samples if sample.group not in without and sample.source not in without]
    if not kept:
        raise UnreadableFileError("nothing is left to learn from", path=data, remedy="Leave less out")
    return kept


def _named(source: Source, folder: Path) -> list[Sample]:
    return [
        Sample(one.name, one.group, one.frame, mapping=one.mapping, source=source.name)
        for one in source.read(folder)
    ]


def _shipped() -> list[Sample]:
    """Return the project's lung and limb frames, which may also be stills that no clip holds."""
    samples = []
    for name in _RIB_SETS:
        folder = resources_dir() / "datasets" / name
        if (folder / "index.csv").is_file():
            samples += load_ribs(folder)
    return [
        Sample(one.name, one.group, one.frame, source="usgra" if one.group == LIMBS_GROUP else "lung_linear")
        for one in samples
    ]


def _read_clips(folder: Path) -> list[Sample]:
    samples: list[Sample] = []
    for path in sorted(folder.glob("*.mp4")):
        group = next(
            (group for start, group in CLIP_GROUPS.items() if path.stem.startswith(start)), path.stem
        )
        samples += _read_recording(path, group)
    return samples


def _read_limbs(folder: Path) -> list[Sample]:
    paths = sorted((folder / "images").glob("*.png"))
    return [Sample(f"usgra_{path.stem}", LIMBS_GROUP, read_gray(path)) for path in paths]


def _read_heads(folder: Path) -> list[Sample]:
    paths = [path for path in sorted(folder.glob("*.png")) if not path.stem.endswith("_Annotation")]
    return [Sample(path.stem, f"hc18-{path.stem.split('_')[0]}", read_gray(path)) for path in paths]


def _read_planes(folder: Path) -> list[Sample]:
    paths = sorted(folder.glob("p*_ga*_*.jpg"))
    return [Sample(path.stem, path.stem.split("_")[0], read_gray(path)) for path in paths]


SOURCES = (
    Source("lung_linear", _read_clips),
    Source("usgra", _read_limbs),
    Source("hc18", _read_heads),
    Source("fetal_cerebellum", _read_planes),
)
"""The sets that are known by name."""


def _own_frames(data: Path) -> list[Sample]:
    from lusgui.io.open import find_recordings
    from training.data.open import detect_layout, read_dataset

    if not data.is_dir():
        raise UnreadableFileError("there is no such folder", path=data, remedy="Check the name")
    if detect_layout(data) is not None:
        found = read_dataset(data)
        for warning in found.warnings:
            log.warning("%s", warning)
        return [
            Sample(one.name, one.group, one.frame, mapping=one.mapping, source=data.name)
            for one in found.samples
        ]
    samples: list[Sample] = []
    for path in find_recordings([data]):
        inside = path.relative_to(data)
        if any(part.casefold() in _NOT_FRAMES for part in inside.parts[:-1]):
            continue
        group = inside.parent.as_posix() if len(inside.parts) > 1 else path.stem
        samples += _read_recording(path, group, data.name)
    return samples


def _read_recording(path: Path, group: str, source: str = "") -> list[Sample]:
    """Return frames of a recording, evenly spread, with its own way to gray."""
    from lusgui.core.intensity import measure_mapping
    from lusgui.io.open import open_recording

    recording = open_recording(path)
    try:
        mapping = measure_mapping(recording)
        count = recording.shape[0]
        chosen = sorted({i * count // CLIP_FRAMES for i in range(CLIP_FRAMES)})
        return [
            Sample(f"{path.stem}_{i:05d}", group, recording.frame(i).copy(), mapping=mapping, source=source)
            for i in chosen
        ]
    finally:
        recording.close()
