"""Studies of lusgui, and recordings with mask files beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lusgui.base.errors import StudyError, UnreadableFileError
from training.data.pair_layouts import MASK_FOLDERS
from training.data.pictures import MASK_ENDINGS, UNNAMED, files_in
from training.dataset import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.recording import Recording
    from lusgui.io.masks_in import Pairing
    from lusgui.io.study import Study
    from lusgui.io.study_entries import RecordingEntry

STUDY_ENDING = ".lusgui"
RECORDING_ENDINGS = frozenset((".mat", ".avi", ".mp4", ".m4v", ".mov", ".mkv", ".dcm", ".dicom", ".ima"))
_GENERAL_WORDS = frozenset(("", "mask", "masks", "seg", "segmentation", "label", "labels", "gt", "truth"))


def studies_in(path: Path) -> list[Path]:
    """Return the study itself, or the studies of a folder."""
    if path.is_file():
        return [path] if path.suffix.casefold() == STUDY_ENDING else []
    return files_in(path, (STUDY_ENDING,)) if path.is_dir() else []


def fits_study(path: Path) -> bool:
    """Whether it is a study or a folder with one."""
    return bool(studies_in(path))


def read_studies(path: Path) -> list[Sample]:
    """Read what people decided in studies: accepted and edited masks, and where they saw nothing.

    Frames and labels that nobody reviewed are left out; "nothing here" is an empty mask that is known.

    Raises
    ------
    LusguiError
        If nothing was reviewed, or a recording is missing or no longer the same.
    """
    from lusgui.io.study import Study

    samples: list[Sample] = []
    places = studies_in(path)
    for place in places:
        with Study.open(place, read_only=True) as study:
            for entry in study.recordings():
                taken = {sample.group for sample in samples}
                group = entry.name if entry.name not in taken else f"{place.stem}/{entry.id} {entry.name}"
                samples += _of_entry(study, entry, group)
    if not samples:
        raise UnreadableFileError(
            "no frame of the study was reviewed yet",
            path=places[0] if places else path,
            remedy="Accept masks, or say 'nothing here', and try again",
        )
    return samples


def _of_entry(study: Study, entry: RecordingEntry, group: str) -> list[Sample]:
    import numpy as np

    from lusgui.core.annotation import PlaneKey, Status
    from lusgui.core.intensity import measure_mapping

    frames: dict[int, dict[str, NDArray[np.bool_]]] = {}
    for (frame, label), status in sorted(study.statuses(entry.id).items()):
        if not status.is_reviewed:
            continue
        mask = study.mask(PlaneKey(entry.id, frame, label), entry.shape)
        if status is Status.NOTHING_HERE or mask is None:
            mask = np.zeros(entry.shape, dtype=np.bool_)
        frames.setdefault(frame, {})[label] = mask
    if not frames:
        return []
    with _opened(study, entry) as recording:
        mapping = entry.mapping or measure_mapping(recording)
        return [
            Sample(
                f"{group}_{frame + 1:05d}" if entry.frames > 1 else group,
                group,
                np.array(recording.frame(frame)),
                {label: np.array(mask) for label, mask in masks.items()},
                mapping=mapping,
                spacing_mm=entry.spacing_mm,
                source=f"{study.path.name}: {entry.name}",
            )
            for frame, masks in sorted(frames.items())
        ]


def _opened(study: Study, entry: RecordingEntry) -> Recording:
    from lusgui.io.open import open_recording

    places = [entry.path]
    if entry.relative_path:
        places.insert(0, study.path.parent / entry.relative_path)
    place = next((one for one in places if one.is_file()), None)
    if place is None:
        raise StudyError(
            f"the recording '{entry.name}' is no longer where it was",
            path=entry.path,
            remedy=f"Open the study '{study.path.name}' and say where it is",
        )
    recording = open_recording(place, recipe=entry.recipe)
    if recording.frame_shape != entry.shape or recording.frame_count != entry.frames:
        recording.close()
        raise StudyError("the file is no longer the one that the study was made with", path=place)
    return recording


def fits_recordings(folder: Path) -> bool:
    """Whether there are recordings with mask files beside them or in a folder ``masks``."""
    recordings, masks = _split(folder)
    stems = [path.stem.casefold() for path in recordings]
    return any(path.parent != folder or _begins(path.stem.casefold(), stems) for path in masks) and bool(
        stems
    )


def _split(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return (recordings, mask files): a mask's name goes on where a recording's ends."""
    if not folder.is_dir():
        return [], []
    files = files_in(folder, RECORDING_ENDINGS | MASK_ENDINGS)
    stems = sorted({path.stem.casefold() for path in files if path.suffix.casefold() in RECORDING_ENDINGS})
    recordings, masks = [], []
    for path in files:
        if _begins(path.stem.casefold(), stems) or path.suffix.casefold() not in RECORDING_ENDINGS:
            masks.append(path)
        else:
            recordings.append(path)
    for part in sorted(folder.iterdir()):
        if part.is_dir() and part.name.casefold() in MASK_FOLDERS:
            masks += files_in(part, MASK_ENDINGS)
    return recordings, masks


def _begins(name: str, stems: Iterable[str]) -> bool:
    # clip_2 is no mask of clip: what follows must hold a letter
    return any(
        name != stem
        and name.startswith(stem)
        and not name[len(stem)].isalnum()
        and any(letter.isalpha() for letter in name[len(stem) :])
        for stem in stems
    )


def read_recordings(folder: Path) -> list[Sample]:
    """Read recordings with masks beside them: ``clip.mat`` with ``clip_rib.mat``, ``clip.rib.tif`` or alike.

    A label is what a file calls its masks (``mask_rib``), else the word after the recording's name. Frames
    without a mask are left out, and planes that our own exports call unreviewed.

    Raises
    ------
    LusguiError
        If a recording has no mask, a mask fits no recording, or one cannot be read.
    """
    from contextlib import ExitStack

    import numpy as np

    from lusgui.core.intensity import measure_mapping
    from lusgui.io.masks_in import read_masks, stated_statuses
    from lusgui.io.open import open_recording

    places, mask_files = _split(folder)
    samples = []
    with ExitStack() as stack:
        opened = [stack.enter_context(open_recording(place)) for place in places]
        pairings = [pairing for path in mask_files for pairing in _pairings(path, opened)]
        statuses = stated_statuses(pairings)
        planes: dict[int, dict[int, dict[str, NDArray[np.bool_]]]] = {}
        for (index, frame, label), mask in read_masks(pairings).items():
            status = statuses.get((index, frame, label))
            if status is None or status.is_reviewed:
                planes.setdefault(index, {}).setdefault(frame, {})[label] = mask
        for index, recording in enumerate(opened):
            if index not in planes:
                raise UnreadableFileError(
                    "the recording has no mask",
                    path=places[index],
                    remedy=f"Put '{places[index].stem}_rib.mat' or the like beside it, or take it out",
                )
            mapping = measure_mapping(recording)
            for frame, masks in sorted(planes[index].items()):
                name = recording.name if recording.frame_count == 1 else f"{recording.name}_{frame + 1:05d}"
                samples.append(
                    Sample(
                        name,
                        recording.name,
                        np.array(recording.frame(frame)),
                        {UNNAMED if label == _NO_NAME else label: mask for label, mask in masks.items()},
                        mapping=mapping,
                        spacing_mm=recording.spacing_mm,
                        source=places[index].name,
                    )
                )
    return samples


_NO_NAME = "mask"


def _pairings(path: Path, recordings: list[Recording]) -> list[Pairing]:
    from lusgui.io.masks_in import preview_pairing
    from lusgui.io.masks_read import read_mask_file

    names = {}
    for group in read_mask_file(path):
        value = (group.label or "").removeprefix("value ")
        names[value] = group.label or _label_in(path, recordings)
    found = preview_pairing([path], recordings, label=names)
    for pairing in found:
        if pairing.problem is not None:
            raise UnreadableFileError(
                pairing.problem.removeprefix(f"{path.name}: "),
                path=path,
                remedy="Correct the file, or take it out",
            )
    return found


def _label_in(path: Path, recordings: list[Any]) -> str:
    """Return the word after the recording's name in a mask file's name."""
    names = [one.name for one in recordings if path.stem.casefold().startswith(one.name.casefold())]
    if not names:
        return _NO_NAME
    rest = path.stem[max(map(len, names)) :]
    word = re.sub(r"[_.-]\d+$", "", rest).strip("_.- ")
    return _NO_NAME if word.casefold() in _GENERAL_WORDS else word
