"""The lines of the import table: what the file says, what the person says instead, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lusgui.base.translate import tr, trn
from lusgui.io.masks_in import Pairing, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.session.session import Session


@dataclass(frozen=True)
class ImportRow:
    """One line of the table.

    Parameters
    ----------
    pairing : Pairing
        What will be imported; its problem is up to date.
    found : Pairing
        What was found before anybody changed anything.
    is_wanted : bool
        Whether it shall be imported.
    """

    pairing: Pairing
    found: Pairing
    is_wanted: bool = True

    @property
    def is_ready(self) -> bool:
        """Whether it will be imported."""
        return self.is_wanted and self.pairing.problem is None

    @property
    def count(self) -> int:
        """Number of masks in the file."""
        return 0 if self.pairing.group is None else self.pairing.group.shape[0]

    @property
    def first_frame(self) -> int | None:
        """0-based first frame where the frames follow one another; None where they do not, or are unknown."""
        frames = self.pairing.frames
        is_run = bool(frames) and frames == tuple(range(frames[0], frames[0] + len(frames)))
        return frames[0] if is_run else None


def targets_of(session: Session) -> tuple[list[int], list[Target]]:
    """Return the ids of the recordings, and the recordings as the pairing wants them."""
    ids, targets = [], []
    study = session.study
    numbers = {entry.id: entry.frame_numbers for entry in study.recordings()} if study is not None else {}
    for row in session.recording_rows():
        ids.append(row.id)
        targets.append(Target(row.path.stem, (row.frames, *row.shape), numbers.get(row.id, ())))
    return ids, targets


def change(
    row: ImportRow,
    targets: Sequence[Target],
    *,
    recording: int | None = None,
    first_frame: int | None = None,
    label: str | None = None,
) -> ImportRow:
    """Return the line with what the person chose; what is None stays."""
    pairing = row.pairing
    if recording is not None:
        pairing = replace(
            pairing, recording_index=recording, recording=targets[recording].name, reason="you chose it"
        )
        if not pairing.frames and row.count == targets[recording].shape[0]:
            pairing = replace(pairing, frames=tuple(range(row.count)))
    if first_frame is not None:
        pairing = replace(
            pairing, frames=tuple(range(first_frame, first_frame + row.count)), reason="you chose it"
        )
    if label is not None:
        pairing = replace(pairing, label=label)
    return replace(row, pairing=pairing)


def check(rows: Sequence[ImportRow], targets: Sequence[Target]) -> list[ImportRow]:
    """Return the lines with their problems up to date; of two masks for one plane the later is refused."""
    checked: list[ImportRow] = []
    taken: dict[tuple[int | None, int, str | None], str] = {}
    for row in rows:
        problem = _problem(row, targets)
        pairing = row.pairing
        if problem is None and row.is_wanted:
            planes = [(pairing.recording_index, frame, pairing.label) for frame in pairing.frames]
            clash = next((plane for plane in planes if plane in taken), None)
            if clash is not None:
                problem = tr(
                    "{taken} has a mask for frame {frame} already.", taken=taken[clash], frame=clash[1] + 1
                )
            else:
                taken.update(dict.fromkeys(planes, pairing.path.name))
        checked.append(replace(row, pairing=replace(pairing, problem=problem)))
    return checked


def _problem(row: ImportRow, targets: Sequence[Target]) -> str | None:
    pairing, group = row.pairing, row.pairing.group
    if group is None:
        return row.found.problem or "It cannot be read."
    if pairing.recording_index is None:
        return tr("Choose the recording it belongs to.")
    target = targets[pairing.recording_index]
    here, there = group.shape[1:], target.shape[1:]
    if here != there:
        turned = " They look turned by 90 degrees." if here == there[::-1] else ""
        return tr(
            "Its masks are {here_first} × {here_second}, the frames {there_first} × {there_second}.{turned}"
            " Masks are never resized.",
            here_first=here[0],
            here_second=here[1],
            there_first=there[0],
            there_second=there[1],
            turned=turned,
        )
    if not pairing.frames:
        return tr(
            "It holds {rows} and does not say of which frames. Choose the first frame.",
            rows=_masks(group.shape[0]),
        )
    if pairing.frames[-1] >= target.shape[0] or min(pairing.frames) < 0:
        return tr("The recording has only {rows} frames.", rows=target.shape[0])
    if pairing.label is None:
        return tr("Choose what it is a mask of.")
    return None


def _masks(count: int) -> str:
    return trn("{count} mask", "{count} masks", count)
