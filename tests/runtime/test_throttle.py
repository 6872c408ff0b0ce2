from __future__ import annotations

from lusgui.runtime.throttle import Debounce, Throttle


def test_throttled_calls_come_at_once_and_then_only_the_last(qtbot):
    calls = []
    throttle = Throttle(lambda *a: calls.append(a), 40)
    for number in range(50):
        throttle(number)
    assert calls == [(0,)]
    qtbot.waitUntil(lambda: calls == [(0,), (49,)], timeout=2000)
    qtbot.waitUntil(lambda: not throttle._timer.isActive(), timeout=2000)
    throttle(50, "x")
    assert calls[-1] == (50, "x")


def test_throttled_calls_can_be_flushed_and_cancelled(qtbot):
    calls = []
    throttle = Throttle(calls.append, 30)
    throttle(1)
    throttle(2)
    throttle.flush()
    assert calls == [1, 2]
    throttle(3)
    throttle.cancel()
    qtbot.wait(60)
    assert calls == [1, 2]
    throttle.flush()
    assert calls == [1, 2]


def test_debounced_calls_come_once_after_quiet(qtbot):
    calls = []
    debounce = Debounce(calls.append, 30)
    for number in range(5):
        debounce(number)
    assert calls == []
    qtbot.waitUntil(lambda: calls == [4], timeout=2000)
    debounce(5)
    debounce.flush()
    assert calls == [4, 5]
    debounce(6)
    debounce.cancel()
    qtbot.wait(60)
    assert calls == [4, 5]
