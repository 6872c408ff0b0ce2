"""What is measured of every mask of a study, and its callipers: one line a figure, as CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.measures.cerebellum import TCD
from lusgui.core.measures.drawn import figure_of
from lusgui.core.measures.figure import Figure
from lusgui.core.measures.gestational_age import plausibility
from lusgui.core.measures.plane import Structure, is_shadow, measure_plane, structure_of
from lusgui.core.progress import no_progress
from lusgui.io.export.provenance import make_provenance
from lusgui.io.study_callipers import read_callipers, read_known_ages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.label import Label
    from lusgui.core.measures.drawn import Drawn
    from lusgui.core.progress import Progress
    from lusgui.core.recording import Recording
    from lusgui.io.study import Study
    from lusgui.io.study_entries import RecordingEntry

    Open = Callable[[RecordingEntry], Recording]

CALLIPER = "calliper"
"""Stands in the column of labels where a person measured by hand."""

FORMATS = ("csv", "json")


@dataclass(frozen=True)
class MeasureRow:
    """One figure of one frame.

    Parameters
    ----------
    recording : str
        What the recording is called.
    frame : int
        Its number in the source variable, from 1.
    label : str
        Key of the label, or ``calliper``.
    status : str
        What a person said of the mask.
    rater : str
        Who drew it.
    part : str
        Which of several, or the source of an age.
    measure, name : str
        Stable key, and words.
    value : float or None
        In `unit`; None where it is refused.
    unit : str
        ``mm``, ``mm²``, ``°``, ``weeks``, or empty for a count.
    reason : str
        Why there is no value.
    note : str
        What must be said beside it.
    """

    recording: str
    frame: int
    label: str
    status: str
    rater: str
    part: str
    measure: str
    name: str
    value: float | None
    unit: str
    reason: str
    note: str


COLUMNS = tuple(field.name for field in fields(MeasureRow))


def measure_study(
    study: Study,
    *,
    labels: Iterable[str] | None = None,
    recordings: Iterable[str] | None = None,
    reviewed_only: bool = False,
    with_images: bool = True,
    open_recording_of: Open | None = None,
    progress: Progress | None = None,
) -> list[MeasureRow]:
    """Measure every human mask of a study, and read its callipers.

    Parameters
    ----------
    study : Study
        The open study.
    labels, recordings : iterable of str, optional
        Keys or names of those wanted; all of them if not given.
    reviewed_only : bool
        Whether only masks are measured that a person reviewed.
    with_images : bool
        Whether recordings are opened to find the shadows behind ribs; one that cannot be opened is measured
        without.
    open_recording_of : callable, optional
        Opens the file of a recording.
    progress : Progress, optional
        Told of every frame; may cancel.

    Raises
    ------
    LusguiError
        If a label or a recording is not in the study.
    """
    tell = progress or no_progress
    known = study.labels()
    chosen = _chosen(study, known, labels)
    entries = _chosen_recordings(study, recordings)
    planes = [_planes(study, entry, chosen, reviewed_only) for entry in entries]
    total = sum(map(len, planes)) or 1
    ages = read_known_ages(study)
    rows: list[MeasureRow] = []
    done = 0
    for entry, keys in zip(entries, planes, strict=True):
        callipers = read_callipers(study, entry.id)
        grays = _Grays(entry, with_images, open_recording_of or _open)
        try:
            for key in keys:
                tell(done, total, entry.name)
                rows += _of_plane(study, entry, key, grays, callipers, ages.get(entry.id), known)
                done += 1
        finally:
            grays.close()
        if labels is None:
            rows += _of_callipers(entry, callipers)
    tell(total, total, "")
    return rows


def _chosen(study: Study, known: Sequence[Label], wanted: Iterable[str] | None) -> tuple[Label, ...]:
    if wanted is None:
        return tuple(known)
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


def _chosen_recordings(study: Study, wanted: Iterable[str] | None) -> list[RecordingEntry]:
    known = study.recordings()
    if wanted is None:
        return known
    names = set(wanted)
    missing = names - {name for entry in known for name in (entry.name, entry.path.stem, entry.path.name)}
    if missing:
        raise LusguiError(
            f"the study has no recording '{min(missing)}'",
            path=study.path,
            remedy=f"Its recordings are {', '.join(entry.name for entry in known)}",
        )
    return [entry for entry in known if names & {entry.name, entry.path.stem, entry.path.name}]


def _planes(
    study: Study, entry: RecordingEntry, labels: tuple[Label, ...], reviewed_only: bool
) -> list[PlaneKey]:
    """Return the planes of a recording that may hold a mask, by frame and label."""
    order = {label.key: number for number, label in enumerate(labels)}
    found = [
        (frame, order[label], label)
        for (frame, label), status in study.statuses(entry.id).items()
        if label in order
        and status not in (Status.REJECTED, Status.IGNORED)
        and (status.is_reviewed or not reviewed_only)
    ]
    return [PlaneKey(entry.id, frame, label) for frame, _number, label in sorted(found)]


class _Grays:
    """Frames of a recording as gray; none where they are not wanted or cannot be read."""

    def __init__(self, entry: RecordingEntry, is_wanted: bool, opener: Open) -> None:
        self._entry = entry
        self._is_wanted = is_wanted
        self._opener = opener
        self._recording: Recording | None = None
        self._mapping: DisplayMapping | None = entry.mapping

    def frame(self, number: int) -> NDArray[np.float32] | None:
        """Return the gray (H, W) of a frame before despeckling, or None."""
        if not self._is_wanted:
            return None
        from lusgui.core.intensity import measure_mapping
        from lusgui.core.pipeline import gray_frame

        try:
            if self._recording is None:
                self._recording = self._opener(self._entry)
            recording = self._recording
            if recording.frame_shape != self._entry.shape or number >= recording.frame_count:
                raise LusguiError("the file is no longer the one that was drawn on", path=self._entry.path)
            if self._mapping is None:
                self._mapping = measure_mapping(recording)
            return gray_frame(recording.frame(number), self._mapping)
        except LusguiError:
            self._is_wanted = False
            return None

    def close(self) -> None:
        """Close the file."""
        if self._recording is not None:
            self._recording.close()


def _open(entry: RecordingEntry) -> Recording:
    from lusgui.io.open import open_recording

    return open_recording(entry.path, recipe=entry.recipe)


def _of_plane(
    study: Study,
    entry: RecordingEntry,
    key: PlaneKey,
    grays: _Grays,
    callipers: dict[int, tuple[Drawn, ...]],
    known_weeks: float | None,
    known: Sequence[Label],
) -> Iterator[MeasureRow]:
    annotation = study.annotation(key)
    mask = study.mask(key, entry.shape)
    if annotation is None or mask is None or not mask.any():
        return
    labels = {label.key: label.name for label in known}
    structure = structure_of(key.label, labels.get(key.label, ""))
    is_rib = structure is Structure.RIB
    shadow = _shadow(study, entry, key, known) if is_rib else None
    gray = grays.frame(key.frame) if is_rib and shadow is None and entry.spacing_mm is not None else None
    moved = next((one.points for one in callipers.get(key.frame, ()) if one.role == TCD), None)
    ends = (moved[0], moved[1]) if moved is not None and structure is Structure.CEREBELLUM else None
    figures = measure_plane(structure, mask, entry.spacing_mm, gray=gray, shadow=shadow, ends=ends)
    diameter = next((one.value for one in figures if one.key == TCD), None)
    if diameter is not None and known_weeks is not None:
        figures += _of_known_age(diameter, known_weeks)
    for one in figures:
        yield _row(entry, key.frame, key.label, str(annotation.status), annotation.rater, one)


def _of_known_age(diameter_mm: float, weeks: float) -> list[Figure]:
    """Return how a diameter compares with those of the age that is known."""
    found = plausibility(diameter_mm, weeks)
    if found is None:
        return []
    note = (
        f"at {weeks:.1f} weeks {found.expected_mm:.1f} mm are expected,"
        f" {found.lowest_mm:.1f} to {found.highest_mm:.1f} (3rd to 97th centile)"
    )
    part = "INTERGROWTH-21st, known age"
    return [
        Figure("tcd_z", "Diameter, z score", found.z, "", part, note=note),
        Figure("tcd_centile", "Diameter, centile", found.centile, "", part, note=note),
    ]


def _shadow(
    study: Study, entry: RecordingEntry, key: PlaneKey, known: Sequence[Label]
) -> NDArray[np.bool_] | None:
    for label in known:
        if is_shadow(label.key, label.name):
            mask = study.mask(PlaneKey(entry.id, key.frame, label.key), entry.shape)
            if mask is not None and mask.any():
                return mask
    return None


def _of_callipers(entry: RecordingEntry, callipers: dict[int, tuple[Drawn, ...]]) -> Iterator[MeasureRow]:
    for frame, drawn in sorted(callipers.items()):
        if frame < entry.frames:
            for number, one in enumerate(drawn, start=1):
                figure = figure_of(one, entry.spacing_mm, one.role or f"{number}")
                yield _row(entry, frame, CALLIPER, "", "", figure)


def _row(entry: RecordingEntry, frame: int, label: str, status: str, rater: str, one: Figure) -> MeasureRow:
    numbers = entry.frame_numbers or range(1, entry.frames + 1)
    value = None if one.value is None else round(one.value, 4)
    said = (one.part, one.key, one.name, value, one.unit, one.reason, one.note)
    return MeasureRow(entry.name, numbers[frame], label, status, rater, *said)


# summary and files


def summarise(rows: Iterable[MeasureRow]) -> list[dict[str, Any]]:
    """Return number, mean and standard deviation of each measure of each recording, over its frames."""
    values: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        if row.value is not None and row.label != CALLIPER:
            key = (row.recording, row.label, row.part, row.measure, row.unit)
            values.setdefault(key, []).append(row.value)
    summary = []
    for (recording, label, part, measure, unit), found in values.items():
        mean = sum(found) / len(found)
        spread = None
        if len(found) > 1:
            spread = math.sqrt(sum((one - mean) ** 2 for one in found) / (len(found) - 1))
        head = {"recording": recording, "label": label, "part": part, "measure": measure, "unit": unit}
        summary.append(
            head
            | {"n": len(found), "mean": round(mean, 4), "sd": None if spread is None else round(spread, 4)}
        )
    return summary


def as_csv(rows: Iterable[MeasureRow]) -> str:
    """Return the rows as a table with a head."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = asdict(row)
        writer.writerow(["" if values[column] is None else values[column] for column in COLUMNS])
    return text.getvalue()


def as_json(rows: Sequence[MeasureRow], study: Study) -> str:
    """Return the rows, a summary of each recording, and where they come from."""
    origin = make_provenance(source_file=study.path.name, study=study.path.name)
    return (
        json.dumps(
            {
                "provenance": origin,
                "spacing_mm": {
                    entry.name: None if entry.spacing_mm is None else list(entry.spacing_mm)
                    for entry in study.recordings()
                },
                "summary": summarise(rows),
                "measures": [asdict(row) for row in rows],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def write_measures(path: Path, rows: Sequence[MeasureRow], study: Study, *, overwrite: bool = False) -> Path:
    """Write rows to a file, as its name says: ``.csv`` or ``.json``.

    Raises
    ------
    LusguiError
        If the name says neither, there is nothing to write, or the file is there and may not be replaced.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise LusguiError("the name says no kind of table", path=path, remedy="End it in .csv or .json")
    if not rows:
        raise LusguiError(
            "there is no mask and no calliper to measure", path=study.path, remedy="Draw something first"
        )
    text = as_csv(rows) if kind == "csv" else as_json(rows, study)
    with atomic_path(path, overwrite=overwrite) as temporary:
        # a byte order mark lets spreadsheets read ² and ° rightly
        temporary.write_text(text, encoding="utf-8-sig" if kind == "csv" else "utf-8")
    return path
