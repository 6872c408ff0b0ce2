"""How good an answer is on a reviewed frame: as the training process judges, but of any model, on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.annotation import PlaneKey
from lusgui.core.learning.scores import FrameScore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.session.session import Session

IGNORE = "ignore"
"""Label whose mask says where nobody can tell."""


def held_out_places(session: Session, label: str) -> tuple[tuple[int, int], ...]:
    """Return the reviewed frames (recording id, frame) of a label that no version of the study learnt from.

    Empty before frames were held out for good: with few masks each is left out in turn instead.
    """
    held = session.learning.held_out(label)
    if held is None:
        return ()
    reviewed = [
        (row.id, frame)
        for row in session.recording_rows()
        for frame, status in session.frame_statuses(row.id, label).items()
        if status.is_reviewed
    ]
    return held.among(reviewed)


def judge_answer(
    session: Session, key: PlaneKey, probability: NDArray[Any], threshold: float
) -> FrameScore | None:
    """Judge a probability against what was drawn.

    Parameters
    ----------
    session : Session
        Whose masks.
    key : PlaneKey
        Frame and label.
    probability : (H, W) float ndarray in [0, 1]
        The model's answer.
    threshold : float
        Of the model's card. No clean-up follows, as in the runs of learning.

    Returns
    -------
    FrameScore or None
        None if the plane was taken back, or has another shape.
    """
    from lusgui.core.overlap import dice, false_components
    from lusgui.core.surface_distance import hd95

    truth, row = session.mask(key), session.row(key.recording_id)
    if row is None or truth.shape != probability.shape or not session.status(key).is_reviewed:
        return None
    found = probability >= probability.dtype.type(threshold)
    doubt = session.mask(PlaneKey(key.recording_id, key.frame, IGNORE))
    if doubt.shape == truth.shape and doubt.any():
        found, truth = found & ~doubt, truth & ~doubt
    spacing = row.spacing_mm
    return FrameScore(
        key.recording_id,
        key.frame,
        key.label,
        float(dice(found, truth)),
        hd95(found, np.asarray(truth), spacing or (1.0, 1.0)),
        "mm" if spacing else "px",
        float(false_components(found, truth)),
    )
