"""A small study and a stroke, for the tests of the study file."""

from __future__ import annotations

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, StatusChange, now_utc
from lusgui.core.geometry import Box

SHAPE = (20, 13)
KEYS = [PlaneKey(1, frame, label) for frame in range(2) for label in ("rib", "cerebellum")]


def brush(key=KEYS[0], row=2, rows=5, before=Status.UNTOUCHED):
    patch = MaskPatch(key, Box(row, 3, row + rows, 7), np.ones((rows, 4), bool))
    return Edit("Brush", (patch,), (StatusChange(key, before, Status.EDITED),), "Ada", now_utc())
