"""Studies to be joined, made by the product's own hand."""

from __future__ import annotations

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

SHAPE = (20, 12)
FRAMES = 4


def draw(study, key, mask, rater="Ada", status=Status.EDITED, name="Brush"):
    """Draw so that the plane is `mask`, as one stroke."""
    before = study.mask(key)
    shape = study.journal.shape_of(key.recording_id)[1:]
    patch = patch_between(key, np.zeros(shape, bool) if before is None else before, mask)
    change = StatusChange(key, study.status(key), status)
    said = () if change.before is change.after else (change,)
    patches = () if patch is None else (patch,)
    if patches or said:
        study.push(Edit(name, patches, said, rater, now_utc()))


def disk(row, col, radius=3, shape=SHAPE):
    down, right = np.ogrid[: shape[0], : shape[1]]
    return (down - row) ** 2 + (right - col) ** 2 <= radius**2


def recording(folder, name="a", sha="a" * 64, **more):
    values = {"frames": FRAMES, "rows": SHAPE[0], "cols": SHAPE[1], "sha256": sha, "size_bytes": 10} | more
    return NewRecording(folder / f"{name}.mat", **values)


def make(path, *recordings):
    study = Study.create(path)
    for one in recordings or (recording(path.parent),):
        study.add_recording(one)
    return study


def key(frame=0, label="rib", recording_id=1):
    return PlaneKey(recording_id, frame, label)


def folder_as_it_is(folder):
    """Return names and bytes of everything in a folder."""
    return {one.name: one.read_bytes() for one in sorted(folder.iterdir()) if one.is_file()}
