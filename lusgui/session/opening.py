"""What a person should know of a study that was just opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.paths import data_dir
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lusgui.io.study import Study
    from lusgui.session.recording_rows import RecordingRow


def what_to_know(study: Study, rows: Sequence[RecordingRow]) -> list[Problem]:
    """Return what is to be said of a study: brought up to date, not to be changed, files missing or changed.

    Parameters
    ----------
    study : Study
        Just opened.
    rows : sequence of RecordingRow
        Its recordings.
    """
    found = []
    if study.migrated_from is not None:
        found.append(
            Problem(
                "The study was brought up to date",
                "It was made by an older lusgui.",
                f"The study as it was is kept as {study.migrated_from.name}.",
            )
        )
    if study.was_opened_read_only:
        found.append(
            Problem(
                "The study is open for reading only",
                f"{study.path.name}: {study.read_only_reason}.",
                "To draw, save a copy in another place.",
            )
        )
    lost, changed = [r.name for r in rows if r.missing], [r.name for r in rows if r.changed]
    if lost:
        found.append(
            Problem("Recordings are missing", f"Not found: {listed(lost)}.", "Show where they are now.")
        )
    if changed:
        found.append(
            Problem(
                "Recordings have changed",
                f"No longer what was drawn on: {listed(changed)}.",
                "Show the right file, or accept the changed one.",
            )
        )
    return found


def sample_path() -> Path:
    """Return where the study of the bundled samples lies, made or not."""
    return data_dir() / "studies" / "sample.lusgui"


def listed(names: Sequence[str]) -> str:
    """Return names in a sentence, five of them at most."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
