"""Bringing in masks drawn elsewhere: which file belongs to which recording, frames and label."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lusgui.base.errors import LusguiError
from lusgui.core.annotation import Status
from lusgui.core.progress import no_progress
from lusgui.io.export.provenance import SIDECAR_ENDING
from lusgui.io.masks_read import MaskGroup, read_mask_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.label import Label
    from lusgui.core.progress import Progress


class MaskTarget(Protocol):
    """What is asked of a recording: `lusgui.core.recording.Recording` has it all."""

    @property
    def name(self) -> str:
        """File name without extension."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(T, H, W)."""

    @property
    def frame_numbers(self) -> tuple[int, ...]:
        """For each frame its 1-based number in the source variable."""


@dataclass(frozen=True)
class Target:
    """A recording as the study knows it, without its file open."""

    name: str
    shape: tuple[int, int, int]
    frame_numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pairing:
    """One line of the preview.

    Parameters
    ----------
    path : Path
        Mask file.
    part : str
        Variable, gray level or category inside it; may be empty.
    recording : str or None
        Name of the recording it is taken to belong to.
    recording_index : int or None
        Its place in the list that was given.
    frames : tuple of int
        0-based frame of each mask.
    label : str or None
        Label key.
    reason : str
        Why, in words.
    problem : str or None
        Why it cannot be imported, one sentence; None when it can.
    group : MaskGroup or None
        Where the pixels are read from.
    """

    path: Path
    part: str = ""
    recording: str | None = None
    recording_index: int | None = None
    frames: tuple[int, ...] = ()
    label: str | None = None
    reason: str = ""
    problem: str | None = None
    group: MaskGroup | None = None


def preview_pairing(
    paths: Iterable[Path],
    recordings: Sequence[MaskTarget],
    labels: Sequence[Label] = (),
    label: str | Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> list[Pairing]:
    """Say of each mask file which recording, frames and label it belongs to, without changing anything.

    Parameters
    ----------
    paths : iterable of Path
        Files; folders are searched (not their subfolders).
    recordings : sequence of MaskTarget
        What they may belong to.
    labels : sequence of Label
        Labels known to the study.
    label : str or mapping, optional
        The label key of all masks; or, for label maps, from gray level ("1") or category to label key.
    progress : Progress, optional
        Told of each file.

    Returns
    -------
    list of Pairing
        At least one a file; those with a `problem` are not imported.
    """
    report = progress or no_progress
    files = _expand(paths)
    pairings: list[Pairing] = []
    for done, path in enumerate(files):
        report(done, len(files), path.name)
        try:
            groups = read_mask_file(path)
        except LusguiError as error:
            pairings.append(Pairing(path, problem=error.message))
            continue
        pairings += [_pair(path, group, recordings, labels, label) for group in groups]
    report(len(files), len(files), "")
    return _refuse_doubles(pairings)


def read_masks(
    pairings: Iterable[Pairing], progress: Progress | None = None
) -> dict[tuple[int, int, str], NDArray[np.bool_]]:
    """Read the pixels of the pairings that have no problem, for one undoable edit.

    Returns
    -------
    dict
        (recording index, frame, label key) to (H, W) bool mask.

    Raises
    ------
    LusguiError
        If a file turns out to be damaged; nothing is changed then.
    """
    report = progress or no_progress
    good = [pairing for pairing in pairings if pairing.problem is None]
    planes = {}
    for done, pairing in enumerate(good):
        report(done, len(good), pairing.path.name)
        if pairing.group is None or pairing.recording_index is None or pairing.label is None:
            continue
        stated = pairing.group.statuses or ()
        for k, frame in enumerate(pairing.frames):
            mask = pairing.group.read(k)
            # Our own exports say where nobody ever looked: that is no mask, and erases none.
            if k < len(stated) and stated[k] == Status.UNTOUCHED and not mask.any():
                continue
            planes[pairing.recording_index, frame, pairing.label] = mask
    report(len(good), len(good), "")
    return planes


def stated_statuses(pairings: Iterable[Pairing]) -> dict[tuple[int, int, str], Status]:
    """Return what our own exports say of their masks, keyed like `read_masks`; empty for other files."""
    known = {str(status): status for status in Status}
    found = {}
    for pairing in pairings:
        if pairing.problem is None and pairing.recording_index is not None and pairing.label is not None:
            stated = (pairing.group.statuses if pairing.group else None) or ()
            for frame, text in zip(pairing.frames, stated, strict=False):
                if text in known:
                    found[pairing.recording_index, frame, pairing.label] = known[text]
    return found


def read_mask(path: Path) -> NDArray[np.bool_]:
    """Read the masks of a file that holds one structure, as (T, H, W) bool.

    Raises
    ------
    LusguiError
        If the file cannot be read or holds several structures.
    """
    import numpy as np

    groups = read_mask_file(path)
    if len(groups) != 1:
        parts = ", ".join(group.part for group in groups)
        raise LusguiError(f"it holds several structures ({parts})", path=path)
    return np.stack([groups[0].read(k) for k in range(groups[0].shape[0])])


def _expand(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            files.append(path)
            continue
        files += sorted(
            one
            for one in path.iterdir()
            if one.is_file()
            and not one.name.startswith(".")
            and not one.name.endswith(SIDECAR_ENDING)
            and one.suffix.lower() in (".tif", ".tiff", ".png", ".bmp", ".mat", ".json")
        )
    return files


def _pair(
    path: Path,
    group: MaskGroup,
    recordings: Sequence[MaskTarget],
    labels: Sequence[Label],
    label: str | Mapping[str, str] | None,
) -> Pairing:
    pairing = Pairing(path, group.part, group=group, label=_choose_label(path, group, labels, label))
    index, reason = _choose_recording(path, group, recordings)
    if index is None:
        return replace(pairing, problem=f"{path.name}: {reason}")
    target = recordings[index]
    pairing = replace(pairing, recording=target.name, recording_index=index, reason=reason)
    here, there = group.shape[1:], target.shape[1:]
    if here != there:
        turned = " They look turned by 90 degrees." if here == there[::-1] else ""
        return replace(
            pairing,
            problem=f"{path.name}: its masks are {here[0]} x {here[1]} pixels, the frames of '{target.name}' "
            f"{there[0]} x {there[1]}.{turned} Masks are never resized.",
        )
    frames, why = _choose_frames(path, group, target)
    if frames is None:
        return replace(pairing, problem=f"{path.name}: {why}")
    pairing = replace(pairing, frames=frames, reason=f"{reason}; {why}")
    if pairing.label is None:
        what = f" ({group.label})" if group.label else ""
        return replace(pairing, problem=f"{path.name}: it is not known of what this is a mask{what}. Say it.")
    return pairing


def _choose_label(
    path: Path, group: MaskGroup, labels: Sequence[Label], label: str | Mapping[str, str] | None
) -> str | None:
    value = (group.label or "").removeprefix("value ")
    if isinstance(label, str):
        # One name for a file of several structures would unite them.
        is_map = (group.label or "").startswith("value ")
        return None if is_map else label
    if label is not None and value in label:
        return label[value]
    if group.label is not None:
        for one in labels:
            if group.label.casefold() in (one.key.casefold(), one.name.casefold()):
                return one.key
    words = _as_words(path.stem)
    for one in labels:
        if any(name.strip("_") and name in words for name in (_as_words(one.key), _as_words(one.name))):
            return one.key
    return None


def _as_words(text: str) -> str:
    """Return the words of a name between underscores, so that one name is found in another as whole words."""
    return f"_{'_'.join(re.split(r'[^a-z0-9]+', text.casefold()))}_"


def _choose_recording(
    path: Path, group: MaskGroup, recordings: Sequence[MaskTarget]
) -> tuple[int | None, str]:
    if not recordings:
        return None, "there is no recording to pair it with."
    names = [recording.name.casefold() for recording in recordings]
    if group.source is not None:
        source = group.source.casefold()
        found = [index for index, name in enumerate(names) if name == source]
        if len(found) == 1:
            return found[0], "the file names the recording"
        if len(found) > 1:
            return None, f"several recordings are called '{group.source}'."
    stem = path.stem.casefold()
    fitting = [
        index
        for index, name in enumerate(names)
        if stem == name or (stem.startswith(name) and not stem[len(name)].isalnum())
    ]
    if fitting:
        longest = max(len(names[index]) for index in fitting)
        fitting = [index for index in fitting if len(names[index]) == longest]
        if len(fitting) == 1:
            return fitting[0], "its name begins with the recording's"
        return None, f"several recordings are called '{recordings[fitting[0]].name}'."
    if len(recordings) == 1 and group.source is None:
        return 0, "there is only one recording"
    same = [index for index, recording in enumerate(recordings) if recording.shape == group.shape]
    if len(same) == 1 and group.source is None:
        return same[0], "only this recording has its size and number of frames"
    return None, "no recording's name begins its name."


def _choose_frames(path: Path, group: MaskGroup, target: MaskTarget) -> tuple[tuple[int, ...] | None, str]:
    total, count = target.shape[0], group.shape[0]
    if group.frames is not None:
        if all(0 <= frame < total for frame in group.frames):
            return group.frames, "the file states its frames"
        return None, f"it states frame {max(group.frames) + 1}, but '{target.name}' has {total}."
    if group.source_numbers is not None:
        numbers = target.frame_numbers or tuple(range(1, total + 1))
        places = {number: index for index, number in enumerate(numbers)}
        missing = [number for number in group.source_numbers if number not in places]
        if missing:
            return None, f"it states frame {missing[0]} of the variable, which '{target.name}' does not have."
        return tuple(places[number] for number in group.source_numbers), "the file states its frames"
    if count == total:
        return tuple(range(total)), "as many masks as frames"
    rest = path.stem[len(target.name) :] if path.stem.startswith(target.name) else path.stem
    number = re.search(r"(\d+)\D*$", rest)
    if count == 1 and number is not None and 1 <= int(number.group(1)) <= total:
        return (int(number.group(1)) - 1,), "the number in its name, counted from 1"
    return None, f"it holds {count} masks for a recording of {total} frames and does not say which."


def _refuse_doubles(pairings: list[Pairing]) -> list[Pairing]:
    """Two masks for the same plane: neither may win silently, so the later one is refused."""
    taken: dict[tuple[int | None, int, str | None], str] = {}
    checked = []
    for pairing in pairings:
        planes = [(pairing.recording_index, frame, pairing.label) for frame in pairing.frames]
        clash = next((plane for plane in planes if plane in taken), None)
        if pairing.problem is None and clash is not None:
            problem = f"{pairing.path.name}: {taken[clash]} has a mask for frame {clash[1] + 1} already."
            checked.append(replace(pairing, problem=problem))
            continue
        if pairing.problem is None:
            taken.update(dict.fromkeys(planes, pairing.path.name))
        checked.append(pairing)
    return checked
