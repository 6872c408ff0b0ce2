"""Simulated clips as a data set on disk: pictures, masks, boxes and tables of what is known."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui import __version__
from lusgui.base.atomic import atomic_path, make_folder
from lusgui.io.export.batch import FileBatch
from lusgui.io.export.provenance import SIDECAR_ENDING, make_provenance
from training.data.boxes import yolo_text
from training.simulate.clips import (
    ALL_KINDS,
    FRAME_RATE_HZ,
    WIDE,
    check_request,
    clip_name,
    frame_name,
    simulate_clip,
)
from training.simulate.former import CLASSES, GROUPS, MANIFEST, PREVIEW, TRUTH, clear
from training.simulate.verasonics_file import recording_variables, write_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from training.dataset import Sample

MOST_PREVIEWS = 12
NOTE = "Simulated; no patient."


class Format(StrEnum):
    """Kinds of files."""

    PNG = "png"
    TIFF = "tiff"
    MAT5 = "mat5"
    MAT73 = "mat73"
    YOLO = "yolo"


@dataclass(frozen=True)
class Job:
    """What to simulate, and how to keep it.

    Parameters
    ----------
    kind : str
        One of `training.simulate.clips.ALL_KINDS`.
    out : Path
        Folder of the data set.
    count : int
        How many clips.
    seed : int
        Of the series.
    frames : int
        In each clip.
    geometry : str, optional
        Kind of probe; the usual one if not given.
    shape : tuple of int, optional
        Rows and columns.
    format : Format
        Of the files.
    preview : bool
        Whether a sheet of the first clips with their outlines is drawn.
    force : bool
        Whether a simulation in the folder may be replaced; anything else there never is.
    style : {"wide", "plain"}
        Of chest walls, see `training.simulate.clips.simulate_clip`.
    hosts : tuple of Sample
        Real frames, for the kind that puts something into them.
    """

    kind: str
    out: Path
    count: int = 10
    seed: int = 0
    frames: int = 1
    geometry: str | None = None
    shape: tuple[int, int] | None = None
    format: Format = Format.PNG
    preview: bool = False
    force: bool = False
    style: str = WIDE
    hosts: tuple[Sample, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the masks, in the order of their class numbers."""
        return ALL_KINDS[self.kind].labels

    def files_of(self, index: int) -> list[Path]:
        """Return the files of one clip."""
        clip = clip_name(self.kind, self.seed, index)
        names = [frame_name(clip, number, self.frames) for number in range(self.frames)]
        folder = "labels" if self.format is Format.YOLO else "boxes"
        files = [self.out / folder / f"{name}.txt" for name in names]
        if self.format in (Format.MAT5, Format.MAT73):
            files.append(self.out / f"{clip}.mat")
            return files + [self.out / f"{clip}_{label}.mat" for label in self.labels]
        ending = ".tif" if self.format is Format.TIFF else ".png"
        for name in [clip] if self.format is Format.TIFF else names:
            files.append(self.out / "images" / f"{name}{ending}")
            files += [self.out / "masks" / label / f"{name}{ending}" for label in self.labels]
        return files

    def notes_of(self, index: int) -> list[Path]:
        """Return the notes of where masks came from that lie beside MAT masks."""
        if self.format not in (Format.MAT5, Format.MAT73):
            return []
        clip = clip_name(self.kind, self.seed, index)
        return [self.out / f"{clip}_{label}{SIDECAR_ENDING}" for label in self.labels]


def write_clips(job: Job, on_clip: Callable[[int], None] | None = None) -> int:
    """Simulate and write a data set that `training.data.open.open_dataset` and the window open.

    A clip's files appear together or not at all. However it ends, by Ctrl-C too, the tables list what was
    written, so what is there can be used.

    Parameters
    ----------
    job : Job
        What to do.
    on_clip : callable, optional
        Told how many clips are written, after each.

    Returns
    -------
    int
        How many clips were written.

    Raises
    ------
    LusguiError
        If the folder is not empty and may not be replaced, the request makes no sense, or the disk refuses.
    """
    check_request(job.kind, job.frames, job.geometry, job.style)
    clear(job.out, force=job.force)
    planned = [path for index in range(job.count) for path in (*job.files_of(index), *job.notes_of(index))]
    make_folder(job.out)
    _write_manifest(job, planned)
    done: list[list[Sample]] = []
    shown: list[Sample] = []
    try:
        for index in range(job.count):
            samples = simulate_clip(
                job.kind,
                job.seed,
                index,
                frames=job.frames,
                geometry=job.geometry,
                shape=job.shape,
                style=job.style,
                hosts=job.hosts,
            )
            _write_clip(job, index, samples)
            done.append([_without_pixels(sample) for sample in samples])
            if len(shown) < MOST_PREVIEWS:
                shown.append(samples[0])
            if on_clip is not None:
                on_clip(index + 1)
    finally:
        if len(done) < job.count:
            _discard(job, len(done))
        if done:
            _write_tables(job, done)
            if job.preview:
                _write_preview(job.out / PREVIEW, shown)
    return len(done)


def _discard(job: Job, index: int) -> None:
    """Remove what an interrupted clip has left."""
    for path in [*job.files_of(index), *job.notes_of(index)]:
        with suppress(FileNotFoundError):
            path.unlink()


def _write_manifest(job: Job, planned: Iterable[Path]) -> None:
    content = {
        "kind": job.kind,
        "seed": job.seed,
        "count": job.count,
        "frames": job.frames,
        "geometry": job.geometry or ALL_KINDS[job.kind].geometries[0],
        "shape": job.shape,
        "style": job.style,
        "format": job.format.value,
        "lusgui_version": __version__,
        "note": "Made from real frames, whose licences and credits hold." if job.hosts else NOTE,
        "hosts": sorted(host.name for host in job.hosts),
        "files": [path.relative_to(job.out).as_posix() for path in planned],
    }
    with atomic_path(job.out / MANIFEST, overwrite=True) as place:
        place.write_text(json.dumps(content, indent=1), encoding="utf-8")
    names = "".join(f"{label}\n" for label in job.labels)
    folder = job.out if job.format is Format.YOLO else job.out / "boxes"
    make_folder(folder)
    with atomic_path(folder / CLASSES, overwrite=True) as place:
        place.write_text(names, encoding="utf-8")


def _write_clip(job: Job, index: int, samples: Sequence[Sample]) -> None:
    files = job.files_of(index)
    for folder in {path.parent for path in files}:
        make_folder(folder)
    is_mat = job.format in (Format.MAT5, Format.MAT73)
    version = "7.3" if job.format is Format.MAT73 else "5"
    recording = job.out / f"{clip_name(job.kind, job.seed, index)}.mat"
    masks = [path for path in files if path.suffix == ".mat" and path != recording]
    if is_mat:  # these are exports of their own, with a note of where they came from
        _write_mat_masks(job, index, samples, version)
    with FileBatch([path for path in files if path not in masks], overwrite=job.force) as batch:
        box_files = [path for path in files if path.suffix == ".txt"]
        for path, sample in zip(box_files, samples, strict=True):
            text = yolo_text(sample.boxes, sample.frame.shape, job.labels)
            batch.path(path).write_text(text, encoding="utf-8")
        if is_mat:
            frames = [sample.frame for sample in samples]
            variables = recording_variables(frames, samples[0].spacing_mm, FRAME_RATE_HZ)
            write_recording(batch.path(recording), variables, version)
        else:
            _write_pictures(job, index, samples, batch)


def _write_mat_masks(job: Job, index: int, samples: Sequence[Sample], version: str) -> None:
    from lusgui.core.annotation import Status
    from lusgui.io.export.masks import write_masks

    clip = clip_name(job.kind, job.seed, index)
    for label in job.labels:
        write_masks(
            clip,
            label,
            np.stack([sample.masks[label] for sample in samples]),
            job.out,
            ("mat",),
            mat_version=version,
            spacing_mm=samples[0].spacing_mm,
            status=Status.ACCEPTED,
            provenance=make_provenance(source_file=f"{clip}.mat", rater="simulation"),
            overwrite=job.force,
        )


def _write_pictures(job: Job, index: int, samples: Sequence[Sample], batch: FileBatch) -> None:
    if job.format is Format.TIFF:
        from lusgui.core.recording import Intensity
        from lusgui.io.export.tiff import write_image_tiff, write_mask_tiff

        first = samples[0]
        rows, columns = first.frame.shape
        size = (len(samples), rows, columns)
        clip = clip_name(job.kind, job.seed, index)
        images = batch.path(job.out / "images" / f"{clip}.tif")
        frames = [sample.frame for sample in samples]
        write_image_tiff(
            images,
            frames,
            size,
            np.dtype(np.uint8),
            spacing_mm=first.spacing_mm,
            intensity=str(Intensity.DISPLAY),
        )
        for label in job.labels:
            path = batch.path(job.out / "masks" / label / f"{clip}.tif")
            masks = [sample.masks[label] for sample in samples]
            write_mask_tiff(path, masks, size, spacing_mm=first.spacing_mm, label=label)
        return
    from PIL import Image

    for sample in samples:
        Image.fromarray(sample.frame).save(batch.path(job.out / "images" / f"{sample.name}.png"))
        for label in job.labels:
            mask = Image.fromarray(sample.masks[label].astype(np.uint8) * 255)
            mask.save(batch.path(job.out / "masks" / label / f"{sample.name}.png"), optimize=True)


def _without_pixels(sample: Sample) -> Sample:
    return replace(sample, frame=np.zeros((0, 0), np.uint8), masks={})


def _write_tables(job: Job, done: Sequence[Sequence[Sample]]) -> None:
    """Write what is known of each frame, and which frames belong together."""
    rows: list[dict[str, Any]] = []
    groups: list[tuple[str, str]] = []
    by_clip = job.format in (Format.TIFF, Format.MAT5, Format.MAT73)
    for index, samples in enumerate(done):
        for number, sample in enumerate(samples):
            spacing = sample.spacing_mm or ("", "")
            row: dict[str, Any] = {
                "name": sample.name,
                "group": sample.group,
                "frame": number + 1,
                "kind": job.kind,
                "seed": job.seed,
                "index": index,
                "row_mm": spacing[0],
                "column_mm": spacing[1],
            }
            if job.hosts:
                row["source"] = sample.source
            row |= sample.facts
            for label in job.labels:
                at_row, at_column = sample.points.get(label, ("", ""))
                row |= {f"{label}_row": at_row, f"{label}_column": at_column}
            rows.append(row)
        names = [clip_name(job.kind, job.seed, index)] if by_clip else [sample.name for sample in samples]
        groups += [(name, samples[0].group) for name in names]
    fields = list(dict.fromkeys(key for row in rows for key in row))
    with (
        atomic_path(job.out / TRUTH, overwrite=True) as place,
        place.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.DictWriter(stream, fields)
        writer.writeheader()
        writer.writerows(rows)
    with (
        atomic_path(job.out / GROUPS, overwrite=True) as place,
        place.open("w", encoding="utf-8", newline="") as stream,
    ):
        table = csv.writer(stream)
        table.writerow(("file", "group"))
        table.writerows(groups)


def _write_preview(path: Path, samples: Sequence[Sample]) -> None:
    from PIL import Image

    make_folder(path.parent)
    with atomic_path(path, overwrite=True) as place:
        Image.fromarray(contact_sheet(samples)).save(place, optimize=True)


def contact_sheet(samples: Sequence[Sample], columns: int = 3, height: int = 200) -> np.ndarray[Any, Any]:
    """Return each frame beside itself with the outlines of its masks, (H, W, 3) uint8."""
    from PIL import Image
    from scipy.ndimage import binary_dilation

    colours = ((255, 80, 80), (80, 220, 80), (90, 150, 255))
    tiles = []
    for sample in samples:
        plain = np.repeat(sample.frame[..., None], 3, axis=2)
        drawn = plain.copy()
        for number, mask in enumerate(sample.masks.values()):
            drawn[binary_dilation(mask) & ~mask] = colours[number % len(colours)]
        both = Image.fromarray(np.hstack([plain, drawn]))
        width = max(round(both.width * height / both.height), 1)
        tiles.append(np.asarray(both.resize((width, height), Image.Resampling.BILINEAR)))
    widest = max(tile.shape[1] for tile in tiles) + 4
    lines = -(-len(tiles) // columns)
    sheet = np.full((lines * (height + 4), min(columns, len(tiles)) * widest, 3), 40, np.uint8)
    for number, tile in enumerate(tiles):
        row, column = (number // columns) * (height + 4), (number % columns) * widest
        sheet[row : row + height, column : column + tile.shape[1]] = tile
    return sheet
