"""Exports of a whole study."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.io.export.names import DEFAULT_TEMPLATE
from lusgui.io.export.provenance import make_provenance
from lusgui.io.export.study_export import ExportItem, export_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.label import Label
    from lusgui.core.progress import Progress
    from lusgui.core.recording import Recording
    from lusgui.io.study import Study
    from lusgui.io.study_entries import RecordingEntry

    Open = Callable[[RecordingEntry], Recording]


def export_study(
    study: Study,
    out_dir: Path,
    formats: Sequence[str] = ("tiff", "mat"),
    *,
    mat_version: str = "5",
    template: str = DEFAULT_TEMPLATE,
    overwrite: bool = False,
    progress: Progress | None = None,
    labels: Iterable[str] | None = None,
    recordings: Iterable[str] | None = None,
    reviewed_only: bool = True,
    despeckle: DespeckleSettings | None = None,
    open_recording_of: Open | None = None,
    one_file_a_frame: bool = False,
    planned: Callable[[list[Path]], None] | None = None,
) -> list[Path]:
    """Export the human masks of a study, and the despeckled frames if wanted.

    Parameters
    ----------
    study : Study
        The open study.
    out_dir : Path
        Folder, made if need be.
    formats : sequence of {"tiff", "mat", "png", "csv"}
        Kinds of file; ``csv`` is the table of centre points and boxes, reviewed or not.
    mat_version : {"5", "7.3"}
        Kind of MAT file.
    template : str
        File names; see `lusgui.io.export.study_export.export_items`.
    overwrite : bool
        Whether files already there may be replaced.
    progress : Progress, optional
        Told of each file; may cancel.
    labels : iterable of str, optional
        Keys or names of the labels to export; all of them if not given.
    recordings : iterable of str, optional
        Names of the recordings to export; all of them if not given.
    reviewed_only : bool
        Whether only frames that a person reviewed are exported. A frame reviewed and found empty is one.
    despeckle : DespeckleSettings, optional
        Also export the frames, despeckled so.
    open_recording_of : callable, optional
        Opens the file of a recording; needed for despeckled frames only, and has a default.
    one_file_a_frame : bool
        Whether TIFF has one file a frame.
    planned : callable, optional
        Told of every file, sidecars too, before any is looked at; may raise ``CancelledError``.

    Returns
    -------
    list of Path
        The files, without their provenance sidecars.

    Raises
    ------
    LusguiError
        If nothing is to be exported, or a file is in the way.
    """
    chosen_labels = _choose_labels(study, labels)
    entries = _choose_recordings(study, recordings)
    items = []
    for entry in entries:
        item = _item(study, entry, chosen_labels, reviewed_only, despeckle, open_recording_of)
        if item.frames or (item.marks and "csv" in formats):
            items.append(item)
    if not items:
        raise LusguiError(
            "no frame of the study was reviewed yet" if reviewed_only else "the study holds no recording",
            path=study.path,
            remedy="Review some frames, or export all of them (--all)"
            if reviewed_only
            else "Add recordings first",
        )
    return export_items(
        items,
        out_dir,
        formats,
        mat_version=mat_version,
        template=template,
        overwrite=overwrite,
        one_file_a_frame=one_file_a_frame,
        progress=progress,
        planned=planned,
        study_name=study.path.stem,
    )


def _choose_labels(study: Study, wanted: Iterable[str] | None) -> tuple[Label, ...]:
    known = study.labels()
    if wanted is None:
        return known
    chosen = []
    for name in dict.fromkeys(wanted):
        found = [label for label in known if name in (label.key, label.name)]
        if not found:
            raise LusguiError(
                f"the study has no label '{name}'",
                path=study.path,
                remedy=f"Its labels are {', '.join(label.key for label in known)}",
            )
        chosen.append(found[0])
    return tuple(chosen)


def _choose_recordings(study: Study, wanted: Iterable[str] | None) -> list[RecordingEntry]:
    known = study.recordings()
    if wanted is None:
        return known
    names = set(wanted)
    missing = names - {name for entry in known for name in (entry.name, entry.path.stem, entry.path.name)}
    if missing:
        raise LusguiError(
            f"the study has no recording '{sorted(missing)[0]}'",
            path=study.path,
            remedy=f"Its recordings are {', '.join(entry.name for entry in known)}",
        )
    return [entry for entry in known if names & {entry.name, entry.path.stem, entry.path.name}]


def _item(
    study: Study,
    entry: RecordingEntry,
    labels: tuple[Label, ...],
    reviewed_only: bool,
    despeckle: DespeckleSettings | None,
    opener: Open | None,
) -> ExportItem:
    statuses = study.statuses(entry.id)

    def status(frame: int, key: str) -> Status:
        return statuses.get((frame, key), Status.UNTOUCHED)

    def mask(frame: int, key: str) -> NDArray[np.bool_] | None:
        return study.mask(PlaneKey(entry.id, frame, key), entry.shape)

    def is_reviewed(frame: int, key: str) -> bool:
        return status(frame, key).is_reviewed

    frames = tuple(
        frame
        for frame in range(entry.frames)
        if not reviewed_only or any(is_reviewed(frame, label.key) for label in labels)
    )
    keys = {label.key for label in labels}
    numbers = entry.frame_numbers or tuple(range(1, entry.frames + 1))
    return ExportItem(
        stem=entry.path.stem,
        shape=entry.shape,
        frames=frames,
        frame_count=entry.frames,
        frame_numbers=tuple(numbers[frame] for frame in frames),
        labels=labels,
        mask=mask,
        status=status,
        wanted=is_reviewed if reviewed_only else None,
        despeckled=None
        if despeckle is None
        else partial(_despeckled, entry, frames, despeckle, opener or _open),
        intensity=str(entry.intensity),
        spacing_mm=entry.spacing_mm,
        provenance=_provenance(study, entry, frames, labels, despeckle),
        source_path=entry.path,
        marks=tuple(one for one in study.marks.entries(entry.id) if one.mark.label in keys),
        numbers=tuple(numbers),
    )


def _provenance(
    study: Study,
    entry: RecordingEntry,
    frames: tuple[int, ...],
    labels: tuple[Label, ...],
    despeckle: DespeckleSettings | None,
) -> dict[str, Any]:
    raters: set[str] = set()
    sources: set[str] = set()
    for frame in frames:
        for label in labels:
            annotation = study.annotation(PlaneKey(entry.id, frame, label.key))
            if annotation is not None:
                raters.add(annotation.rater)
                sources.update(map(str, annotation.provenance.get("sources", ())))
                sources.add(str(annotation.provenance.get("source", "")))
    models = sorted(source.removeprefix("model:") for source in sources if source.startswith("model:"))
    return make_provenance(
        source_file=entry.path.name,
        sha256=entry.sha256,
        variable=entry.variable,
        model_version=", ".join(models) or None,
        despeckle=None if despeckle is None else despeckle.to_json(),
        rater=", ".join(sorted(raters - {""})) or None,
        study=study.path.name,
        mask_sources=sorted(sources - {""}),
        frames_in_recording=entry.frames,
    )


def _open(entry: RecordingEntry) -> Recording:
    from lusgui.io.open import open_recording

    return open_recording(entry.path, recipe=entry.recipe)


def _despeckled(
    entry: RecordingEntry, frames: tuple[int, ...], settings: DespeckleSettings, opener: Open
) -> Iterator[NDArray[np.float32]]:
    from lusgui.core.despeckle import despeckle

    with opener(entry) as recording:
        if recording.frame_shape != entry.shape or recording.frame_count != entry.frames:
            raise LusguiError("the file is no longer the one that the study was made with", path=entry.path)
        for frame in frames:
            yield despeckle(recording.frame(frame), recording.intensity, settings)
