"""Clicks of the session reach whoever answers them, about the frame on screen and no other."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from lusgui.core.annotation import PlaneKey
from lusgui.core.click.answer import ClickAnswer
from lusgui.core.click.question import FrameKey
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.runtime.inference import WorkerState, WorkerStatus
from lusgui.runtime.live_clicks import LiveClicks
from lusgui.session.problems import Problem
from lusgui.session.session import Session
from lusgui.session.view_state import Tool

SHAPE = (48, 40)


class FakeClient(QObject):
    """Remembers what it is asked; a test answers."""

    answer_ready = Signal(object, object, object)
    ready_changed = Signal(bool)
    lost = Signal(object)
    status_changed = Signal(object)
    problem = Signal(object)

    def __init__(self):
        super().__init__()
        self.frame_key, self.is_ready = None, False
        self.opened, self.ahead, self.asked, self.calls = [], [], [], []

    def open(self, key, gray, ratio):
        if key != self.frame_key:
            self.opened.append((key, gray, ratio))
        self.frame_key = key

    def prefetch(self, frames):
        self.ahead = [key for key, _gray, _ratio in frames]

    def ask(self, question):
        assert question.frame_key == self.frame_key
        self.asked.append(question)

    def rest(self):
        self.frame_key = None
        self.calls.append("rest")

    def forget(self):
        self.frame_key = None
        self.calls.append("forget")

    def cancel(self):
        self.calls.append("cancel")

    def retry(self):
        self.calls.append("retry")

    def shutdown(self):
        self.calls.append("shutdown")

    def answer(self, question):
        mask = np.zeros(SHAPE, bool)
        mask[5:9, 5:9] = True
        said = ClickAnswer(mask, mask.astype(np.float32), True, "", 0.0, "fake 1.0")
        self.answer_ready.emit(question.token, question.frame_key, said)


class FakeLoader(QObject):
    """Frames that were read, by place."""

    neighbour_ready = Signal(int, int)

    def __init__(self):
        super().__init__()
        self.read = {}

    def get(self, recording_id, frame, settings):
        return self.read.get((recording_id, frame))

    def put(self, recording_id, frame):
        gray = np.full(SHAPE, frame / 10, np.float32)
        self.read[recording_id, frame] = SimpleNamespace(gray_raw=gray, gray=np.zeros(SHAPE, np.float32))


@pytest.fixture
def study(tmp_path, qtbot):
    tifffile = pytest.importorskip("tifffile")
    frames = np.random.default_rng(2).integers(0, 255, (8, *SHAPE), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    session = Session()
    session.problems = []
    session.problem_reported.connect(session.problems.append)
    assert session.new_study(tmp_path / "a.lusgui")
    (recording_id,) = session.add_recordings([tmp_path / "clip.tif"])
    session.set_spacing(recording_id, (0.1, 0.3))
    session.view.despeckle = DespeckleSettings(Method.OFF)
    session.view.label = "rib"
    session.go_to(recording_id, 0)
    yield session
    session.close_study()


@pytest.fixture
def live(study):
    loader, client = FakeLoader(), FakeClient()
    loader.put(study.place[0], 0)
    made = LiveClicks(study, SimpleNamespace(loader=loader), client)
    yield made
    made.shutdown()


def read(live, session, frame):
    place = (session.place[0], frame)
    live._loader.put(*place)
    session.frame_ready.emit(*place)


def test_nothing_is_prepared_until_the_tool_is_chosen(live, study):
    assert live.client.opened == []
    study.step(1)
    read(live, study, 1)
    assert live.client.opened == []
    study.view.tool = Tool.CLICK
    ((key, gray, ratio),) = live.client.opened
    assert key == FrameKey(study.place[0], 1)
    assert gray[0, 0] == np.float32(0.1)  # the frame with its speckle
    assert ratio == pytest.approx(0.1 / 0.3)
    study.view.tool = Tool.BRUSH
    assert live.client.calls == ["rest"]


def test_a_mark_is_asked_and_its_answer_becomes_the_ghost(live, study):
    study.view.tool = Tool.CLICK
    study.clicking.click(6.5, 6.5)
    (question,) = live.client.asked
    assert question.frame_key == FrameKey(*study.place)
    assert question.prompt.marks[0].row == 6.5
    live.client.answer(question)
    assert study.clicking.ghost(study.key())[6, 6]
    assert study.clicking.engine.name == "fake 1.0"


def test_a_mark_on_a_frame_that_is_being_read_waits_for_it(live, study):
    study.view.tool = Tool.CLICK
    study.clicking.click(6.5, 6.5)
    live.client.answer(live.client.asked[0])
    study.clicking.follow()
    assert study.current_frame == 1
    assert len(live.client.asked) == 1
    assert study.clicking.plane().pending
    read(live, study, 1)
    assert live.client.asked[1].frame_key.frame == 1
    live.client.answer(live.client.asked[1])
    assert study.clicking.ghost(study.key())[6, 6]


def test_a_mark_that_waits_is_given_up_when_its_frame_is_left(live, study):
    study.view.tool = Tool.CLICK
    study.clicking.click(6.5, 6.5)
    study.step(1)
    assert "cancel" in live.client.calls
    live.client.answer(live.client.asked[0])  # late, and about the frame before
    assert study.clicking.ghost(PlaneKey(study.place[0], 0, "rib")) is None
    assert study.clicking.ghost(study.key()) is None
    study.step(2)
    read(live, study, 1)  # a frame that is no longer looked at
    assert len(live.client.asked) == 1


def test_readiness_is_that_of_the_frame_on_screen(live, study):
    study.view.tool = Tool.CLICK
    assert not study.clicking.is_ready
    live.client.ready_changed.emit(True)
    assert study.clicking.is_ready
    study.step(1)
    assert not study.clicking.is_ready
    read(live, study, 1)
    live.client.is_ready = True
    live._changed_at = 0.0  # the person takes their time
    study.step(-1)
    assert study.clicking.is_ready  # it was kept
    live.client.ready_changed.emit(False)
    assert not study.clicking.is_ready


def test_neighbours_are_prepared_once_the_person_has_settled(live, study, qtbot):
    study.view.tool = Tool.CLICK
    for frame in (1, 2):
        live._loader.put(study.place[0], frame)
    live._loader.neighbour_ready.emit(study.place[0], 1)
    qtbot.waitUntil(lambda: bool(live.client.ahead), timeout=5000)
    assert [key.frame for key in live.client.ahead] == [1, 2]


def test_frames_that_run_by_are_not_prepared(live, study, qtbot):
    study.view.tool = Tool.CLICK
    for frame in range(1, 6):
        live._loader.put(study.place[0], frame)
        study.step(1)
        study.frame_ready.emit(*study.place)
    prepared = [key.frame for key, _gray, _ratio in live.client.opened]
    assert prepared in ([0], [0, 1])
    qtbot.waitUntil(lambda: live.client.opened[-1][0].frame == 5, timeout=5000)
    assert len(live.client.opened) <= 3
    study.step(-1)
    study.step(-1)
    study.clicking.click(6.5, 6.5)  # who clicks does not wait for that
    assert live.client.opened[-1][0].frame == 3
    assert live.client.asked[-1].frame_key.frame == 3


def test_the_state_of_the_process_is_told_in_words(live, study):
    study.view.tool = Tool.CLICK
    live.client.status_changed.emit(WorkerStatus(WorkerState.STARTING))
    assert study.clicking.engine.word == "starting"
    live.client.status_changed.emit(WorkerStatus(WorkerState.BUSY, "click 1.0", ""))
    assert (study.clicking.engine.name, study.clicking.engine.word) == ("click 1.0", "ready")
    live.client.status_changed.emit(WorkerStatus(WorkerState.FAILED, "", "killed, 3 times in a row"))
    assert study.clicking.engine.word == "stopped"
    assert "killed" in study.clicking.engine.note
    study.click_restart_asked.emit()
    assert "retry" in live.client.calls
    live.client.problem.emit(Problem("The click was not answered", "It died."))
    assert study.problems[-1].title == "The click was not answered"


def test_a_question_that_is_lost_is_told(live, study):
    study.view.tool = Tool.CLICK
    noted = []
    study.click_noted.connect(lambda text, place: noted.append(text))
    study.clicking.click(6.5, 6.5)
    live.client.lost.emit(live.client.asked[0].token)
    assert study.clicking.plane() is None
    assert "try again" in noted[-1]


def test_another_study_or_another_way_of_reading_forgets_the_images(live, study, tmp_path):
    study.view.tool = Tool.CLICK
    study.reading_changed.emit(study.place[0])
    assert live.client.calls[-1] == "forget"
    study.close_study()
    assert live.client.calls.count("forget") == 2


def test_shutting_down_is_final_and_may_come_twice(live, study):
    study.view.tool = Tool.CLICK
    live.shutdown()
    live.shutdown()
    assert live.client.calls.count("shutdown") == 1
    study.step(1)
    study.frame_ready.emit(*study.place)
    assert len(live.client.opened) == 1
