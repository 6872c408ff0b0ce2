"""What names one prediction, so that an answer that is no longer wanted is recognised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class PredictionKey:
    """Names the probability of one label in one frame.

    Parameters
    ----------
    recording_id : int
        Recording in the study.
    frame : int
        0-based frame.
    despeckle_key : str
        ``DespeckleSettings.key`` of what was done to the frame before the network saw it.
    model_version : str
        ``ModelCard.key`` of the model that answered.
    label : str
        Label of a model that knows several; empty means the model's first.
    """

    recording_id: int
    frame: int
    despeckle_key: str
    model_version: str
    label: str = ""
