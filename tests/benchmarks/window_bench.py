"""The whole program under a benchmark: events as from a hand, and when the canvas showed what they did.

Shared by `bench_bench` and `bench_large`; measures nothing by itself. Told are milliseconds from the moment
an event reaches the window to the end of the painting that shows what it did (median, 95th and 99th
percentile, longest); "own" are those for which the window thread itself was computing, which is what remains
where nobody else uses the machine.
"""

from __future__ import annotations

import argparse
import csv
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

NONE, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
KEYS = Qt.KeyboardModifier.NoModifier
WAIT_S = 60.0
HEAD = ("what", "n", "median", "p95", "p99", "longest", "own median", "own p99")


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Painted:
    """Knows when the canvas was painted last."""

    def __init__(self):
        from lusgui.ui.canvas.view import CanvasView

        self.at, self.own, self.count = 0.0, 0.0, 0
        self.current = 0
        self.is_current = lambda: False
        base = CanvasView.__mro__[1]

        def paint(view, event):
            base.paintEvent(view, event)
            self.at, self.own, self.count = time.perf_counter(), time.thread_time(), self.count + 1
            self.current += self.is_current()

        CanvasView.paintEvent = paint


class Bench:
    """The program, and rows of figures."""

    def __init__(self, folder, words):
        self.folder, self.words = folder, words
        self.rows = []
        self.painted = Painted()
        self.app = None

    def start(self, *words):
        from lusgui.app import App, parse
        from lusgui.runtime.live import LiveSegmentation

        LiveSegmentation.choose_default_models = lambda _live: (
            None
        )  # no network: the window alone is measured
        self.app = App(parse([str(word) for word in words]))
        self.app.window.resize(1600, 1000)
        self.app.window.show()
        self.session, self.window, self.canvas = self.app.session, self.app.window, self.app.window.canvas
        self.painted.is_current = lambda: self.window is not None and self.window.presenter.is_up_to_date
        self.settle(0.3)

    def stop(self):
        self.app.session.clicking.forget_all()
        self.app.window.close()
        self.app.shut_down()
        self.app.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.app = self.window = self.canvas = self.session = None
        gc.collect()

    def settle(self, seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            QApplication.processEvents()
            time.sleep(0.002)

    def until(self, condition):
        end = time.perf_counter() + WAIT_S
        while not condition():
            QApplication.processEvents()
            time.sleep(0.0005)  # others read and compute meanwhile
            if time.perf_counter() > end:
                raise TimeoutError(condition)
        return time.perf_counter()

    def painted_after(self, act):
        """Do something; return milliseconds to the end of the painting after it, and those of our thread."""
        self.settle(0.0)
        before, start, own = self.painted.count, time.perf_counter(), time.thread_time()
        act()
        end = start + 0.25  # an act that changes nothing on screen paints nothing
        while self.painted.count == before and time.perf_counter() < end:
            QApplication.processEvents()
        at, spent = (self.painted.at, self.painted.own) if self.painted.count > before else (start, own)
        return 1e3 * (at - start), 1e3 * (spent - own)

    def tell(self, what, times, unit="ms"):
        times = np.asarray(times, float)
        own = times[:, 1] if times.ndim == 2 else None
        times = times[:, 0] if times.ndim == 2 else times
        row = [what, times.size, *(float(np.percentile(times, q)) for q in (50, 95, 99)), float(times.max())]
        row += ["", ""] if own is None else [float(np.percentile(own, 50)), float(np.percentile(own, 99))]
        self.rows.append((*row, unit))
        figures = " ".join(f"{value:10.2f}" if value != "" else 10 * " " for value in row[2:])
        say(f"{what:<58} {row[1]:>5} {figures} {unit}")

    def memory(self, what):
        gc.collect()
        self.tell(what, [psutil.Process().memory_info().rss / 2**20], "MiB")

    def mouse(self, kind, row, col, button, buttons):
        here = self.canvas.to_viewport(row, col)
        there = self.canvas.viewport().mapToGlobal(here)
        event = QMouseEvent(kind, here, there, button, buttons, KEYS)
        QApplication.sendEvent(self.canvas.viewport(), event)

    def key(self, key):
        QTest.keyClick(self.window, key)


def speckle(count, rows, cols, seed=3):
    noise = np.random.default_rng(seed)
    down, right = np.ogrid[:rows, :cols]
    base = 60 + 80 * np.exp(-(((down - rows / 2) / (rows / 8)) ** 2) - ((right - cols / 2) / (cols / 3)) ** 2)
    return np.stack([np.clip(base * noise.rayleigh(0.8, (rows, cols)), 0, 255) for _ in range(count)]).astype(
        np.uint8
    )


def step_to(bench, act):
    """Do what changes the frame; return the milliseconds until it is painted, and those of our thread."""
    bench.settle(0.0)
    before = bench.painted.current
    start, own = time.perf_counter(), time.thread_time()
    act()
    bench.until(lambda: bench.painted.current > before)
    return 1e3 * (bench.painted.at - start), 1e3 * (bench.painted.own - own)


def run(title, parts, add_words=None):
    """Run what ``--only`` names, in a home of its own, and tell; `parts` are callables of a Bench by name."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--only", default=",".join(parts))
    parser.add_argument("--csv", type=Path)
    if add_words is not None:
        add_words(parser)
    words = parser.parse_args()
    unknown = set(words.only.split(",")) - set(parts)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        os.environ["LUSGUI_HOME"] = str(home)
        for key in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[key] = str(home / key)
        bench = Bench(Path(name), words)
        say(f"{'':<58} {'n':>5} " + " ".join(f"{head:>10}" for head in HEAD[2:]))
        for part in parts:
            if part in words.only.split(","):
                parts[part](bench)
        if bench.app is not None:
            bench.memory("window's process after")
            bench.stop()
        if words.csv is not None:
            with words.csv.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([(*HEAD, "unit"), *bench.rows])
    return 0
