"""``lusgui import-masks``: masks drawn elsewhere into a study, as one edit that can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lusgui.base.errors import LusguiError
from lusgui.cli.console import complain, progress_bar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.annotation import Status
    from lusgui.core.edits import Edit
    from lusgui.core.label import Label
    from lusgui.io.masks_in import Pairing
    from lusgui.io.study import Study


def parse_labels(given: list[str], known: tuple[Label, ...]) -> str | dict[str, str] | None:
    """Return what ``--label`` said: one key for all masks, or a mapping from gray level to key.

    Raises
    ------
    LusguiError
        If a label is not in the study.
    """
    if not given:
        return None

    def key_of(name: str) -> str:
        found = [label.key for label in known if name in (label.key, label.name)]
        if not found:
            raise LusguiError(
                f"the study has no label '{name}'",
                remedy=f"Its labels are {', '.join(label.key for label in known)}",
            )
        return found[0]

    if len(given) == 1 and "=" not in given[0]:
        return key_of(given[0])
    pairs = [one.partition("=") for one in given]
    if not all(sign for _, sign, _ in pairs):
        raise LusguiError("several labels need their gray levels", remedy="Say --label 1=rib --label 2=...")
    return {value: key_of(name) for value, _, name in pairs}


def build_edit(
    study: Study,
    ids: list[int],
    planes: dict[tuple[int, int, str], NDArray[np.bool_]],
    files: list[str],
    stated: dict[tuple[int, int, str], Status] | None = None,
) -> Edit:
    """Return the one edit that replaces the study's masks by `planes`.

    A plane gets the status that the file states, else counts as edited; an empty mask where nothing was
    drawn says nothing: the person may not have looked.
    """
    from lusgui.core.annotation import PlaneKey, Status
    from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between

    patches, statuses = [], []
    for (index, frame, label), mask in planes.items():
        key = PlaneKey(ids[index], frame, label)
        before = study.mask(key, (mask.shape[0], mask.shape[1]))
        patch = patch_between(key, mask ^ mask if before is None else before, mask)
        if patch is not None:
            patches.append(patch)
        old = study.status(key)
        new = (stated or {}).get((index, frame, label), Status.UNTOUCHED)
        if new is Status.UNTOUCHED:
            new = Status.EDITED if patch is not None or mask.any() else old
        if new is not old:
            statuses.append(StatusChange(key, old, new))
    source = f"import:{files[0]}" + (f" and {len(files) - 1} more" if len(files) > 1 else "")
    return Edit("Import masks", tuple(patches), tuple(statuses), "", now_utc(), None, source)


def _line(pairing: Pairing) -> str:
    if pairing.problem is not None:
        return f"not imported: {pairing.problem}"
    part = f" ({pairing.part})" if pairing.part else ""
    frames = pairing.frames
    shown = f"frame {frames[0] + 1}" if len(frames) == 1 else f"{len(frames)} frames"
    return f"{pairing.path.name}{part} -> {pairing.recording}, {shown}, {pairing.label}: {pairing.reason}"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("import-masks")
    def import_masks(
        study: Path = typer.Argument(..., help="Study file (.lusgui).", metavar="STUDY"),
        files: list[Path] = typer.Argument(..., help="Mask files: TIFF, PNG, MAT or COCO JSON; or folders."),
        labels: list[str] = typer.Option(
            [], "--label", help="What the masks show; for label maps 1=rib, given several times."
        ),
        dry_run: bool = typer.Option(False, "--dry-run", help="Only show what would be paired with what."),
    ) -> None:
        """Bring masks drawn elsewhere into a study; one undo takes them all back."""
        from lusgui.core.label import with_known_labels
        from lusgui.io.masks_in import Target, preview_pairing, read_masks, stated_statuses
        from lusgui.io.study import Study

        with Study.open(study, read_only=dry_run) as opened:
            entries = opened.recordings()
            targets = [
                Target(entry.path.stem, (entry.frames, entry.rows, entry.cols), entry.frame_numbers)
                for entry in entries
            ]
            own = opened.labels()
            known = tuple(with_known_labels(own))
            with progress_bar("Reading masks") as progress:
                pairings = preview_pairing(files, targets, known, parse_labels(labels, known), progress)
            for pairing in pairings:
                typer.echo(_line(pairing))
            if not pairings:
                raise LusguiError("no mask file was found there", remedy="Name TIFF, PNG, MAT or COCO files")
            good = [pairing for pairing in pairings if pairing.problem is None]
            if not good:
                raise LusguiError("none of the masks can be imported", remedy="See the reasons above")
            if dry_run:
                complain("Nothing was changed.")
                return
            planes = read_masks(good)
            names = list(dict.fromkeys(pairing.path.name for pairing in good))
            brought = {label for _index, _frame, label in planes}
            for label in known:
                if label.key in brought and label not in own:
                    opened.settings.put_label(label)
            edit = build_edit(opened, [entry.id for entry in entries], planes, names, stated_statuses(good))
            if not edit.is_empty:
                opened.push(edit)
            complain(f"{len(planes)} masks imported; undo takes them back in one step.")
