import io
from dataclasses import replace

import numpy as np
import pytest
from job_maker import draw_clip, make_run, write_clip

from lusgui.base.errors import CancelledError, LearnError
from lusgui.core.detections import FILE, Detections
from lusgui.core.learning.job import Mark
from lusgui.core.learning.messages import parse_line
from lusgui.core.learning.status import FinishReason
from lusgui.io.learn_folder import CANDIDATE, file_sha256
from lusgui.nn.checkpoint import load_model
from training.learning.cheap.run import learn_marks_alone, marks_first, marks_result
from training.learning.settings import LearnSettings
from training.learning.wire import Wire

SETTINGS = LearnSettings(steps=2, device="cpu")


@pytest.fixture
def wire():
    return Wire(io.BytesIO())


@pytest.fixture
def make_job(tmp_path):
    clip, masks = draw_clip()
    path = write_clip(tmp_path / "a.tif", clip)

    def make(kind, points=0, boxes=0):
        made = make_run(tmp_path / "run", [(path, masks, {})])
        marks = []
        for i in range(points):
            row, col = (float(v) for v in np.argwhere(masks[i % 8]).mean(0).round())
            marks.append(Mark(1, i % 8, "disc", "point", row + i // 8, col, row + i // 8, col))
        for i in range(boxes):
            rows, cols = np.nonzero(masks[i])
            corners = (float(rows.min()), float(cols.min()), float(rows.max()), float(cols.max()))
            marks.append(Mark(1, i, "disc", "box", *corners))
        return replace(made, kind=kind, marks=tuple(marks)), tmp_path / "run"

    return make


def said(wire):
    lines = wire._out.getvalue().splitlines()
    return [parse_line(line) for line in lines]


def test_few_marks_are_left_out_before_masks(make_job, wire, tiny):
    base = tiny()
    job, _ = make_job("masks", points=19)
    assert marks_first(job, base, SETTINGS, wire) is base
    assert "left out" in said(wire)[-1].text
    job, _ = make_job("masks")
    assert marks_first(job, base, SETTINGS, wire) is base


def test_many_marks_prepare_what_masks_are_learnt_on(make_job, wire, tiny):
    base = tiny()
    job, _ = make_job("masks", points=18, boxes=2)
    assert marks_first(job, base, replace(SETTINGS, strategy="auto"), wire) is base
    assert "strategy by hand" in said(wire)[-1].text
    by_hand = replace(SETTINGS, strategy="all", minutes=0.001, most_steps=8)
    prepared = marks_first(job, base, by_hand, wire)
    assert prepared is not base
    assert any("20 points and boxes in 8 frames" in getattr(one, "text", "") for one in said(wire))


def test_points_alone_give_a_candidate_that_nobody_promotes(make_job, wire, tiny):
    job, folder = make_job("points", points=5)
    notes = []
    result = marks_result(job, folder, wire, tiny(), SETTINGS, (), notes)
    assert result.reason is FinishReason.COMPLETED
    assert result.candidate == CANDIDATE
    assert result.sha256 == file_sha256(folder / CANDIDATE)
    assert load_model(folder / CANDIDATE).card.key == result.candidate_key
    assert not result.gate["disc"].promotes
    assert "no mask" in result.gate["disc"].reason


def test_boxes_alone_give_what_was_found_in_every_frame(make_job, wire, tiny, discs):
    job, folder = make_job("boxes", boxes=4)
    drawn = discs(2)
    notes = []
    result = marks_result(job, folder, wire, tiny(), SETTINGS, drawn, notes)
    assert result.candidate is None
    assert result.frames == 6
    found = Detections.loads((folder / FILE).read_bytes())
    assert found.label == "disc"
    assert found.looked_at == 8
    assert load_model(folder / "detector.safetensors").card.key == found.version
    assert "of 8 frames" in notes[0]


def test_nothing_to_learn_says_what_to_do(make_job, wire, tiny):
    job, folder = make_job("points")
    with pytest.raises(LearnError, match="centre point"):
        marks_result(job, folder, wire, tiny(), SETTINGS, (), [])
    job, folder = make_job("boxes", boxes=2)
    with pytest.raises(LearnError, match="too few"):
        marks_result(job, folder, wire, tiny(), SETTINGS, (), [])


def test_a_stop_before_anything_was_learnt_is_a_cancel(make_job, wire, tiny, monkeypatch):
    job, _ = make_job("points", points=5)
    base = tiny()
    monkeypatch.setattr("training.learning.cheap.run.prepare_base", lambda *_a, **_k: base)
    with pytest.raises(LearnError, match="does not learn from points"):
        learn_marks_alone(job, base, SETTINGS, wire)
    monkeypatch.setattr(type(wire), "is_told_to_end", property(lambda self: True))
    monkeypatch.setattr("training.learning.cheap.run.read_marked", lambda *_a: [object()])
    with pytest.raises(CancelledError):
        learn_marks_alone(job, base, SETTINGS, wire)
