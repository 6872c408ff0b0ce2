from __future__ import annotations

import threading

import numpy as np
import pytest

from lusgui.core.despeckle import FAST, OFF
from lusgui.runtime.frame_reader import FrameCache, FrameReader, FrameRequest, LoadedFrame


def loaded(frame, shape=(10, 10), key="off", base=None):
    gray = np.zeros(shape, np.float32)
    if base is None:
        return LoadedFrame(1, frame, key, np.zeros(shape, np.uint8), gray, gray)
    return LoadedFrame(1, frame, key, base.stored, base.gray_raw, gray)


def test_the_cache_is_bounded_and_forgets_what_was_used_longest_ago():
    cache = FrameCache(1600)
    for frame in range(3):
        cache.put(loaded(frame))  # 500 bytes each
    cache.get(1, 0, "off")
    cache.put(loaded(3))
    assert cache.bytes_held <= 1600
    assert cache.get(1, 1, "off") is None
    assert cache.get(1, 0, "off") is not None


def test_despeckled_frames_share_what_is_stored():
    cache = FrameCache(10_000)
    base = loaded(0)
    cache.put(base)
    cache.put(loaded(0, key="fast", base=base))
    assert cache.bytes_held == 500 + 400
    cache.put(loaded(0, key="fast", base=base))
    assert cache.bytes_held == 900
    cache.forget(2)
    assert cache.bytes_held == 900
    cache.forget(1)
    assert cache.bytes_held == 0


@pytest.fixture
def ask(recording, mapping):
    def make(frame, settings=OFF, **options):
        return FrameRequest(1, frame, recording, mapping, settings, (0, 0), **options)

    return make


def run_to_the_end(reader, answers, count):
    end = threading.Event()

    def wait():
        while len(answers) < count and not end.wait(0.005):
            pass

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(10)
    end.set()
    assert len(answers) >= count
    assert reader.stop(5)


def test_the_shown_frame_comes_first_then_neighbours_then_long_jobs(ask, recording):
    gate, answers = threading.Event(), []
    plain_read = recording.source.read
    recording.source.read = lambda index: (gate.wait(10), plain_read(index))[1]
    reader = FrameReader(answers.append, FrameCache(10**6))
    reader.show(ask(0), [])
    while not recording.source.reads and not gate.is_set():
        if reader._now is None:
            break
    reader.queue_stored(ask(9, is_stored_only=True))
    reader.show(ask(1), [ask(8, is_quiet=True)])
    reader.show(ask(2), [ask(3, is_quiet=True), ask(4, is_quiet=True)])
    gate.set()
    run_to_the_end(reader, answers, 4)
    order = [a.request.frame for a in answers]
    assert order[-4:] == [2, 3, 4, 9]
    assert 1 not in order
    assert 8 not in order


def test_a_frame_is_read_once_for_every_despeckling(ask, recording):
    answers = []
    reader = FrameReader(answers.append, FrameCache(10**6))
    for number, settings in enumerate((OFF, FAST, OFF, FAST), 1):
        reader.show(ask(5, settings), [])
        while len(answers) < number:
            pass
    reader.queue_stored(ask(5, is_stored_only=True))
    run_to_the_end(reader, answers, 5)
    assert recording.source.reads == [5]
    raw, fast = answers[0].loaded, answers[1].loaded
    assert raw.gray is raw.gray_raw
    assert fast.gray_raw is raw.gray_raw
    assert fast.gray is not fast.gray_raw
    assert np.allclose(raw.gray, 100 / 255)
    assert not raw.gray.flags.writeable
    assert np.array_equal(answers[4].stored, raw.stored)


def test_an_error_is_an_answer_and_the_thread_lives_on(ask, recording):
    answers = []
    reader = FrameReader(answers.append, FrameCache(10**6))
    reader.queue_stored(ask(99, is_stored_only=True))
    reader.queue_stored(ask(1, is_stored_only=True))
    run_to_the_end(reader, answers, 2)
    assert isinstance(answers[0].error, IndexError)
    assert answers[1].stored[0, 0] == 20


def test_what_is_forgotten_is_not_read(ask, recording):
    gate, answers = threading.Event(), []
    plain_read = recording.source.read
    recording.source.read = lambda index: (gate.wait(10), plain_read(index))[1]
    reader = FrameReader(answers.append, FrameCache(10**6))
    reader.show(ask(0), [])
    while reader._now is not None:
        pass
    reader.queue_stored(ask(3, is_stored_only=True))
    reader.show(ask(1), [ask(2)])
    reader.forget(1)
    gate.set()
    assert reader.stop(5)
    assert recording.source.reads == [0]


def test_a_listener_that_is_gone_ends_the_thread(ask):
    def gone(_answer):
        raise RuntimeError("Internal C++ object already deleted.")

    reader = FrameReader(gone, FrameCache(10**6))
    reader.show(ask(0), [ask(1)])
    reader._thread.join(5)
    assert not reader._thread.is_alive()


def test_what_a_despeckled_frame_keeps_alive_counts_after_its_raw_one_has_gone():
    cache = FrameCache(2600)
    for frame in range(2):
        base = loaded(frame)  # 500 bytes
        cache.put(base)
        cache.put(LoadedFrame(1, frame, "fast", base.stored, base.gray_raw, base.gray_raw.copy()))
    assert cache.bytes_held == 2 * 900
    for frame in range(2):
        cache.get(1, frame, "fast")
    cache.put(loaded(2))
    cache.put(loaded(3))  # too much: the raw ones go first, and free nothing
    assert cache.get(1, 0, "off") is None
    assert cache.get(1, 1, "off") is None
    kept = {
        id(a): a
        for f, k in ((0, "fast"), (1, "fast"), (2, "off"), (3, "off"))
        if (item := cache.get(1, f, k)) is not None
        for a in item.arrays
    }
    assert cache.bytes_held == sum(array.nbytes for array in kept.values()) <= 2600
    cache.forget(None)
    assert cache.bytes_held == 0
