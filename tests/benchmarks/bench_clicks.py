"""How soon a click is answered, through the real window and the real click process.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_clicks.py [--model FILE] [--rounds N] [--clicks N]
[--run] [--csv FILE]``. The window shows the bundled lung recording (960 x 128) and the fetal plane
(512 x 512); mouse events come as from a hand. Told are, as medians and 95th percentiles,

- click: from the moment the button comes up to the end of the painting that shows the ghost, or that nothing
  was found: the first click on a structure, and a further one that starts from the ghost;
- preview: from the moment the pointer comes to rest, with the 50 ms for which the window waits whether it
  goes on;
- new frame: the first click on a frame that nobody prepared, made as soon as the frame is on screen;
- window: time between two beats of a 10 ms timer of the window's thread;
- start: from choosing the tool, while no process runs, until the frame is prepared;
- process: what the process itself needs for a frame and a click;
- plain: the same engine in a process that does nothing else; ratios are to its medians.

With ``--run`` every round has one half with a real run of learning at work and one with it suspended, so
that whatever else the machine does falls on both. Without ``--model`` the weights that a person would get
answer, or the engine without a model where there are none (or with ``--model none``). Where other people
compute on the same machine, as root: ``setsid bash -c 'echo -15 > /proc/self/autogroup; nice -n -15 ...'``.
As an older laptop: ``ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2`` before the command, and ``--name
AVX2`` behind it, which adds its rows to the table that is there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench_smoothness as smooth
import numpy as np
import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent

from lusgui.base.paths import resources_dir
from lusgui.core.annotation import PlaneKey
from lusgui.session.view_state import Tool

WAIT_MS = 10_000
PAUSE_S = 0.25
"""Between two clicks: nobody clicks faster, and neighbours are not being prepared all the time."""

PLAIN = """
import json, sys, time
import numpy as np
from lusgui.core.click.prompt import ClickPrompt
from lusgui.nn.click_worker import make_engine
engine, _, _ = make_engine(sys.argv[1])
found = {}
for name, shape in (("lung", (960, 128)), ("fetal", (512, 512))):
    gray = np.random.default_rng(0).random(shape).astype(np.float32)
    prompt = ClickPrompt().with_click(shape[0] / 2, shape[1] / 2)
    further = prompt.with_click(shape[0] / 2 + 9, shape[1] / 2)
    times = {"embedding": [], "first": [], "further": [], "preview": []}
    def timed(key, function):
        start = time.perf_counter()
        value = function()
        times[key].append(1e3 * (time.perf_counter() - start))
        return value
    for _ in range(12):
        embedding = timed("embedding", lambda: engine.embed(gray, 1.0))
    previous = np.zeros(shape, bool)
    previous[shape[0] // 2 - 20 : shape[0] // 2 + 20, shape[1] // 2 - 20 : shape[1] // 2 + 20] = True
    for _ in range(30):
        timed("first", lambda: engine.answer(embedding, prompt, None))
        timed("further", lambda: engine.answer(embedding, further, previous))
        timed("preview", lambda: engine.answer(embedding, prompt, None, is_preview=True))
    found[name] = {key: values[2:] for key, values in times.items()}
print(json.dumps(found))
"""


class Hand:
    """Clicks, and waits until what came of it is painted."""

    def __init__(self, app):
        self.app = app
        self.session = app.session
        self.clicking = app.session.clicking
        self.canvas = app.window.canvas
        self.viewport = self.canvas.viewport()
        self.times = {}
        self.seconds = {}
        self._loop = QEventLoop()
        self._is_over = lambda: False
        self._previews = 0
        client = app.clicks.client
        client.answer_ready.connect(self._answered)
        client._process.received.connect(self._heard)
        smooth.WatchedCanvas.on_painted = self._painted

    def _heard(self, message):
        if type(message).__name__ == "Embedded" and message.elapsed_ms > 0:
            self.seconds.setdefault("embedding", []).append(message.elapsed_ms)

    def _answered(self, token, key, answer):
        self._previews += 1
        self.seconds.setdefault("answer", []).append(1e3 * answer.seconds)

    def _painted(self):
        if self._is_over():
            self._end = time.perf_counter()
            self._is_over = lambda: False
            self._loop.quit()

    def wait(self, is_over):
        """Let the event loop run until a painting after `is_over` became true; return when it ended."""
        self._is_over, self._end = is_over, None
        guard = QTimer()
        guard.setSingleShot(True)
        guard.timeout.connect(self._loop.quit)
        guard.start(WAIT_MS)
        self._loop.exec()
        guard.stop()
        self._is_over = lambda: False
        return self._end

    def send(self, kind, place, button=Qt.MouseButton.LeftButton):
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        pressed = held if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        QCoreApplication.postEvent(
            self.viewport,
            QMouseEvent(
                kind, place, self.viewport.mapToGlobal(place), held, pressed, Qt.KeyboardModifier.NoModifier
            ),
        )

    def place(self, row, col):
        point = self.canvas.to_viewport(row, col)
        return QPointF(round(point.x()), round(point.y()))

    def click(self, name, row, col):
        """Click; note how long it took to be seen."""
        place = self.place(row, col)
        self.send(QEvent.Type.MouseButtonPress, place)
        smooth.spin(0.03)
        start = time.perf_counter()
        self.send(QEvent.Type.MouseButtonRelease, place)
        asked = [False]

        def note(ask):
            asked[0] = True

        self.session.click_asked.connect(note)
        end = self.wait(lambda: asked[0] and not self.clicking.is_asking)
        self.session.click_asked.disconnect(note)
        self.keep(name, start, end)
        return end is not None

    def preview(self, name, row, col):
        """Let the pointer come to rest; note how long it took to see what a click would give."""
        before = self._previews
        start = time.perf_counter()
        self.send(QEvent.Type.MouseMove, self.place(row, col))
        # a preview that finds nothing paints nothing
        end = self.wait(lambda: self._previews > before and self.clicking.preview is not None)
        if end is not None:
            self.keep(name, start, end)

    def keep(self, name, start, end):
        self.times.setdefault(name, []).append(np.nan if end is None else 1e3 * (end - start))

    def drop(self):
        self.clicking.drop()
        smooth.spin(0.05)

    def ready(self):
        assert smooth.spin(60, lambda: self.clicking.is_ready), self.clicking.engine


def points_of(session, key, random, count):
    """Return places where something is: where the model of the label sees it, else in the middle."""
    rows, cols = session.row(key.recording_id).shape
    mask = session.model_mask(key)
    found = np.argwhere(mask) if mask is not None and mask.any() else None
    if found is None:
        return random.uniform((0.3 * rows, 0.3 * cols), (0.7 * rows, 0.7 * cols), (count, 2))
    return found[random.integers(len(found), size=count)] + 0.5


def click_around(hand, name, rid, label, clicks, random):
    """First clicks, further ones and previews on a frame that is there."""
    session = hand.session
    session.view.tool = Tool.CLICK
    if session.place[0] != rid:
        session.go_to(rid, 0)
    session.view.label = label
    assert smooth.spin(60, lambda: hand.app.window.presenter.shown == session.place)
    hand.ready()
    key = session.key()
    smooth.spin(60, lambda: session.prediction(key) is not None)
    session.view.model_visible = False  # else the first click takes the model's piece, at once
    for row, col in points_of(session, key, random, clicks):
        session.view.click_preview = False
        hand.drop()
        smooth.spin(PAUSE_S)
        hand.click(f"{name}, first click", row, col)
        smooth.spin(PAUSE_S)
        hand.click(f"{name}, further click", row + random.uniform(-8, 8), col + random.uniform(-4, 4))
        hand.drop()
        session.view.click_preview = True
        smooth.spin(PAUSE_S)
        hand.preview(f"{name}, preview", row, col)


def click_new_frames(hand, rid, label, clicks, random):
    """The first click on frames that nobody prepared."""
    session, client = hand.session, hand.app.clicks.client
    session.view.label = label
    session.view.click_preview = False
    frames = session.row(rid).frames
    for _ in range(clicks):
        frame = (session.place[1] + int(random.integers(5, frames - 5))) % frames
        client.forget()
        hand.app.live.loader.forget()  # read from the file anew, too
        shown = hand.app.window.presenter
        session.go_to(rid, frame)
        assert smooth.spin(60, lambda: shown.shown == (rid, frame))  # noqa: B023 - used at once
        was_ready = hand.clicking.is_ready
        row, col = points_of(session, PlaneKey(rid, frame, label), random, 1)[0]
        hand.click("new frame, first click" if not was_ready else "new frame, ready by then", row, col)
        hand.drop()
        smooth.spin(PAUSE_S)


def start_process(hand):
    """From choosing the tool while no process runs until the frame is prepared, libraries loaded."""
    hand.session.view.tool = Tool.BRUSH
    hand.app.clicks.client._on_idle()
    smooth.spin(0.5)
    start = time.perf_counter()
    hand.session.view.tool = Tool.CLICK
    hand.ready()
    hand.keep("start, tool to ready", start, time.perf_counter())


def half(app, clicks, seed):
    """One half of a round; return times in ms by name."""
    random = np.random.default_rng(seed)
    hand = Hand(app)
    lung, fetal = (row.id for row in app.session.recording_rows()[:2])
    start_process(hand)
    beats = []
    beat = QTimer()
    beat.setTimerType(Qt.TimerType.PreciseTimer)
    beat.setInterval(smooth.BEAT_MS)
    beat.timeout.connect(lambda: beats.append(time.perf_counter()))
    beat.start()
    click_around(hand, "lung", lung, "rib", clicks, random)
    click_new_frames(hand, lung, "rib", clicks, random)
    click_around(hand, "fetal", fetal, "cerebellum", clicks, random)
    beat.stop()
    app.session.go_to(lung, 0)
    hand.times["window, beat"] = list(1e3 * np.diff(beats))
    smooth.WatchedCanvas.on_painted = staticmethod(lambda: None)
    client = app.clicks.client
    client.answer_ready.disconnect(hand._answered)
    client._process.received.disconnect(hand._heard)
    return hand.times | {f"process, {name}": values for name, values in hand.seconds.items()}


def plain(model):
    """Time the engine alone, in a process that does nothing else."""
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    raw = subprocess.run(
        [sys.executable, "-c", PLAIN, model], capture_output=True, check=True, env=environment, text=True
    )
    return json.loads(raw.stdout.splitlines()[-1])


def put_weights(model):
    """Let the click process find the weights that were named; return the path it gets."""
    from lusgui.io import click_model, models

    if model == "none":
        click_model.find_click_model = lambda: None
        return ""
    if model:
        folder = models.own_models_dir()
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(model, folder / "click.safetensors")
    path = click_model.find_click_model()
    return "" if path is None else str(path)


def begin_run(app):
    """Start a run of learning; return its process."""
    learning = app.services.learning
    assert learning.start(("rib",), minutes=60.0, suggest=False), "no run began"
    assert smooth.spin(300, lambda: learning.status.phase == "learning" and learning.status.step > 2)
    return psutil.Process(learning.pid)


def table_of(halves):
    """Return rows (what, when, n, median, p95, largest, unanswered, ratio) of lists of times in ms."""
    rows, alone = [], {}
    for when, parts in halves.items():
        names = dict.fromkeys(name for part in parts for name in part)
        for name in names:
            values = np.concatenate([part.get(name, []) for part in parts])
            seen = values[np.isfinite(values)]
            if not len(seen):
                continue
            numbers = [float(np.median(seen)), float(np.percentile(seen, 95)), float(seen.max())]
            which, _, what = name.removeprefix("plain, ").partition(", ")
            what = what.removesuffix(" click")
            if name.startswith("plain"):
                alone[which, what] = numbers[0]
            base = alone.get((which, what), alone.get(("lung", what)))
            is_seen = not name.startswith(("plain", "process"))
            ratio = round(numbers[0] / base, 2) if base is not None and is_seen else ""
            unanswered = len(values) - len(seen)
            rows.append([name, when, len(seen), *(round(x, 1) for x in numbers), unanswered, ratio])
    return rows


def write_csv(path, rows, is_added):
    """Write the table, or add to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a" if is_added else "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not is_added:
            names = ["what", "when", "n", "median_ms", "p95_ms", "largest_ms", "unanswered", "ratio_to_plain"]
            writer.writerow(names)
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="", help="weights, or 'none' for the engine without a model")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--clicks", type=int, default=15, help="of each kind in half a round")
    parser.add_argument("--run", action="store_true", help="measure with a run of learning at work too")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--name", default="", help="what the rows are called; they are added to the file")
    words = parser.parse_args()
    say = sys.stdout.write
    path = put_weights(words.model)
    alone = [plain(path)]
    halves = {"no run": []} | ({"run at work": []} if words.run else {})
    foreign = []
    with tempfile.TemporaryDirectory() as name:
        app = smooth.open_window(Path(name))
        app.session.add_recordings([resources_dir() / "samples" / "fetal_cerebellum.png"])
        app.session.go_to(app.session.recording_rows()[0].id, 0)
        half(app, 3, 99)  # caches are warm
        engine = app.session.clicking.engine.name
        trainer = begin_run(app) if words.run else None
        for number in range(words.rounds):
            if trainer is not None:
                trainer.suspend()
            psutil.cpu_percent()
            halves["no run"].append(half(app, words.clicks, 2 * number))
            foreign.append(psutil.cpu_percent())
            if trainer is not None:
                trainer.resume()
                before = app.services.learning.status.step
                halves["run at work"].append(half(app, words.clicks, 2 * number))
                assert app.services.learning.status.step > before, "the run did not go on"
            say(f"round {number + 1} of {words.rounds}\n")
        memory = psutil.Process(app.clicks.client.pid).memory_info().rss / 1e6
        if trainer is not None:
            app.services.learning.cancel()
            assert smooth.spin(60, lambda: not app.services.learning.is_running)
        app.window.close()
        app.shut_down()
    alone.append(plain(path))
    lonely = {
        f"plain, {which}, {what}": alone[0][which][what] + alone[1][which][what]
        for which in alone[0]
        for what in alone[0][which]
    }
    titled = {f"{words.name}, {when}" if words.name else when: parts for when, parts in halves.items()}
    rows = table_of({f"{words.name}, alone" if words.name else "alone": [lonely]} | titled)
    say(f"engine {engine}; {memory:.0f} MB in its process\n")
    say(f"processor in rounds without a run, all programs: {np.mean(foreign):.0f} %\n")
    say(f"{'what':30}{'when':20}{'n':>5}{'median':>9}{'p95':>9}{'most':>9}{'none':>6}{'ratio':>7}\n")
    for row in rows:
        numbers = "".join(f"{x:9.1f}" for x in row[3:6])
        say(f"{row[0]:30}{row[1]:20}{row[2]:5}{numbers}{row[6]:6}{row[7]:>7}\n")
    if words.csv is not None:
        rows.append(["process, memory in MB", f"{words.name}, {engine}" if words.name else engine, 1])
        rows[-1] += [round(memory), "", "", "", ""]
        write_csv(words.csv, rows, bool(words.name))


if __name__ == "__main__":
    main()
