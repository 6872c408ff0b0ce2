from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LearnError
from lusgui.core.annotation import Status
from lusgui.core.learning.job import LearnFrame, LearnJob, LearnRecording, Mark

DIGEST = "ab" * 32
labels = st.sampled_from(["rib", "cerebellum", "vessel_2"])
statuses = st.sampled_from([status for status in Status if status.is_reviewed])
small = st.integers(0, 50)
coordinate = st.floats(-1e6, 1e6)


@st.composite
def frames(draw):
    said = draw(st.dictionaries(labels, statuses, min_size=1))
    drawn = draw(st.lists(st.sampled_from([*said, "ignore"]), unique=True))
    return LearnFrame(1, draw(small), said, dict.fromkeys(drawn, DIGEST), draw(st.text(max_size=30)))


@st.composite
def marks(draw):
    row, col = draw(coordinate), draw(coordinate)
    if draw(st.booleans()):
        return Mark(1, draw(small), draw(labels), "point", row, col, row, col)
    return Mark(1, draw(small), draw(labels), "box", row, col, row + draw(st.floats(1, 9)), col + 1)


@st.composite
def jobs(draw):
    own = draw(st.lists(frames(), unique_by=lambda frame: frame.key, max_size=4))
    return LearnJob(
        run_id=draw(st.integers(1, 9999)),
        labels=tuple(draw(st.lists(labels, unique=True, min_size=1))),
        kind=draw(st.sampled_from(["masks", "points", "boxes", "suggest"])),
        base_path=draw(st.text(max_size=20)),
        base_key="",
        active_path="",
        active_key="",
        parent_key="",
        recordings=(LearnRecording(1, draw(st.text(max_size=9)), "/a.mat", None, None, None, 0, 51, (4, 4)),),
        frames=tuple(own),
        marks=tuple(draw(st.lists(marks(), max_size=3))),
        minutes=draw(st.none() | st.floats(0.01, 600)),
        seed=draw(st.integers(0, 2**31)),
        held_out=draw(st.none() | st.just(tuple(frame.key for frame in own))),
        replay=draw(st.floats(0, 0.99)),
        use_unreviewed=draw(st.booleans()),
        started_by=draw(st.sampled_from(["hand", "reviewed", "idle", "command"])),
    )


@given(jobs())
def test_any_job_comes_back_as_it_was(job):
    assert LearnJob.loads(job.dumps()) == job


def test_a_job_answers_questions(job):
    first, second, third = job.frames
    assert first.is_positive("rib")
    assert not first.is_negative("rib")
    assert first.is_negative("cerebellum")
    assert not second.is_negative("cerebellum"), "nobody looked for it there"
    assert not second.is_positive("ignore")
    assert third.is_negative("rib")
    assert job.recording(2).name == "two"
    assert job.active_of("rib") == ("/models/rib.safetensors", "rib-1.0-abc")
    assert job.active_of("cerebellum") == ("", "")
    assert replace(job, active_models=None).active_of("rib")[1] == "rib-1.0-abc"
    assert job.is_held_out(1, 7)
    assert not job.is_held_out(1, 0)
    assert not replace(job, held_out=None).is_held_out(1, 7)
    with pytest.raises(LearnError, match="no recording 9"):
        job.recording(9)


@pytest.mark.parametrize(
    "changes",
    [
        {"run_id": 0},
        {"labels": ()},
        {"labels": ("rib", "rib")},
        {"labels": ("ignore",)},
        {"labels": ("a b",)},
        {"minutes": 0.0},
        {"replay": 1.0},
        {"n_suggest": -1},
        {"recordings": ()},
        {"suggest_from": ((2, 5),)},
        {"suggest_from": ((7, 0),)},
    ],
)
def test_jobs_that_make_no_sense(job, changes):
    with pytest.raises(LearnError):
        replace(job, **changes)
    with pytest.raises(LearnError):
        LearnJob.from_json(job.to_json() | changes)


def test_frames_twice_and_recordings_twice(job):
    with pytest.raises(LearnError, match="a frame twice"):
        replace(job, frames=(*job.frames, job.frames[0]))
    with pytest.raises(LearnError, match="a recording twice"):
        replace(job, recordings=(*job.recordings, job.recordings[0]))


def test_frames_that_make_no_sense():
    with pytest.raises(LearnError, match="not reviewed"):
        LearnFrame(1, 0, {"rib": Status.UNTOUCHED}, {})
    with pytest.raises(LearnError, match="nobody reviewed"):
        LearnFrame(1, 0, {}, {"rib": DIGEST})
    with pytest.raises(LearnError, match="hash"):
        LearnFrame(1, 0, {"rib": Status.EDITED}, {"rib": "x"})
    with pytest.raises(LearnError, match="strange"):
        LearnFrame(1, 0, {"../rib": Status.EDITED}, {})
    with pytest.raises(LearnError, match="exist"):
        LearnFrame(1, -1, {}, {})


def test_marks_that_make_no_sense():
    with pytest.raises(LearnError, match="two places"):
        Mark(1, 0, "rib", "point", 1, 1, 2, 1)
    with pytest.raises(LearnError, match="no inside"):
        Mark(1, 0, "rib", "box", 1, 1, 1, 3)
    with pytest.raises(LearnError, match="nowhere"):
        Mark(1, 0, "rib", "point", float("nan"), 1, 2, 1)
    with pytest.raises(LearnError, match="no sound place"):
        Mark(1, 0, "", "point", 1, 1, 1, 1)


@pytest.mark.parametrize(
    "changes",
    [{"frames": 0}, {"shape": [0, 4]}, {"shape": [1 << 20, 1 << 20]}, {"path": ""}, {"sha256": "x"}],
)
def test_recordings_that_make_no_sense(job, changes):
    with pytest.raises(LearnError):
        LearnRecording.from_json(job.recordings[0].to_json() | changes)
