"""Which frames belong to one patient or clip, and so must not stand on both sides of a split."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.base.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.dataset import Sample

GROUPS_FILE = "groups.csv"
UNKNOWN = ""
"""Group that a reader leaves where the layout says nothing."""

_OWN_FRAME_NAME = re.compile(r"(.+)_\d{5}")
"""How lusgui names the frames that it writes: recording, then the frame counted from 1."""


def assign_groups(
    samples: Sequence[Sample], folder: Path, natural: bool = False
) -> tuple[list[Sample], list[str]]:
    """Give each sample its group.

    ``groups.csv`` in the folder (columns ``file`` and ``group``, parted by commas, semicolons or tabs; a file
    by its name with or without extension) overrules all else. Then comes what the layout says; then file
    names as lusgui writes frames, ``<recording>_00012``. What is left is a group of its own.

    Parameters
    ----------
    samples : sequence of Sample
        Those whose group is not known have the group ``UNKNOWN``.
    folder : Path
        Of the data set.
    natural : bool
        Whether these are photographs, of which each may well stand for itself.

    Returns
    -------
    samples : list of Sample
        With groups.
    warnings : list of str
        What was guessed, one sentence each.

    Raises
    ------
    UnreadableFileError
        If ``groups.csv`` is damaged or does not list a frame.
    """
    listed = read_groups(folder)
    if listed is not None:
        return [replace(one, group=_listed_group(one, listed, folder)) for one in samples], []
    unknown = [sample for sample in samples if sample.group == UNKNOWN]
    if not unknown:
        return list(samples), []
    clips = [_OWN_FRAME_NAME.fullmatch(sample.name) for sample in unknown]
    names = {match.group(1) for match in clips if match}
    if all(clips) and 1 < len(names) < len(unknown):
        found = {sample.name: match.group(1) for sample, match in zip(unknown, clips, strict=True) if match}
        said = (
            f"The names of {len(unknown)} frames speak of {len(names)} recordings, which are kept together; "
            f"if patients have several, say so in {GROUPS_FILE}."
        )
    else:
        found = {sample.name: sample.name for sample in unknown}
        said = (
            f"Nothing says which of {len(unknown)} images are of one patient or clip, so each counts as its "
            f"own group and a split may leak. Write {GROUPS_FILE} (columns file, group) into the folder."
        )
    grouped = [
        replace(sample, group=found[sample.name]) if sample.group == UNKNOWN else sample for sample in samples
    ]
    return grouped, [] if natural else [said]


def read_groups(folder: Path) -> dict[str, str] | None:
    """Return the groups that ``groups.csv`` names, by file, or None without it.

    Raises
    ------
    UnreadableFileError
        If it is damaged.
    """
    path = folder / GROUPS_FILE
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            text = stream.read()
        # a German Excel writes semicolons
        header = text.partition("\n")[0]
        mark = max(",;\t", key=header.count)
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark))
    except (OSError, ValueError, csv.Error) as error:
        raise UnreadableFileError("it cannot be read as a table", path=path) from error
    groups = {}
    for number, row in enumerate(rows, start=2):
        file, group = row.get("file"), row.get("group")
        if not file or not group:
            raise UnreadableFileError(
                f"line {number} lacks the file or the group",
                path=path,
                remedy="Write two columns, 'file' and 'group', with a first line that names them",
            )
        groups[file.strip().replace("\\", "/")] = group.strip()
    if not groups:
        raise UnreadableFileError("it lists no file", path=path, remedy="Fill it in or remove it")
    return groups


def _listed_group(sample: Sample, listed: dict[str, str], folder: Path) -> str:
    file = sample.source.replace("\\", "/")
    last = file.rsplit("/", 1)[-1]
    for name in (sample.name, file, last, last.rsplit(".", 1)[0]):
        if name and name in listed:
            return listed[name]
    raise UnreadableFileError(
        f"it does not list '{last or sample.name}'",
        path=folder / GROUPS_FILE,
        remedy="Add the file and its group, or remove the table",
    )


def join_alike(samples: Sequence[Sample], distance: int | None = None) -> list[Sample]:
    """Return the samples with groups united that hold near duplicates of each other.

    For sets such as usgra whose frames come shuffled and without a word of patients: neighbouring frames of
    one clip then share a group. A united group has the name of its first.

    Parameters
    ----------
    samples : sequence of Sample
        With groups.
    distance : int, optional
        See `training.data.near_duplicates.find`.
    """
    from training.data.near_duplicates import DEFAULT_DISTANCE, find

    parent = {sample.group: sample.group for sample in samples}

    def root(group: str) -> str:
        while parent[group] != group:
            parent[group] = group = parent[parent[group]]
        return group

    order = {group: place for place, group in enumerate(parent)}
    for pair in find(samples, DEFAULT_DISTANCE if distance is None else distance):
        ends = sorted(
            (root(samples[pair.first].group), root(samples[pair.second].group)), key=order.__getitem__
        )
        parent[ends[1]] = ends[0]
    return [replace(sample, group=root(sample.group)) for sample in samples]
