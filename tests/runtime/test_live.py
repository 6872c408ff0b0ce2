from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.despeckle import FAST, OFF
from lusgui.io.models import ModelEntry, own_models_dir, read_card
from lusgui.runtime.live import LiveSegmentation
from lusgui.runtime.segment_job import SegmentItem
from lusgui.session.jobs import FinishReason
from lusgui.session.session import Session

ANSWER = """
say(Ready("cpu", "CPU"))
for m in messages():
    if isinstance(m, Predict):
        answer(m)
"""


@pytest.fixture
def study(tmp_path, qtbot):
    """A session with one recording of eight frames, and the problems it reports."""
    tifffile = pytest.importorskip("tifffile")
    frames = np.random.default_rng(2).integers(0, 255, (8, 48, 40), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    session = Session()
    session.problems = []
    session.problem_reported.connect(session.problems.append)
    assert session.new_study(tmp_path / "a.lusgui")
    (recording_id,) = session.add_recordings([tmp_path / "clip.tif"])
    yield session, recording_id
    session.close_study()


@pytest.fixture
def live(study, make_client, fake_worker):
    session, _ = study
    live = LiveSegmentation(session, client=make_client(fake_worker(ANSWER)))
    yield live
    live.shutdown()


def entry(path):
    return ModelEntry(Path(path), read_card(Path(path)), is_bundled=False)


def test_the_frame_looked_at_is_loaded_segmented_and_its_neighbours_too(live, study, model_file, qtbot):
    session, rid = study
    ready = []
    session.frame_ready.connect(lambda *place: ready.append(place))
    session.view.despeckle = FAST
    assert live.use_model("rib", entry(model_file[0]))
    session.go_to(rid, 0)
    session.go_to(rid, 3)
    qtbot.waitUntil(lambda: session.prediction(PlaneKey(rid, 3, "rib")) is not None, timeout=15_000)
    assert ready[-1] == (rid, 3)
    assert np.allclose(session.prediction(PlaneKey(rid, 3, "rib")), 0.03, atol=1e-3)
    assert live.loader.get(rid, 3, FAST).gray.shape == (48, 40)
    for frame in (4, 2, 5, 6):
        qtbot.waitUntil(
            lambda f=frame: session.prediction(PlaneKey(rid, f, "rib")) is not None, timeout=15_000
        )
    key = session.prediction_key(rid, 3, "rib")
    # the card says nothing of despeckling: the network sees the speckle, whatever the canvas shows
    assert key.despeckle_key == OFF.key
    assert key.model_version == model_file[1].key
    assert session.problems == []


def test_the_real_worker_segments_the_real_frame(study, model_file, qtbot):
    session, rid = study
    live = LiveSegmentation(session)
    try:
        live.use_model("rib", entry(model_file[0]))
        session.go_to(rid, 1)
        live.refresh()
        qtbot.waitUntil(lambda: session.prediction(PlaneKey(rid, 1, "rib")) is not None, timeout=40_000)
        assert session.prediction(PlaneKey(rid, 1, "rib")).shape == (48, 40)
    finally:
        live.shutdown()
    assert session.problems == []


def test_without_a_model_frames_are_shown_all_the_same(live, study, qtbot):
    session, rid = study
    ready = []
    session.frame_ready.connect(lambda *place: ready.append(place))
    session.go_to(rid, 0)
    live.refresh()
    qtbot.waitUntil(lambda: (rid, 0) in ready, timeout=10_000)
    session.view.despeckle = OFF
    qtbot.waitUntil(lambda: live.loader.get(rid, 0, OFF) is not None, timeout=10_000)
    assert live.client.pid == 0
    assert live.segment([SegmentItem(rid, 0)]) is None


def test_models_are_chosen_by_label_and_unusable_ones_are_told(live, study, model_file, tmp_path):
    session, _ = study
    own_models_dir().mkdir(parents=True)
    (own_models_dir() / "mine.safetensors").write_bytes(model_file[0].read_bytes())
    live.choose_default_models()
    assert live.model_card("rib").name == "rib"  # the one called like the label
    own = next(each for each in live.available_models() if each.card.name == "tiny")
    assert live.use_model("rib", own)
    assert live.model_card("rib").name == "tiny"
    assert session.active_model("rib").version == model_file[1].key
    assert not live.use_model("rib", ModelEntry(tmp_path / "x", None, is_bundled=False, problem="damaged"))
    assert live.model_card("rib").name == "tiny"


def test_a_whole_recording_is_segmented_in_the_background_and_kept(live, study, model_file, qtbot):
    session, rid = study
    live.use_model("rib", entry(model_file[0]))
    told = []
    session.job_changed.connect(told.append)
    items = [SegmentItem(rid, frame) for frame in range(8)]
    job = live.segment(items, title="Segment clip")
    assert live.segment(items) is None  # one at a time
    with qtbot.waitSignal(job.finished, timeout=20_000):
        pass
    assert told[-1].reason is FinishReason.COMPLETED
    assert told[-1].done == 8
    assert live.job is None
    for frame in range(8):
        assert session.has_prediction(session.prediction_key(rid, frame, "rib"))
    session.predictions.clear()
    assert session.prediction(PlaneKey(rid, 5, "rib")) is not None  # from the study
    assert not session.mask(PlaneKey(rid, 5, "rib")).any()  # never the human plane


def test_closing_the_study_stops_everything(live, study, model_file, qtbot):
    session, rid = study
    live.use_model("rib", entry(model_file[0]))
    session.go_to(rid, 2)
    job = live.segment([SegmentItem(rid, frame) for frame in range(8)])
    session.close_study()
    assert job.status.reason is FinishReason.CANCELLED
    assert live.client.pending_count == 0
    qtbot.wait(50)
    assert session.problems == []


def test_another_mapping_is_seen_at_once(live, study, qtbot):
    from dataclasses import replace

    session, rid = study
    session.view.despeckle = OFF
    session.go_to(rid, 0)
    qtbot.waitUntil(lambda: live.loader.get(rid, 0, OFF) is not None, timeout=10_000)
    before = live.loader.get(rid, 0, OFF).gray.copy()
    assert session.set_mapping(rid, replace(session.mapping(rid), high=1000.0))
    qtbot.waitUntil(lambda: live.loader.get(rid, 0, OFF) is not None, timeout=10_000)
    assert live.loader.get(rid, 0, OFF).gray.max() < 0.3 < before.max()


def test_a_frame_beside_the_present_one_is_read_when_it_is_wanted(live, study, qtbot):
    session, rid = study
    arrived = []
    session.seeing.arrived.connect(lambda *place: arrived.append(place))
    session.view.despeckle = OFF
    session.go_to(rid, 0)
    qtbot.waitUntil(lambda: live.loader.get(rid, 3, OFF) is not None, timeout=5000)
    session.seeing.wanted.emit(rid, 7)
    qtbot.waitUntil(lambda: (rid, 7) in arrived, timeout=5000)
    assert live.loader.get(rid, 7, OFF) is not None
