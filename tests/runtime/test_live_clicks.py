from __future__ import annotations

import sys

import numpy as np
import psutil
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.click.question import FrameKey
from lusgui.core.intensity import DisplayMapping
from lusgui.runtime.clicks import ClickClient
from lusgui.runtime.inference import WorkerState
from lusgui.runtime.live import LiveSegmentation
from lusgui.runtime.live_clicks import LiveClicks
from lusgui.session.session import Session
from lusgui.session.view_state import Tool

ROWS, COLS = 60, 50
ANSWER_ALL = """
say(EngineReady("fake", False))
for m in messages():
    if isinstance(m, OpenFrame):
        take(m)
    elif isinstance(m, ShowFrame):
        say(Embedded(m.frame_id, 0.0, 1))
    elif isinstance(m, Ask):
        # the pixels whose gray is about that under the newest click
        gray, (row, col) = grays[m.frame_id], m.prompt.last.pixel
        mask = abs(gray - gray[row, col]) < 0.1
        if m.previous is not None:
            mask |= m.previous
        say(Answer(m.request_id, m.frame_id, ClickAnswer(mask, mask.astype("f4"), True, "", 0.0, "fake")))
"""
PROLOGUE = """
grays = {}
take_first = take
def take(m):
    grays[m.frame_id] = m.gray
    take_first(m)
"""
SLOW = ANSWER_ALL.replace("        # the pixels", "        time.sleep(0.4)\n        # the pixels")


@pytest.fixture
def study(tmp_path, qtbot):
    """A session with a recording of four frames: a bright square that moves to the right by ten pixels."""
    tifffile = pytest.importorskip("tifffile")
    frames = np.full((4, ROWS, COLS), 40, np.uint8)
    for number in range(4):
        frames[number, 20:30, 10 * number : 10 * number + 10] = 200
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    session = Session()
    session.problems = []
    session.problem_reported.connect(session.problems.append)
    assert session.new_study(tmp_path / "a.lusgui")
    (recording_id,) = session.add_recordings([tmp_path / "clip.tif"])
    yield session, recording_id
    session.close_study()


@pytest.fixture
def start(study, fake_clicker, qtbot):
    """Return a function that wires a session with a scripted (or the real) click process."""
    session, rid = study
    session.view.label = "rib"
    made = []

    def do(body=PROLOGUE + ANSWER_ALL, program=None):
        live = LiveSegmentation(session)
        client = ClickClient(program=program or fake_clicker(body), find=lambda: None, pauses_ms=(10, 20, 30))
        clicks = LiveClicks(session, live, client)
        made.append((clicks, live))
        session.go_to(rid, 0)
        live.refresh()
        qtbot.waitUntil(lambda: live.loader.get(rid, 0, session.view.despeckle) is not None, timeout=10_000)
        return clicks, live

    yield do
    for clicks, live in made:
        clicks.shutdown()
        clicks.shutdown()
        live.shutdown()


def square(frame):
    mask = np.zeros((ROWS, COLS), bool)
    mask[20:30, 10 * frame : 10 * frame + 10] = True
    return mask


def choose_tool(clicks, session, qtbot):
    session.view.tool = Tool.CLICK
    qtbot.waitUntil(lambda: session.clicking.is_ready, timeout=20_000)


def wait_for_ghost(session, key, qtbot):
    qtbot.waitUntil(lambda: session.clicking.ghost(key) is not None, timeout=20_000)
    return session.clicking.ghost(key)


def test_nothing_runs_until_the_tool_is_chosen_then_a_click_gives_a_ghost(start, study, qtbot):
    session, rid = study
    clicks, _ = start()
    assert clicks.client.pid == 0
    choose_tool(clicks, session, qtbot)
    assert session.clicking.engine.name == "fake"
    assert session.clicking.engine.word == "ready"
    assert session.clicking.click(25.5, 5.5)
    key = PlaneKey(rid, 0, "rib")
    assert np.array_equal(wait_for_ghost(session, key, qtbot), square(0))
    assert not session.mask(key).any()
    assert session.clicking.accept()
    assert np.array_equal(session.mask(key), square(0))
    pid = clicks.client.pid
    session.view.tool = Tool.BRUSH
    assert clicks.client.frame_key is None
    assert not session.clicking.is_ready
    clicks.shutdown()
    assert not psutil.pid_exists(pid)
    assert session.problems == []


def test_neighbours_are_prepared_and_ready_when_they_are_looked_at(start, study, qtbot):
    session, rid = study
    clicks, _ = start()
    choose_tool(clicks, session, qtbot)
    held = clicks.client._frames._frames
    qtbot.waitUntil(lambda: FrameKey(rid, 1) in held and held[FrameKey(rid, 1)].is_held, timeout=20_000)
    session.go_to(rid, 1)
    assert session.clicking.is_ready  # at once
    session.clicking.click(25.5, 15.5)
    assert np.array_equal(wait_for_ghost(session, PlaneKey(rid, 1, "rib"), qtbot), square(1))


def test_leaving_the_frame_in_the_middle_of_a_click_puts_nothing_on_the_next(start, study, qtbot):
    session, rid = study
    clicks, _ = start(PROLOGUE + SLOW)
    choose_tool(clicks, session, qtbot)
    session.clicking.click(25.5, 5.5)
    session.go_to(rid, 2)
    qtbot.waitUntil(lambda: session.clicking.is_ready, timeout=20_000)
    qtbot.wait(600)  # the answer about frame 0 has come by now
    assert session.clicking.ghost(PlaneKey(rid, 2, "rib")) is None
    session.clicking.click(25.5, 25.5)
    assert np.array_equal(wait_for_ghost(session, PlaneKey(rid, 2, "rib"), qtbot), square(2))
    session.go_to(rid, 0)  # the click there is asked anew: nothing that was clicked is lost
    assert np.array_equal(wait_for_ghost(session, PlaneKey(rid, 0, "rib"), qtbot), square(0))


def test_killed_in_the_middle_of_a_click_it_answers_all_the_same(start, study, qtbot):
    session, rid = study
    clicks, _ = start(
        PROLOGUE
        + "waits = life == 0\n"
        + ANSWER_ALL.replace("        # the pixels", "        if waits: time.sleep(60)\n        # the pixels")
    )
    choose_tool(clicks, session, qtbot)
    session.clicking.click(25.5, 5.5)
    qtbot.wait(50)
    psutil.Process(clicks.client.pid).kill()
    assert np.array_equal(wait_for_ghost(session, PlaneKey(rid, 0, "rib"), qtbot), square(0))
    assert session.problems == []
    assert session.clicking.engine.word == "ready"


def test_a_click_that_kills_it_goes_away_with_a_word(start, study, qtbot):
    session, _ = study
    body = PROLOGUE + ANSWER_ALL.replace("        # the pixels", "        os._exit(5)\n        # the pixels")
    clicks, _ = start(body)
    choose_tool(clicks, session, qtbot)
    session.clicking.click(25.5, 5.5)
    qtbot.waitUntil(lambda: bool(session.problems), timeout=20_000)
    assert session.clicking.plane() is None  # no mark that waits for ever
    assert "status 5" in session.problems[0].message
    assert session.problems[0].remedy


def test_given_up_it_says_so_and_starts_again_when_asked(start, study, qtbot):
    session, _ = study
    clicks, _ = start(program=["/nonexistent/python"])
    session.view.tool = Tool.CLICK
    qtbot.waitUntil(lambda: session.clicking.engine.word == "stopped", timeout=20_000)
    assert [problem.title for problem in session.problems] == ["Clicks cannot be answered"]
    session.clicking.click(25.5, 5.5)
    assert session.clicking.plane() is None
    session.click_restart_asked.emit()
    assert clicks.client.status.state is WorkerState.STARTING


def test_another_mapping_is_another_image(start, study, qtbot):
    session, rid = study
    clicks, live = start()
    choose_tool(clicks, session, qtbot)
    mapping = session.mapping(rid)
    session.set_mapping(rid, DisplayMapping(mapping.intensity, mapping.low, mapping.high * 2))
    live.forget(rid)
    qtbot.waitUntil(lambda: session.clicking.is_ready, timeout=20_000)
    gray = clicks.client._frames._frames[FrameKey(rid, 0)].gray
    assert gray.max() == pytest.approx(200 / 510, abs=0.01)


def test_a_closed_study_leaves_nothing_behind(start, study, qtbot):
    session, _ = study
    clicks, _ = start(PROLOGUE + SLOW)
    choose_tool(clicks, session, qtbot)
    session.clicking.click(25.5, 5.5)
    session.close_study()
    assert clicks.client.frame_key is None
    qtbot.wait(600)
    assert session.problems == []
    assert session.clicking.waiting() == ()


def test_the_real_process_gives_a_ghost_without_a_model(start, study, qtbot):
    session, rid = study
    start(program=[sys.executable, "-P", "-m", "lusgui.nn.click_worker"])
    session.go_to(rid, 2)
    session.view.tool = Tool.CLICK
    session.clicking.click(25.5, 25.5)  # before anything is ready
    ghost = wait_for_ghost(session, PlaneKey(rid, 2, "rib"), qtbot)
    assert (ghost & square(2)).sum() / (ghost | square(2)).sum() > 0.6
    assert session.clicking.engine.name == "without a model"
