from __future__ import annotations

import numpy as np
import pytest
import tifffile

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.io.models import ModelEntry
from lusgui.runtime.judge import ModelJudge
from lusgui.runtime.live import LiveSegmentation
from lusgui.session.session import Session


@pytest.fixture
def judged(qtbot, tmp_path):
    """Return a session with three drawn frames, and a judge."""
    frames = np.random.default_rng(0).integers(0, 255, (4, 40, 32), np.uint8)
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    session = Session()
    session.new_study(tmp_path / "s.lusgui")
    session.add_recordings([tmp_path / "clip.tif"])
    for frame in range(3):
        assert session.stroke(PlaneKey(1, frame, "rib"), Box(2, 2, 8, 8), np.ones((6, 6), bool), True)
    live = LiveSegmentation(session)
    judge = ModelJudge(session, live)
    yield session, judge
    judge.cancel()
    live.shutdown()
    session.close_study()


def test_a_model_is_judged_on_reviewed_frames(qtbot, judged, model_file):
    session, judge = judged
    path, card = model_file
    entry = ModelEntry(path, card, is_bundled=False)
    told, got = [], []
    session.job_changed.connect(told.append)
    assert judge.start(entry, "rib", [(1, 0), (1, 1), (1, 3)], got.append)
    assert not judge.start(entry, "rib", [(1, 0)], got.append), "one at a time"
    qtbot.waitUntil(lambda: bool(got), timeout=60_000)
    (rows,) = got
    assert [row.key for row in rows] == [(1, 0, "rib"), (1, 1, "rib")], "the last was never reviewed"
    assert all(0 <= row.dice <= 1 for row in rows)
    assert told[-1].is_finished
    assert not judge.is_busy
    assert not session.mask(PlaneKey(1, 3, "rib")).any()


def test_a_stopped_judgement_counts_for_nothing(qtbot, judged, model_file):
    _session, judge = judged
    path, card = model_file
    got = []
    assert judge.start(ModelEntry(path, card, is_bundled=False), "rib", [(1, 0), (1, 1)], got.append)
    judge.cancel()
    assert got == [()]
    assert not judge.is_busy


def test_a_model_of_another_label_is_refused(judged, model_file):
    path, card = model_file
    _session, judge = judged
    assert not judge.start(ModelEntry(path, card, is_bundled=False), "vermis", [(1, 0)], print)
    assert not judge.start(ModelEntry(path, None, is_bundled=False), "rib", [(1, 0)], print)
