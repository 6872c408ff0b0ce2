"""The one driver behind every export: plan all files, refuse before the first byte, then write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.progress import no_progress
from lusgui.io.export.batch import FileBatch
from lusgui.io.export.marks import write_marks_csv
from lusgui.io.export.mat import ExportFrames, check_v5_size, check_version, write_mat
from lusgui.io.export.names import DEFAULT_TEMPLATE, check_template, file_base, unique_stems
from lusgui.io.export.png import frame_name, write_mask_png
from lusgui.io.export.provenance import SIDECAR_ENDING, write_sidecar
from lusgui.io.export.tiff import write_image_tiff, write_mask_tiff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.annotation import Status
    from lusgui.core.geometry import Spacing
    from lusgui.core.label import Label
    from lusgui.core.progress import Progress
    from lusgui.io.study_marks import MarkEntry

FORMATS = ("tiff", "mat", "png", "csv")


@dataclass(frozen=True)
class ExportItem:
    """One recording, as much of it as an export needs.

    Parameters
    ----------
    stem : str
        What its files are named after.
    shape : tuple of int
        Rows and columns of a frame.
    frames : tuple of int
        0-based frames to export.
    frame_count : int
        Frames of the whole recording.
    frame_numbers : tuple of int
        For each of `frames` its 1-based number in the source variable.
    labels : tuple of Label
        Labels to export.
    mask : callable
        ``mask(frame, key)`` gives (H, W) bool, or None for an empty mask.
    status : callable
        ``status(frame, key)``.
    wanted : callable, optional
        ``wanted(frame, key)``: whether TIFF and PNG hold that plane; None for all. MAT files hold every
        plane of `frames` and say in ``status`` which were reviewed.
    despeckled : callable or None
        Gives the despeckled `frames` one after the other, float32, in the recording's amplitude state.
    intensity : str
        That amplitude state.
    spacing_mm : tuple of float or None
        (row, column).
    provenance : mapping
        As `lusgui.io.export.provenance.make_provenance` gives it.
    source_path : Path or None
        The recording's file, which is never overwritten.
    marks : tuple of MarkEntry
        Centre points and boxes, of any frame.
    numbers : tuple of int
        For every frame of the recording its 1-based number in the source variable.
    """

    stem: str
    shape: tuple[int, int]
    frames: tuple[int, ...]
    frame_count: int
    frame_numbers: tuple[int, ...]
    labels: tuple[Label, ...]
    mask: Callable[[int, str], NDArray[np.bool_] | None]
    status: Callable[[int, str], Status]
    wanted: Callable[[int, str], bool] | None = None
    despeckled: Callable[[], Iterable[NDArray[np.float32]]] | None = None
    intensity: str = ""
    spacing_mm: Spacing | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    source_path: Path | None = None
    marks: tuple[MarkEntry, ...] = ()
    numbers: tuple[int, ...] = ()

    def plane(self, frame: int, key: str) -> NDArray[np.bool_]:
        """Return a mask (H, W), empty where nothing was drawn.

        Raises
        ------
        LusguiError
            If it does not fit the recording.
        """
        mask = self.mask(frame, key)
        if mask is None:
            return np.zeros(self.shape, dtype=np.bool_)
        if mask.shape != self.shape:
            raise LusguiError(
                f"the mask of frame {frame + 1} does not fit the recording '{self.stem}'", shape=mask.shape
            )
        return mask

    def frames_of(self, key: str) -> tuple[int, ...]:
        """Return the frames that TIFF and PNG hold for a label."""
        if self.wanted is None:
            return self.frames
        return tuple(frame for frame in self.frames if self.wanted(frame, key))


@dataclass(frozen=True)
class _Task:
    """One file to write, and how."""

    target: Path
    base: str
    item: ExportItem
    write: Callable[[Path], None]


def export_items(
    items: Sequence[ExportItem],
    out_dir: Path,
    formats: Sequence[str],
    *,
    mat_version: str = "5",
    template: str = DEFAULT_TEMPLATE,
    overwrite: bool = False,
    one_file_a_frame: bool = False,
    one_mat_a_label: bool = False,
    progress: Progress | None = None,
    planned: Callable[[list[Path]], None] | None = None,
    study_name: str = "",
) -> list[Path]:
    """Export masks and despeckled frames of recordings.

    Every file is planned and checked first; they all take their names when the last one is written.

    Parameters
    ----------
    items : sequence of ExportItem
        What to export.
    out_dir : Path
        Folder, made if need be.
    formats : sequence of {"tiff", "mat", "png", "csv"}
        Kinds of file; ``csv`` is the table of centre points and boxes.
    mat_version : {"5", "7.3"}
        Kind of MAT file.
    template : str
        File names, from ``{stem}``, ``{label}``, ``{study}``, ``{rater}`` and ``{date}``. A MAT file of
        several labels has the label ``masks``.
    overwrite : bool
        Whether files already there may be replaced. Source recordings never are.
    one_file_a_frame : bool
        Whether TIFF has one file a frame rather than one page a frame.
    one_mat_a_label : bool
        Whether each label has a MAT file of its own.
    progress : Progress, optional
        Told of each file; may cancel, and then nothing is written.
    planned : callable, optional
        Told of every file, sidecars too, before any is looked at; may raise ``CancelledError``.
    study_name : str
        What ``{study}`` stands for.

    Returns
    -------
    list of Path
        The files, without their provenance sidecars.

    Raises
    ------
    LusguiError
        If nothing is to be exported, a file is in the way, the disk is full and the like.
    """
    report = progress or no_progress
    check_template(template)
    check_version(mat_version)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise LusguiError(
            f"'{unknown[0]}' is not a format masks are written in" if unknown else "no format was chosen",
            remedy=f"Use {', '.join(FORMATS)}",
        )
    tasks: list[_Task] = []
    for stem, item in zip(unique_stems([one.stem for one in items]), items, strict=True):
        plan = _Plan(item, stem, out_dir, template, study_name)
        for name in dict.fromkeys(formats):
            if name == "mat":
                tasks += plan.mat(mat_version, one_mat_a_label)
            elif name == "csv":
                tasks += plan.marks()
            else:
                tasks += plan.pictures(name, one_file_a_frame)
        tasks += plan.despeckled(formats, one_file_a_frame)
    if not tasks:
        raise LusguiError("there is nothing to export", remedy="Review some frames, or export all of them")
    sidecars = {task.target.with_name(task.base + SIDECAR_ENDING): task for task in tasks}
    sources = [item.source_path for item in items if item.source_path is not None]
    targets = [task.target for task in tasks]
    if planned is not None:
        planned([*targets, *sidecars])
    with FileBatch([*targets, *sidecars], overwrite=overwrite, protected=sources) as batch:
        for done, task in enumerate(tasks):
            report(done, len(tasks), task.target.name)
            task.write(batch.path(task.target))
        for target, task in sidecars.items():
            names = [other.target.name for other in tasks if other.base == task.base]
            frames = [frame + 1 for frame in task.item.frames]
            facts = {"recording": task.item.stem, "exported_frames": frames, **task.item.provenance}
            write_sidecar(batch.path(target), facts, names)
        report(len(tasks), len(tasks), "")
    return targets


class _Plan:
    """The files of one recording."""

    def __init__(self, item: ExportItem, stem: str, out_dir: Path, template: str, study: str) -> None:
        self._item = item
        self._out = out_dir
        facts = item.provenance
        self._values = {
            "stem": stem,
            "study": study,
            "rater": str(facts.get("rater") or ""),
            "date": str(facts.get("date") or "")[:10],
        }
        self._template = template

    def _base(self, label: str) -> str:
        return file_base(self._template, label=label, **self._values)

    def _task(self, base: str, name: str, write: Callable[[Path], None]) -> _Task:
        return _Task(self._out / name, base, self._item, write)

    def mat(self, version: str, one_a_label: bool) -> Iterator[_Task]:
        """Plan the MAT file of all labels, or one of each."""
        item = self._item
        if not item.frames or not (item.labels or item.despeckled):
            return
        groups = [(label,) for label in item.labels] if one_a_label and item.labels else [item.labels]
        for number, labels in enumerate(groups):
            name = labels[0].key if len(labels) == 1 else "masks" if labels else "despeckled"
            content = ExportFrames(
                shape=item.shape,
                frame_numbers=item.frame_numbers,
                labels=labels,
                masks=(lambda key: (item.plane(frame, key) for frame in item.frames)) if labels else None,
                statuses=tuple(
                    tuple(item.status(frame, label.key) for label in labels) for frame in item.frames
                ),
                spacing_mm=item.spacing_mm,
                despeckled=item.despeckled if number == 0 else None,
                provenance=item.provenance,
            )
            base = self._base(name)
            if version == "5":
                check_v5_size(content, self._out / f"{base}.mat")
            yield self._task(
                base,
                f"{base}.mat",
                lambda path, content=content: write_mat(path, content, version),  # type: ignore[misc]
            )

    def marks(self) -> Iterator[_Task]:
        """Plan the table of centre points and boxes."""
        item = self._item
        if item.marks:
            base = self._base("marks")
            yield self._task(
                base,
                f"{base}.csv",
                lambda path: write_marks_csv(path, item.stem, item.marks, item.numbers, item.spacing_mm),
            )

    def pictures(self, name: str, one_file_a_frame: bool) -> Iterator[_Task]:
        """Plan the TIFF or PNG masks of every label."""
        item = self._item
        for label in item.labels:
            key, base = label.key, self._base(label.key)
            frames = item.frames_of(key)
            if not frames:
                continue
            if name == "tiff" and not one_file_a_frame:
                yield self._task(base, f"{base}.tif", lambda path, key=key: self._tiff(path, key))  # type: ignore[misc]
                continue
            ending = "png" if name == "png" else "tif"
            for frame in frames:
                yield self._task(
                    base,
                    f"{frame_name(base, frame, item.frame_count)}.{ending}",
                    lambda path, key=key, frame=frame: self._one(path, key, frame),  # type: ignore[misc]
                )

    def _tiff(self, path: Path, key: str) -> None:
        self._write_tiff(path, key, self._item.frames_of(key))

    def _one(self, path: Path, key: str, frame: int) -> None:
        if path.suffix == ".png":
            write_mask_png(path, self._item.plane(frame, key))
        else:
            self._write_tiff(path, key, (frame,))

    def _write_tiff(self, path: Path, key: str, frames: tuple[int, ...]) -> None:
        item = self._item
        write_mask_tiff(
            path,
            (item.plane(frame, key) for frame in frames),
            (len(frames), *item.shape),
            spacing_mm=item.spacing_mm,
            frames=frames,
            label=key,
            statuses=[item.status(frame, key) for frame in frames],
        )

    def despeckled(self, formats: Iterable[str], one_file_a_frame: bool) -> Iterator[_Task]:
        """Plan the despeckled frames as TIFF; a MAT file carries them itself."""
        item = self._item
        give = item.despeckled
        if give is None or not item.frames or "tiff" not in formats:
            return
        base = self._base("despeckled")
        if not one_file_a_frame:
            shape = (len(item.frames), *item.shape)
            yield self._task(base, f"{base}.tif", lambda path: self._images(path, give(), shape, item.frames))
            return
        images = iter(give())
        for frame in item.frames:
            yield self._task(
                base,
                f"{frame_name(base, frame, item.frame_count)}.tif",
                lambda path, frame=frame: self._images(path, [next(images)], (1, *item.shape), [frame]),  # type: ignore[misc]
            )

    def _images(
        self,
        path: Path,
        images: Iterable[NDArray[np.float32]],
        shape: tuple[int, int, int],
        frames: Sequence[int],
    ) -> None:
        dtype = np.dtype(np.float32)
        spacing, state = self._item.spacing_mm, self._item.intensity
        write_image_tiff(path, images, shape, dtype, spacing_mm=spacing, frames=frames, intensity=state)
