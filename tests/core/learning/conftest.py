"""A job as tests need it, and JSON values of any kind."""

from __future__ import annotations

import pytest

from lusgui.core.annotation import Status
from lusgui.core.learning.job import LearnFrame, LearnJob, LearnRecording, Mark


@pytest.fixture
def job():
    """Return a job of two recordings, three frames and two marks."""
    digest = "0" * 64
    nothing = Status.NOTHING_HERE
    return LearnJob(
        run_id=3,
        labels=("rib", "cerebellum"),
        kind="masks",
        base_path="/models/rib.safetensors",
        base_key="rib-1.0-abc",
        active_path="/models/rib.safetensors",
        active_key="rib-1.0-abc",
        parent_key="rib-1.0-abc",
        recordings=(
            LearnRecording(
                1, "one", "/data/a.mat", {"name": "r"}, None, digest, 99, 20, (24, 16), (0.1, 0.2)
            ),
            LearnRecording(2, "two", "/data/b.tif", None, {"state": "display"}, None, 0, 5, (10, 12)),
        ),
        frames=(
            LearnFrame(1, 0, {"rib": Status.ACCEPTED, "cerebellum": nothing}, {"rib": digest}, "2026"),
            LearnFrame(1, 7, {"rib": Status.EDITED}, {"rib": "1" * 64, "ignore": digest}),
            LearnFrame(2, 4, {"rib": nothing}, {}),
        ),
        marks=(
            Mark(1, 3, "rib", "point", 2.5, 3.0, 2.5, 3.0),
            Mark(2, 0, "rib", "box", 1.0, 2.0, 5.0, 7.0),
        ),
        held_out=((1, 7),),
        suggest_from=((2, 0), (2, 1)),
        minutes=2.0,
        active_models={"rib": ("/models/rib.safetensors", "rib-1.0-abc")},
    )
