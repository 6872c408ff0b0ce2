"""Masks of one recording and one label, as ``lusgui segment`` writes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.annotation import Status
from lusgui.core.label import known_label
from lusgui.io.export.provenance import make_provenance
from lusgui.io.export.study_export import ExportItem, export_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing
    from lusgui.core.progress import Progress


def write_masks(
    stem: str,
    label: str,
    masks: NDArray[np.bool_],
    out_dir: Path,
    formats: Sequence[str] = ("tiff", "mat"),
    *,
    mat_version: str = "5",
    spacing_mm: Spacing | None = None,
    frame_numbers: Sequence[int] | None = None,
    label_name: str | None = None,
    status: Status = Status.UNTOUCHED,
    provenance: Mapping[str, Any] | None = None,
    source_path: Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write masks as ``OUT/<stem>_<label>.<ext>``, all files or none.

    Parameters
    ----------
    stem : str
        Name of the recording's file without extension.
    label : str
        Label key.
    masks : (T, H, W) bool ndarray
        One mask a frame.
    out_dir : Path
        Folder, made if need be.
    formats : sequence of {"tiff", "mat", "png"}
        Kinds of file. A multi-frame PNG is ``<stem>_<label>_<frame:05d>.png``, frames counted from 1.
    mat_version : {"5", "7.3"}
        Kind of MAT file.
    spacing_mm : tuple of float or None
        (row, column).
    frame_numbers : sequence of int, optional
        1-based number of each frame in the source variable; 1 to T if not given.
    label_name : str, optional
        What people call the label.
    status : Status
        What a person said of these masks: untouched, if nobody looked.
    provenance : mapping, optional
        From `lusgui.io.export.provenance.make_provenance`.
    source_path : Path, optional
        The recording's file, which is never overwritten.
    overwrite : bool
        Whether files already there may be replaced.
    progress : Progress, optional
        Told of each file; may cancel.

    Returns
    -------
    list of Path
        The files; beside them lies ``<stem>_<label>.provenance.json``.

    Raises
    ------
    OverwriteRefusedError
        If a file is there; nothing was written then.
    LusguiError
        If something else is in the way.
    """
    if masks.ndim != 3:
        raise ValueError(f"masks of shape {masks.shape} are not (T, H, W)")
    count, rows, cols = masks.shape
    known = known_label(label)
    facts = provenance or make_provenance(source_file=source_path.name if source_path else stem)
    item = ExportItem(
        stem=stem,
        shape=(rows, cols),
        frames=tuple(range(count)),
        frame_count=count,
        frame_numbers=tuple(frame_numbers or range(1, count + 1)),
        labels=(replace(known, name=label_name or known.name),),
        mask=lambda frame, key: np.asarray(masks[frame], dtype=np.bool_),
        status=lambda frame, key: status,
        spacing_mm=spacing_mm,
        provenance=facts,
        source_path=source_path,
    )
    return export_items(
        [item], out_dir, formats, mat_version=mat_version, overwrite=overwrite, progress=progress
    )
