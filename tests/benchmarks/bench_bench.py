"""How soon the annotator's bench answers the hand: brush, slider, frames, large cines and studies, memory.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_bench.py [--only brush,slider,frames,large]
[--strokes N] [--csv FILE]``. The whole program runs offscreen; events come as from a hand. Told are
milliseconds from the moment an event reaches the window to the end of the painting that shows what it did
(median, 95th and 99th percentile, longest); "own" are those for which the window's thread itself was
computing, which is what remains where nobody else uses the machine; and the memory of the window's process.

- brush: 1024 x 1024, three labels with masks on the frame and a model's answer for each, a stroke of 24
  moves; on an empty history, then with 200 edits on the frame. "lift" is the release: then it is on disk.
- slider: the threshold under the mouse, all three labels following.
- frames: the next frame by key, read ahead and not.
- large: a cine of 10,000 frames, and a study of ten of them with 100,000 frames annotated, each with its
  journal: opening until the first frame is painted, the next frame, a jump, memory before and after.
"""

from __future__ import annotations

import argparse
import csv
import gc
import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
import tifffile
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

SIDE = 1024
LABELS = ("rib", "cerebellum", "vermis")
MOVES = 24
EDITS = 200
NONE, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
KEYS = Qt.KeyboardModifier.NoModifier
WAIT_S = 60.0
HEAD = ("what", "n", "median", "p95", "p99", "longest", "own median", "own p99")
BIG_FRAMES, RECORDINGS = 10_000, 10


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Painted:
    """Knows when the canvas was painted last."""

    def __init__(self):
        from lusgui.ui.canvas.view import CanvasView

        self.at, self.own, self.count = 0.0, 0.0, 0
        base = CanvasView.__mro__[1]

        def paint(view, event):
            base.paintEvent(view, event)
            self.at, self.own, self.count = time.perf_counter(), time.thread_time(), self.count + 1

        CanvasView.paintEvent = paint


class Bench:
    """The program, and rows of figures."""

    def __init__(self, folder, strokes):
        self.folder, self.strokes = folder, strokes
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


def blobs(seed):
    """Return a probability (SIDE, SIDE) with a few structures of uneven outlines."""
    from scipy import ndimage

    noise = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(noise.standard_normal((SIDE, SIDE)), 40)
    rough = ndimage.gaussian_filter(noise.standard_normal((SIDE, SIDE)), 4)
    field = field / field.std() + 0.06 * rough / rough.std() - 1.4
    return (1 / (1 + np.exp(-3 * field))).astype(np.float32)


def open_square(bench):
    path = bench.folder / "square" / "clip.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, speckle(24, SIDE, SIDE), photometric="minisblack")
    bench.start("--label", "rib", path)
    bench.app.open_what_was_named()
    bench.until(lambda: bench.session.place is not None and bench.window.presenter.is_up_to_date)
    session = bench.session
    for label in LABELS:
        session.ensure_label(label)
    session.view.label = LABELS[0]
    answer(bench, 0)
    bench.settle(6.0)


def answer(bench, frame):
    """Give a model's answer, and a drawn mask, for each label of a frame."""
    from lusgui.core.annotation import PlaneKey

    session, recording = bench.session, bench.session.place[0]
    for number, label in enumerate(LABELS):
        if session.active_model(label) is None:
            session.set_active_model(label, "bench", "bench-1.0")
        probability = blobs(10 * frame + number)
        session.put_prediction(session.prediction_key(recording, frame, label), probability)
        session.push_masks("Bench", {PlaneKey(recording, frame, label): probability > 0.6})


def stroke_places(number):
    noise = np.random.default_rng(number)
    start, turn = noise.uniform(150, SIDE - 150, 2), noise.uniform(0, 6.3)
    steps = np.arange(MOVES)[:, None] * 6.0
    wobble = turn + np.cumsum(noise.normal(0, 0.15, MOVES))[:, None]
    return np.clip(start + steps * np.hstack((np.sin(wobble), np.cos(wobble))), 5, SIDE - 5)


def draw(bench, number):
    """Draw one stroke as a hand does; return the times of its moves, and of the release."""
    places = stroke_places(number)
    press = bench.painted_after(lambda: bench.mouse(QEvent.Type.MouseButtonPress, *places[0], LEFT, LEFT))
    moves = [
        bench.painted_after(lambda at=at: bench.mouse(QEvent.Type.MouseMove, *at, NONE, LEFT))
        for at in places[1:]
    ]
    lift = bench.painted_after(lambda: bench.mouse(QEvent.Type.MouseButtonRelease, *places[-1], LEFT, NONE))
    return press, moves, lift


def brush(bench):
    from lusgui.session.view_state import OverlayStyle, Tool

    view = bench.session.view
    view.tool, view.erase, view.brush_size_px = Tool.BRUSH, False, 24
    for style in (OverlayStyle.OUTLINE, OverlayStyle.FILL):
        view.overlay_style = style
        bench.settle(0.3)
        draw(bench, 0)
        told = [draw(bench, number) for number in range(bench.strokes)]
        name = f"brush, {style}, {SIDE} x {SIDE}, 3 labels"
        bench.tell(f"{name}: move", [time for _, moves, _ in told for time in moves])
        bench.tell(f"{name}: press", [press for press, _, _ in told])
        bench.tell(f"{name}: lift (on disk)", [lift for _, _, lift in told])
    view.overlay_style = OverlayStyle.OUTLINE
    for number in range(EDITS - 2 * bench.strokes):
        draw(bench, 1000 + number)
    told = [draw(bench, 5000 + number) for number in range(bench.strokes)]
    name = f"brush, outline, after {EDITS} edits on the frame"
    bench.tell(f"{name}: move", [time for _, moves, _ in told for time in moves])
    bench.tell(f"{name}: lift (on disk)", [lift for _, _, lift in told])
    undo = [bench.painted_after(lambda: bench.app.session.undo()) for _ in range(bench.strokes)]
    bench.tell(f"{name}: undo", undo)


def slider(bench):
    control = bench.window.threshold.threshold.slider
    values = np.round(500 + 300 * np.sin(np.arange(120) / 6)).astype(int)
    times = [bench.painted_after(lambda value=value: control.setValue(int(value))) for value in values]
    bench.tell(f"slider, {SIDE} x {SIDE}, 3 labels", times)
    bench.session.seeing.band = True
    times = [bench.painted_after(lambda value=value: control.setValue(int(value))) for value in values]
    bench.tell("slider with the stability band", times)
    bench.session.seeing.band = False
    bench.session.view.threshold_low = 0.15
    times = [bench.painted_after(lambda value=value: control.setValue(int(value))) for value in values]
    bench.tell("slider with hysteresis", times)
    bench.session.view.threshold_low = 0.0
    bench.session.view.threshold = 0.5


def step_to(bench, act):
    """Do what changes the frame; return the milliseconds until it is painted."""
    bench.settle(0.0)
    start, own = time.perf_counter(), time.thread_time()
    act()
    bench.until(lambda: bench.window.presenter.is_up_to_date)
    before = bench.painted.count
    bench.until(lambda: bench.painted.count > before or time.perf_counter() - start > 2)
    return 1e3 * (bench.painted.at - start), 1e3 * (bench.painted.own - own)


def frames(bench):
    session = bench.session
    recording = session.place[0]
    session.go_to(recording, 0)
    bench.settle(1.0)
    ahead = []
    for _ in range(20):
        ahead.append(step_to(bench, lambda: bench.key(Qt.Key.Key_Right)))
        bench.settle(0.4)
    bench.tell(f"next frame, read ahead, {SIDE} x {SIDE}", ahead)
    bench.app.live.loader.forget()
    far = []
    for number in range(20):
        bench.app.live.loader.forget()
        far.append(step_to(bench, lambda number=number: session.go_to(recording, (7 * number + 3) % 24)))
    bench.tell(f"another frame, not read yet, {SIDE} x {SIDE}", far)


def sparse_clip(path, count, rows, cols, seed):
    """Write a stack of which only some frames are not empty: it takes hardly any room on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stack = tifffile.memmap(path, shape=(count, rows, cols), dtype=np.uint8, photometric="minisblack")
    some = speckle(4, rows, cols, seed)
    for number in range(0, count, max(count // 40, 1)):
        stack[number] = some[number % 4]
    stack[0, 0, :8] = np.arange(seed, seed + 8) % 255
    stack.flush()


def large(bench):
    big = bench.folder / "cine" / "cine.tif"
    sparse_clip(big, BIG_FRAMES, 240, 320, 1)
    bench.memory("window's process before")
    bench.start("--label", "rib", big)
    start = time.perf_counter()
    bench.app.open_what_was_named()
    bench.until(lambda: bench.session.place is not None and bench.window.presenter.is_up_to_date)
    count = bench.painted.count
    bench.until(lambda: bench.painted.count > count)
    bench.tell("10,000-frame cine: opening to first frame", [1e3 * (bench.painted.at - start)])
    walk(bench, "10,000-frame cine")
    bench.stop()

    study = large_study(bench)
    bench.start("--study", study)
    start = time.perf_counter()
    bench.app.open_what_was_named()
    count = bench.painted.count
    bench.until(lambda: bench.session.place is not None and bench.window.presenter.is_up_to_date)
    bench.until(lambda: bench.painted.count > count)
    bench.tell("100,000 annotated frames: opening to first frame", [1e3 * (bench.painted.at - start)])
    assert len(bench.session.statuses(bench.session.place[0])) == BIG_FRAMES
    walk(bench, "100,000 annotated frames")
    rows = bench.session.recording_rows()
    others = [step_to(bench, lambda row=row: bench.session.go_to(row.id, 17)) for row in rows[1:]]
    bench.tell("100,000 annotated frames: another recording", others)
    bench.stop()


def walk(bench, name):
    """Go through frames one by one, jump, draw; tell times and what memory grew by."""
    session = bench.session
    recording = session.place[0]
    bench.settle(1.5)
    bench.memory(f"{name}: memory after opening")
    steps = []
    for _ in range(100):
        steps.append(step_to(bench, lambda: bench.key(Qt.Key.Key_Right)))
        bench.settle(0.03)
    bench.tell(f"{name}: next frame", steps)
    jumps = [step_to(bench, lambda at=at: session.go_to(recording, at)) for at in range(250, BIG_FRAMES, 250)]
    bench.tell(f"{name}: jump", jumps)
    bench.memory(f"{name}: memory after 140 frames")
    for turn in (1, 2):
        for at in range(1000 + turn, 9000, 8):
            session.go_to(recording, at)
            if at % 40 == turn:
                bench.until(lambda: bench.window.presenter.is_up_to_date)
        bench.memory(f"{name}: memory after {turn},000 more frames")
    session.view.brush_size_px = 12
    lifts = []
    for number in range(20):
        bench.mouse(QEvent.Type.MouseButtonPress, 50 + 4 * number, 60, LEFT, LEFT)
        bench.mouse(QEvent.Type.MouseMove, 50 + 4 * number, 90, NONE, LEFT)
        up = QEvent.Type.MouseButtonRelease
        lifts.append(bench.painted_after(lambda up=up, n=number: bench.mouse(up, 50 + 4 * n, 90, LEFT, NONE)))
    bench.tell(f"{name}: a stroke's lift (on disk)", lifts)


def large_study(bench):
    """Make a study of ten cines, every frame of them with a mask, a status and a row of the journal."""
    from lusgui.core.annotation import PlaneKey, Status
    from lusgui.session.session import Session

    folder = bench.folder / "many"
    paths = [folder / f"clip{number:02d}.tif" for number in range(RECORDINGS)]
    for number, path in enumerate(paths):
        sparse_clip(path, BIG_FRAMES, 96, 128, 10 + number)
    session = Session()
    assert session.new_study(folder / "many.lusgui")
    ids = session.add_recordings(paths)
    mask = np.zeros((96, 128), bool)
    mask[40:60, 30:80] = True
    session.push_masks("Bench", {PlaneKey(ids[0], 0, "rib"): mask}, status=Status.ACCEPTED)
    session.go_to(ids[0], 0)
    session.save_place()
    session.close_study()
    with sqlite3.connect(folder / "many.lusgui") as base:
        multiply(base, ids)
    base.close()
    return folder / "many.lusgui"


def multiply(base, ids):
    """Copy the one annotated frame, with its journal, to all frames of all recordings."""

    def columns(table):
        return [row[1] for row in base.execute(f"PRAGMA table_info({table})")]

    def first(table):
        names = columns(table)
        return names, base.execute(f"SELECT {', '.join(_q(n) for n in names)} FROM {table}").fetchone()

    places = [(recording, frame) for recording in ids for frame in range(BIG_FRAMES)][1:]
    for table in ("annotations", "journal", "journal_patches"):
        names, row = first(table)
        made = []
        for number, (recording, frame) in enumerate(places, start=2):
            values = dict(zip(names, row, strict=True))
            for name, value in (("recording_id", recording), ("frame", frame), ("seq", number)):
                if name in values:
                    values[name] = value
            made.append(tuple(values.values()))
        marks = ", ".join("?" for _ in names)
        base.executemany(f"INSERT INTO {table} ({', '.join(_q(n) for n in names)}) VALUES ({marks})", made)


def _q(name):
    return f'"{name}"'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="brush,slider,frames,large")
    parser.add_argument("--strokes", type=int, default=60)
    parser.add_argument("--csv", type=Path)
    words = parser.parse_args()
    wanted = words.only.split(",")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        os.environ["LUSGUI_HOME"] = str(home)
        for key in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[key] = str(home / key)
        bench = Bench(Path(name), words.strokes)
        say(f"{'':<58} {'n':>5} " + " ".join(f"{head:>10}" for head in HEAD[2:]))
        if {"brush", "slider", "frames"} & set(wanted):
            open_square(bench)
            for part in (brush, slider, frames):
                if part.__name__ in wanted:
                    part(bench)
            bench.memory("window's process after")
            bench.stop()
        if "large" in wanted:
            large(bench)
        if words.csv is not None:
            with words.csv.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([(*HEAD, "unit"), *bench.rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
