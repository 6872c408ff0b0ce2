"""How soon the annotator's bench answers the hand: brush, slider, next frame.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_bench.py [--only brush,slider,frames] [--strokes N]
[--csv FILE]``. The whole program runs offscreen; what the columns mean is told in `window_bench`. Long
recordings, large studies and memory are in `bench_large`.

- brush: 1024 x 1024, three labels with masks on the frame and a model's answer for each, a stroke of 24
  moves; on an empty history, then with 200 edits on the frame. "lift" is the release: then it is on disk.
- slider: the threshold under the mouse, all three labels following.
- frames: the next frame by key, read ahead and not; each of them has masks and answers of its own for all
  three labels. "complete" is the painting after which nothing more changes on the canvas.
"""

from __future__ import annotations

import sys

import numpy as np
import tifffile
from PySide6.QtCore import QEvent, Qt
from window_bench import LEFT, NONE, run, speckle, step_to

SIDE = 1024
LABELS = ("rib", "cerebellum", "vermis")
MOVES = 24
EDITS = 200
FRAMES = 24


def blobs(seed):
    """Return a probability (SIDE, SIDE) with a few structures of uneven outlines."""
    from scipy import ndimage

    noise = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(noise.standard_normal((SIDE, SIDE)), 40)
    rough = ndimage.gaussian_filter(noise.standard_normal((SIDE, SIDE)), 4)
    field = field / field.std() + 0.06 * rough / rough.std() - 1.4
    return (1 / (1 + np.exp(-3 * field))).astype(np.float32)


def square(bench):
    """Open a recording of squares, unless that is done: the first frame has answers and masks."""
    if bench.app is not None:
        return
    path = bench.folder / "square" / "clip.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, speckle(FRAMES, SIDE, SIDE), photometric="minisblack")
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

    square(bench)
    view = bench.session.view
    view.tool, view.erase, view.brush_size_px = Tool.BRUSH, False, 24
    for style in (OverlayStyle.OUTLINE, OverlayStyle.FILL):
        view.overlay_style = style
        bench.settle(0.3)
        draw(bench, 0)
        told = [draw(bench, number) for number in range(bench.words.strokes)]
        name = f"brush, {style}, {SIDE} x {SIDE}, 3 labels"
        bench.tell(f"{name}: move", [time for _, moves, _ in told for time in moves])
        bench.tell(f"{name}: press", [press for press, _, _ in told])
        bench.tell(f"{name}: lift (on disk)", [lift for _, _, lift in told])
    view.overlay_style = OverlayStyle.OUTLINE
    for number in range(EDITS - 2 * bench.words.strokes):
        draw(bench, 1000 + number)
    told = [draw(bench, 5000 + number) for number in range(bench.words.strokes)]
    name = f"brush, outline, after {EDITS} edits on the frame"
    bench.tell(f"{name}: move", [time for _, moves, _ in told for time in moves])
    bench.tell(f"{name}: lift (on disk)", [lift for _, _, lift in told])
    undo = [bench.painted_after(lambda: bench.app.session.undo()) for _ in range(bench.words.strokes)]
    bench.tell(f"{name}: undo", undo)


def slider(bench):
    square(bench)
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


def frames(bench):
    square(bench)
    session = bench.session
    recording = session.place[0]
    for frame in range(1, FRAMES):
        answer(bench, frame)
    session.go_to(recording, 0)
    bench.settle(2.0)
    ahead, complete = [], []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
        for _ in range(FRAMES - 1):
            began = step_to(bench, lambda key=key: bench.key(key))
            start = bench.painted.at - began[0] / 1e3
            bench.settle(0.4)
            ahead.append(began)
            complete.append(1e3 * (bench.painted.at - start))
    bench.tell(f"next frame, read ahead, {SIDE} x {SIDE}", ahead)
    bench.tell("next frame: until nothing changes any more", complete)
    held = [step_to(bench, lambda: bench.key(Qt.Key.Key_Right)) for _ in range(FRAMES - 1)]
    bench.tell("next frame, one at once after the other", held)
    far = []
    for number in range(20):
        bench.app.live.loader.forget()
        far.append(step_to(bench, lambda number=number: session.go_to(recording, (7 * number + 3) % 24)))
    bench.tell(f"another frame, not read yet, {SIDE} x {SIDE}", far)


def words(parser):
    parser.add_argument("--strokes", type=int, default=60)


if __name__ == "__main__":
    sys.exit(run(__doc__.splitlines()[0], {"brush": brush, "slider": slider, "frames": frames}, words))
