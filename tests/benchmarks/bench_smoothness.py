"""How smooth drawing stays while a run of learning goes on, against the same without one.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_smoothness.py [--rounds N] [--seconds S] [--json F]``.
The real window shows the bundled lung recording with five reviewed frames. A hand in another thread draws
strokes at 120 events a second and steps to the next frame after every third. Of every round one half has the
real training process at work and one half has it suspended, so that whatever else the machine does falls on
both. Told are

- the largest gap of the event loop: the longest time between two beats of a 10 ms timer,
- the largest work: processor time of the window's thread between two beats, which no other program changes,
- event to pixel: from the moment a movement of the mouse was due to the end of the painting that shows it,
- memory of the window, the inference process and the training process together.

As an older laptop: ``ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2`` before the command.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["LUSGUI_HOME"] = tempfile.mkdtemp()

import numpy as np
import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent

from lusgui.app import App, parse
from lusgui.base.paths import resources_dir
from lusgui.core.annotation import PlaneKey, Status
from lusgui.ui.canvas.view import CanvasView

BEAT_MS = 10
RATE_HZ = 120
STROKE_EVENTS = 72
PAUSE_EVENTS = 24
STROKES_A_FRAME = 3
WAIT_S = 120


class WatchedCanvas(CanvasView):
    """Says when a painting has ended."""

    on_painted = staticmethod(lambda: None)

    def paintEvent(self, event):
        super().paintEvent(event)
        WatchedCanvas.on_painted()


class Hand:
    """Draws circles; remembers for each movement how long it took to be seen."""

    def __init__(self, app):
        self.canvas = app.window.canvas
        self.viewport = self.canvas.viewport()
        self.session = app.session
        rows, cols = self.canvas.shape
        centre = self.canvas.to_viewport(rows / 2, cols / 2)
        self._centre = centre
        self._angles = np.linspace(0, 2 * np.pi, STROKE_EVENTS)
        self.latencies_ms = []
        self._due = {}
        self._pending = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)
        WatchedCanvas.on_painted = self._painted
        self._filter = MoveFilter(self._moved)
        self.viewport.installEventFilter(self._filter)

    def begin(self):
        self._thread.start()

    def end(self):
        self._is_over.set()
        self._thread.join()
        self.viewport.removeEventFilter(self._filter)
        WatchedCanvas.on_painted = lambda: None

    def _draw(self):
        due, stroke, stamp = time.perf_counter(), 0, 0
        while not self._is_over.is_set():
            radius = 30 + 9 * (stroke % 7)  # each stroke adds something, and is written
            path = [self._centre + QPointF(radius * np.cos(a), radius * np.sin(a)) for a in self._angles]
            for number, place in enumerate(path):
                due += 1 / RATE_HZ
                time.sleep(max(due - time.perf_counter(), 0))
                kind = QEvent.Type.MouseButtonPress if number == 0 else QEvent.Type.MouseMove
                stamp += 1
                self._due[stamp] = due
                self._post(kind, place, stamp)
            stamp += 1
            self._post(QEvent.Type.MouseButtonRelease, path[-1], stamp)
            stroke += 1
            if stroke % STROKES_A_FRAME == 0:
                QTimer.singleShot(0, self.canvas, self._step)
            due += PAUSE_EVENTS / RATE_HZ
            time.sleep(max(due - time.perf_counter(), 0))

    def _post(self, kind, place, stamp):
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind,
            place,
            self.viewport.mapToGlobal(place),
            button,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        event.setTimestamp(stamp)
        QCoreApplication.postEvent(self.viewport, event)

    def _step(self):
        rid, frame = self.session.place
        self.session.go_to(rid, (frame + 1) % self.session.row(rid).frames)

    def _moved(self, stamp):
        if stamp in self._due:
            self._pending.append(self._due.pop(stamp))

    def _painted(self):
        now = time.perf_counter()
        self.latencies_ms += [1e3 * (now - due) for due in self._pending]
        self._pending.clear()


def make_filter():
    from PySide6.QtCore import QObject

    class Filter(QObject):
        def __init__(self, heard):
            super().__init__()
            self._heard = heard

        def eventFilter(self, watched, event):
            if event.type() in (QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress):
                self._heard(event.timestamp())
            return False

    return Filter


MoveFilter = make_filter()


def spin(seconds, until=None):
    """Let the event loop run; return whether `until` came true."""
    loop = QEventLoop()
    timer = QTimer()
    timer.setInterval(20)
    timer.timeout.connect(lambda: loop.quit() if until is not None and until() else None)
    timer.start()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()
    timer.stop()
    return until is None or until()


def measure(app, seconds):
    """Draw for a while; return gaps and latencies in ms."""
    beats = []
    beat = QTimer()
    beat.setTimerType(Qt.TimerType.PreciseTimer)
    beat.setInterval(BEAT_MS)
    beat.timeout.connect(lambda: beats.append((time.perf_counter(), time.thread_time())))
    hand = Hand(app)
    beat.start()
    hand.begin()
    spin(seconds)
    beat.stop()
    hand.end()
    spin(0.3)
    gaps, work = 1e3 * np.diff(beats, axis=0).T
    return {"gaps": gaps.tolist(), "work": work.tolist(), "latencies": hand.latencies_ms}


def memory_mb():
    """Return the memory of this process and its children: PSS, which counts shared pages once, and RSS."""
    here = psutil.Process()
    pss = rss = 0.0
    for process in (here, *here.children(recursive=True)):
        info = process.memory_full_info()
        pss += getattr(info, "pss", info.uss) / 1e6
        rss += info.rss / 1e6
    return pss, rss


def open_window(folder):
    """Return the window on a study with five reviewed frames."""
    import lusgui.ui.main_window as window_module

    window_module.CanvasView = WatchedCanvas
    app = App(parse(["--study", str(folder / "bench.lusgui")]))
    app.window.resize(1440, 900)
    app.window.show()
    app.session.new_study(folder / "bench.lusgui")
    (rid,) = app.session.add_recordings([resources_dir() / "samples" / "lung_linear_v5.mat"])
    app.session.view.label = "rib"
    rows, cols = app.session.row(rid).shape
    for frame in (2, 7, 12, 17, 22):
        mask = np.zeros((rows, cols), bool)
        mask[rows // 3 : rows // 2, cols // 4 : cols // 2] = True
        app.session.push_masks("Brush", {PlaneKey(rid, frame, "rib"): mask})
        app.session.set_status(PlaneKey(rid, frame, "rib"), Status.ACCEPTED)
    app.session.go_to(rid, 0)
    key = PlaneKey(rid, 0, "rib")
    assert spin(WAIT_S, lambda: app.window.presenter.is_up_to_date)
    assert spin(WAIT_S, lambda: app.session.prediction(key) is not None), "no model answers"
    spin(3.0)
    return app


def summary(blocks):
    gaps = np.concatenate([block["gaps"] for block in blocks])
    latencies = np.concatenate([block["latencies"] for block in blocks])
    return {
        "largest_gap_ms": float(gaps.max()),
        "median_of_largest_gaps_ms": float(np.median([max(block["gaps"]) for block in blocks])),
        "largest_work_ms": float(np.concatenate([block["work"] for block in blocks]).max()),
        "gap_p99_ms": float(np.percentile(gaps, 99)),
        "latency_median_ms": float(np.median(latencies)),
        "latency_p99_ms": float(np.percentile(latencies, 99)),
        "latency_max_ms": float(latencies.max()),
        "beats": len(gaps),
        "events": len(latencies),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--json", type=Path)
    words = parser.parse_args()
    say = sys.stdout.write
    idle, busy, memory, foreign = [], [], [], []
    with tempfile.TemporaryDirectory() as name:
        app = open_window(Path(name))
        learning = app.services.learning
        measure(app, 3.0)  # caches are warm
        assert learning.start(("rib",), minutes=60.0, suggest=False), "no run began"
        assert spin(WAIT_S, lambda: learning.status.phase == "learning" and learning.status.step > 2)
        trainer = psutil.Process(learning.pid)
        for number in range(words.rounds):
            trainer.suspend()
            psutil.cpu_percent()
            idle.append(measure(app, words.seconds))
            foreign.append(psutil.cpu_percent())
            trainer.resume()
            before = learning.status.step
            busy.append(measure(app, words.seconds))
            assert learning.status.phase == "learning", learning.status
            assert learning.status.step > before, "the run did not go on"
            memory.append(memory_mb())
            for which, blocks in (("idle", idle), ("run", busy)):
                last = summary(blocks[-1:])
                gap, p50, p99 = (last[k] for k in ("largest_gap_ms", "latency_median_ms", "latency_p99_ms"))
                say(
                    f"round {number + 1} {which:5} gap {gap:6.1f}  event to pixel {p50:5.1f} p99 {p99:6.1f}\n"
                )
        learning.cancel()
        assert spin(WAIT_S, lambda: not learning.is_running)
        app.window.close()
        app.shut_down()
    table = {"idle": summary(idle), "run": summary(busy)}
    say(f"{'':28}{'idle':>10}{'run':>10}{'ratio':>8}\n")
    for key in table["idle"]:
        one, other = table["idle"][key], table["run"][key]
        say(f"{key:28}{one:10.1f}{other:10.1f}{other / one:8.2f}\n")
    pss, rss = np.max(memory, axis=0)
    say(f"memory of all processes: {pss:.0f} MB, {rss:.0f} MB with shared pages counted each time\n")
    say(f"processor in idle rounds, all programs: {np.mean(foreign):.0f} %\n")
    if words.json is not None:
        table |= {"memory_pss_mb": pss, "memory_rss_mb": rss, "cpu_percent_idle": foreign}
        words.json.write_text(json.dumps(table, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
