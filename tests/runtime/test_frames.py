from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from lusgui.base.errors import UnreadableFileError
from lusgui.core.despeckle import FAST, OFF
from lusgui.core.intensity import DisplayMapping
from lusgui.runtime.frames import FrameLoader


@pytest.fixture
def loader(recording, mapping, qtbot):
    loader = FrameLoader(lambda _id: (recording, mapping))
    yield loader
    assert loader.shutdown()


def test_a_frame_comes_later_in_register_and_read_only(loader, qtbot):
    with qtbot.waitSignal(loader.frame_ready, timeout=5000) as ready:
        loader.request(3, 4, FAST)
        assert loader.get(3, 4, FAST) is None
    recording_id, frame, key, raw, despeckled = ready.args
    assert (recording_id, frame, key) == (3, 4, FAST.key)
    assert raw.shape == despeckled.shape == (48, 40)
    assert raw.dtype == np.float32
    assert np.allclose(raw, 80 / 255)
    assert not despeckled.flags.writeable
    held = loader.get(3, 4, FAST)
    assert held.stored[0, 0] == 80
    assert held.gray is despeckled
    assert loader.get(3, 4, OFF).gray is raw


def test_neighbours_are_ready_in_the_cache_and_only_the_shown_frame_is_announced(loader, recording, qtbot):
    shown, near = [], []
    loader.frame_ready.connect(lambda _id, frame, *_rest: shown.append(frame))
    loader.neighbour_ready.connect(lambda _id, frame: near.append(frame))
    loader.request(1, 0, OFF, neighbours=[1, -1, 0, 2, 99])
    qtbot.waitUntil(lambda: near == [1, 2], timeout=5000)
    assert shown == [0]
    assert recording.source.source.reads == [0, 1, 2]
    loader.request(1, 1, OFF, neighbours=[0, 2])
    qtbot.waitUntil(lambda: shown == [0, 1], timeout=5000)
    assert recording.source.source.reads == [0, 1, 2]


def test_a_frame_beside_comes_before_the_neighbours(loader, recording, qtbot):
    near = []
    loader.neighbour_ready.connect(lambda _id, frame: near.append(frame))
    loader.read_beside(1, 6, FAST)
    qtbot.waitUntil(lambda: near == [6], timeout=5000)
    assert loader.get(1, 6, FAST) is not None
    loader.read_beside(1, 600, FAST)  # there is none: nothing is asked, nobody is told
    loader.request(1, 0, OFF, neighbours=[1])
    qtbot.waitUntil(lambda: near == [6, 1], timeout=5000)


def test_the_latest_request_wins(loader, qtbot):
    shown = []
    loader.frame_ready.connect(lambda _id, frame, *_rest: shown.append(frame))
    for frame in range(12):
        loader.request(1, frame, OFF)
    qtbot.waitUntil(lambda: 11 in shown, timeout=5000)
    assert shown[-1] == 11


def test_stored_numbers_for_long_jobs_all_come(loader, qtbot):
    got = []
    loader.stored_ready.connect(lambda rid, frame, stored: got.append((rid, frame, stored[0, 0])))
    for frame in (3, 1, 2):
        loader.read_stored(5, frame)
    qtbot.waitUntil(lambda: len(got) == 3, timeout=5000)
    assert got == [(5, 3, 60), (5, 1, 20), (5, 2, 40)]


def test_what_cannot_be_read_is_a_problem(loader, qtbot):
    with qtbot.waitSignal(loader.problem, timeout=5000) as told:
        loader.request(1, 50, OFF)
    assert told.args[0].title == "Frame 51 cannot be read"
    with qtbot.waitSignal(loader.stored_failed, timeout=5000) as told:
        loader.read_stored(1, 50)
    assert told.args[:2] == [1, 50]
    assert "IndexError" in told.args[2].message


def test_a_recording_that_cannot_be_opened_is_a_problem(qtbot, tmp_path):
    def provide(_id):
        raise UnreadableFileError("it is cut short", path=tmp_path / "clip.mat")

    loader = FrameLoader(provide)
    with qtbot.waitSignal(loader.problem, timeout=5000) as told:
        loader.request(1, 0, OFF)
    assert "clip.mat: it is cut short" in told.args[0].message
    silent = FrameLoader(lambda _id: None)
    silent.request(1, 0, OFF)
    with qtbot.waitSignal(silent.stored_failed, timeout=5000) as told:
        silent.read_stored(1, 0)
    assert told.args == [1, 0, None]


def test_after_forgetting_a_recording_nothing_old_is_shown_and_others_stay(loader, qtbot):
    shown = []
    loader.frame_ready.connect(lambda rid, frame, *_rest: shown.append((rid, frame)))
    loader.request(2, 0, OFF)
    qtbot.waitUntil(lambda: shown == [(2, 0)], timeout=5000)
    loader.request(1, 0, OFF)
    loader.forget(1)
    assert loader.get(2, 0, OFF) is not None
    loader.request(1, 1, OFF)
    qtbot.waitUntil(lambda: (1, 1) in shown, timeout=5000)
    assert (1, 0) not in shown
    loader.forget()
    assert loader.get(2, 0, OFF) is None
    assert loader.bytes_held == 0


def test_a_job_whose_recording_is_forgotten_is_told(loader, qtbot):
    failed = []
    loader.stored_failed.connect(lambda rid, frame, problem: failed.append((rid, frame, problem)))
    loader.stored_ready.connect(lambda rid, frame, stored: failed.append((rid, frame, "came")))
    loader.read_stored(1, 0)
    loader.read_stored(1, 1)
    loader.read_stored(2, 2)
    loader.forget(1)
    qtbot.waitUntil(lambda: len(failed) == 3, timeout=5000)
    assert sorted(failed[:2]) == [(1, 0, None), (1, 1, None)]
    assert failed[2] == (2, 2, "came")


def test_shutting_down_ends_the_thread(recording, mapping, qtbot):
    loader = FrameLoader(lambda _id: (recording, mapping))
    assert loader.shutdown()
    loader.request(1, 0, OFF)
    assert loader._reader._thread is None


def test_what_is_read_late_is_not_mistaken_for_what_is_read_now(recording, mapping, monkeypatch, qtbot):
    """A study closed and opened again at once: the old neighbour comes late, the frame on screen stays."""
    brighter, goes_on = DisplayMapping(mapping.intensity, mapping.low, mapping.high / 2), threading.Event()
    opened, begun = [(recording, mapping)], threading.Event()
    read = recording.source.read

    def slow(frame):
        begun.set()
        assert goes_on.wait(10)
        return read(frame)

    monkeypatch.setattr(recording.source, "read", slow)
    loader = FrameLoader(lambda _id: opened[0])
    shown = []
    loader.frame_ready.connect(lambda _id, frame, _key, raw, _gray: shown.append((frame, raw[0, 0])))
    loader.request(1, 4, OFF)
    assert begun.wait(10)
    loader.forget()  # while it is being read
    opened[0] = (recording, brighter)
    loader.request(1, 4, OFF)
    goes_on.set()
    qtbot.waitUntil(lambda: bool(shown), timeout=5000)
    assert shown == [(4, pytest.approx(160 / 255))]
    assert loader.get(1, 4, OFF) is not None
    held = loader.get(1, 4, OFF).arrays  # of what was forgotten nothing is kept
    assert loader.bytes_held == sum(array.nbytes for array in held)
    assert loader.shutdown()


def test_a_frame_that_has_been_read_is_shown_before_timers_and_while_the_thread_is_busy(
    loader, recording, monkeypatch, qtbot
):
    shown, order = [], []
    loader.frame_ready.connect(lambda _id, frame, *_rest: (shown.append(frame), order.append("frame")))
    loader.request(1, 0, FAST, neighbours=[1])
    qtbot.waitUntil(lambda: loader.get(1, 1, FAST) is not None, timeout=5000)
    QApplication.processEvents()
    may_read, is_reading = threading.Event(), threading.Event()
    real = type(recording.source.source).read

    def slow(source, index):
        is_reading.set()
        assert may_read.wait(5)
        return real(source, index)

    monkeypatch.setattr(type(recording.source.source), "read", slow)
    loader.request(1, 5, FAST)
    assert is_reading.wait(5)
    shown.clear()
    order.clear()
    timer = QTimer()  # a single shot of 0 ms would be no timer but an event
    timer.timeout.connect(lambda: (order.append("timer"), timer.stop()))
    timer.start(0)
    loader.request(1, 1, FAST)
    assert shown == []  # never from within the call
    QApplication.processEvents()
    assert shown == [1]
    assert order[0] == "frame"
    may_read.set()
    loader.request(1, 1, FAST, neighbours=[2])  # its neighbours are read as ever
    qtbot.waitUntil(lambda: loader.get(1, 2, FAST) is not None, timeout=5000)


def test_neighbours_of_a_frame_that_has_been_read_wait_until_it_is_shown_and_go_with_it(
    loader, recording, qtbot
):
    reads = recording.source.reads
    loader.request(1, 0, OFF, neighbours=[1])
    qtbot.waitUntil(lambda: loader.get(1, 1, OFF) is not None, timeout=5000)
    QApplication.processEvents()
    loader.request(1, 1, OFF, neighbours=[2])
    loader.read_beside(1, 7, OFF)  # asked for meanwhile: not forgotten
    qtbot.waitUntil(lambda: loader.get(1, 2, OFF) is not None, timeout=5000)
    assert reads == [0, 1, 7, 2]
    loader.request(1, 0, OFF, neighbours=[3])
    loader.request(1, 1, OFF, neighbours=[4])  # the latest wins, and with it its neighbours
    qtbot.waitUntil(lambda: loader.get(1, 4, OFF) is not None, timeout=5000)
    loader.request(1, 0, OFF, neighbours=[5])
    loader.forget()
    loader.request(1, 6, OFF)
    qtbot.waitUntil(lambda: loader.get(1, 6, OFF) is not None, timeout=5000)
    QApplication.processEvents()
    assert reads == [0, 1, 7, 2, 4, 6]
