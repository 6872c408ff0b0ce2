from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from job_maker import draw_clip, make_run, write_clip

from lusgui.base.errors import LearnError
from lusgui.core.learning.job import Mark
from training.data.boxes import Box
from training.dataset import Sample
from training.detection.predict import Detector
from training.learning.cheap.boxes import DECODE, look_everywhere, read_boxed, train_on_boxes
from training.learning.settings import LearnSettings
from training.metrics.detection import best_iou


def bright(count, seed=0, label="disc"):
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        gray = rng.integers(0, 50, (64, 64)).astype(np.uint8)
        row, col = rng.integers(6, 38, 2)
        gray[row : row + 20, col : col + 20] = 230
        made.append(
            Sample(f"f{i}", "g", gray, boxes={label: (Box(float(row), float(col), row + 20.0, col + 20.0),)})
        )
    return made


@pytest.fixture
def job(tmp_path):
    clip, masks = draw_clip()
    path = write_clip(tmp_path / "a.tif", clip)
    made = make_run(tmp_path / "run", [(path, masks, {})])
    marks = []
    for frame in (0, 3, 7):
        rows, cols = np.nonzero(masks[frame])
        corners = (rows.min() - 0.5, cols.min() - 0.5, rows.max() + 0.5, cols.max() + 0.5)
        marks.append(Mark(1, frame, "disc", "box", *map(float, corners)))
    point = Mark(1, 4, "disc", "point", 3.0, 3.0, 3.0, 3.0)
    return replace(made, kind="boxes", marks=(*marks, point)), masks


def test_boxes_of_the_study_become_boxes_of_samples(job):
    made, masks = job
    samples = read_boxed(made, "disc", pytest.fail, lambda: False)
    assert [sample.name for sample in samples] == ["r1_f0", "r1_f3", "r1_f7"]
    box = samples[1].boxes["disc"][0]
    rows, cols = np.nonzero(masks[3])
    assert (box.row0, box.col0) == (rows.min(), cols.min())
    assert (box.row1, box.col1) == (rows.max() + 1, cols.max() + 1)
    assert read_boxed(made, "rib", pytest.fail, lambda: False) == []
    assert read_boxed(made, "disc", pytest.fail, lambda: True) == []


def test_a_recording_that_is_gone_is_said(job):
    made, _ = job
    Path(made.recordings[0].path).unlink()
    said = []
    assert read_boxed(made, "disc", said.append, lambda: False) == []
    assert "left out" in said[0]


def test_too_few_boxes_are_refused():
    with pytest.raises(LearnError, match="too few") as caught:
        train_on_boxes(bright(4), "disc", LearnSettings(steps=1, device="cpu"))
    assert "(R)" in caught.value.remedy


def test_a_detector_finds_what_it_learnt(monkeypatch):
    monkeypatch.setattr("training.learning.cheap.boxes.BATCH", 4)
    settings = LearnSettings(steps=40, device="cpu")
    samples = bright(6)
    trained = train_on_boxes(samples, "disc", settings, version="run-0001")
    assert trained.steps == 40
    assert trained.model.card.key.startswith("disc-detector")

    def overlap(model):
        detector = Detector(model, "cpu", DECODE)
        return np.mean([best_iou(detector.detect(one)[:1], one.boxes["disc"]) or 0.0 for one in samples])

    ignorant = train_on_boxes(samples, "disc", LearnSettings(steps=1, device="cpu"))
    assert overlap(trained.model) > overlap(ignorant.model) + 0.1


def test_every_frame_is_looked_at_and_boxes_lie_inside(job):
    made, masks = job
    trained = train_on_boxes(bright(6), "disc", LearnSettings(steps=1, device="cpu"))
    told = []
    found = look_everywhere(
        made,
        trained.model,
        LearnSettings(device="cpu"),
        pytest.fail,
        lambda: False,
        on_frame=lambda *w: told.append(w),
    )
    assert found.looked_at == len(masks)
    assert told[-1] == (len(masks), len(masks))
    for one in found.found:
        assert -0.5 <= one.row0 < one.row1 <= masks.shape[1] - 0.5
        assert -0.5 <= one.col0 < one.col1 <= masks.shape[2] - 0.5
    assert look_everywhere(made, trained.model, LearnSettings(), pytest.fail, lambda: True).looked_at == 0
