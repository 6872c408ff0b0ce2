"""Long recordings and large studies in the window: opening, the next frame, a jump, a stroke, memory.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_large.py [--only cine,study,memory,merge]
[--csv FILE]``. What the columns mean is told in `window_bench`.

- cine: a recording of 10,000 frames, opening until the first frame is painted, the next frame, a jump.
- study: ten of them with 100,000 frames annotated, each with its journal: the same, and another recording.
- memory: 6,000 frames of that study one after the other: the process, the cache of frames in it, and which
  Python objects became more between frame 3,000 and 6,000.
- merge: two studies of 50,000 planes each become one (``lusgui merge``).
"""

from __future__ import annotations

import gc
import sqlite3
import sys
import time
from collections import Counter

import numpy as np
import tifffile
from PySide6.QtCore import QEvent, Qt
from window_bench import LEFT, NONE, run, speckle, step_to

BIG_FRAMES, RECORDINGS, VISITS, MERGED = 10_000, 10, 6_000, 50_000


def sparse_clip(path, count, rows, cols, seed):
    """Write a stack of which only some frames are not empty: it takes hardly any room on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stack = tifffile.memmap(path, shape=(count, rows, cols), dtype=np.uint8, photometric="minisblack")
    some = speckle(4, rows, cols, seed)
    for number in range(0, count, max(count // 40, 1)):
        stack[number] = some[number % 4]
    stack[0, 0, :8] = np.arange(seed, seed + 8) % 255
    stack.flush()


def cine(bench):
    big = bench.folder / "cine" / "cine.tif"
    sparse_clip(big, BIG_FRAMES, 240, 320, 1)
    bench.memory("window's process before")
    bench.start("--label", "rib", big)
    opening(bench, "10,000-frame cine")
    walk(bench, "10,000-frame cine")
    bench.stop()


def study(bench):
    bench.start("--study", large_study(bench))
    opening(bench, "100,000 annotated frames")
    assert len(bench.session.statuses(bench.session.place[0])) == BIG_FRAMES
    walk(bench, "100,000 annotated frames")
    rows = bench.session.recording_rows()
    others = [step_to(bench, lambda row=row: bench.session.go_to(row.id, 17)) for row in rows[1:]]
    bench.tell("100,000 annotated frames: another recording", others)
    bench.stop()


def opening(bench, name):
    """Open what was named; tell how long until its first frame is painted."""
    times = step_to(bench, bench.app.open_what_was_named)
    bench.tell(f"{name}: opening to first frame", [times])


def memory(bench):
    """Visit 6,000 frames of a large study; tell what the process holds meanwhile, and what grows."""
    bench.start("--study", large_study(bench))
    opening(bench, "memory: study of 100,000 annotated frames")
    session = bench.session
    recording = session.place[0]
    bench.settle(1.0)
    counted = None
    for number in range(VISITS + 1):
        if number % (VISITS // 12) == 0:
            bench.memory(f"memory: after {number:,} frames")
            held = bench.app.live.loader.bytes_held / 2**20
            bench.tell("memory: of that the cache of frames, at most 256", [held], "MiB")
        if number in (VISITS // 2, VISITS):
            now = Counter(type(each).__name__ for each in gc.get_objects())
            if counted is not None:
                for kind, more in (now - counted).most_common(6):
                    bench.tell(f"memory: more objects in the second half: {kind}", [more], "objects")
            counted = now
        step_to(bench, lambda at=number: session.go_to(recording, at + 1))
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


def merge(bench):
    """Join two readers' studies of the same frames, in half of which they differ."""
    from lusgui.io.study import Study
    from lusgui.io.study_codec import pack_mask
    from lusgui.io.study_entries import NewRecording
    from lusgui.io.study_join import join_studies

    masks = np.zeros((2, 240, 128), bool)
    masks[0, 100:120, 30:70] = masks[1, 103:123, 30:70] = True
    blobs, patches = ([pack_mask(mask[rows]) for mask in masks] for rows in (np.s_[:], np.s_[100:123, 30:70]))
    folder = bench.folder / "merge"
    folder.mkdir()
    paths = [folder / "first.lusgui", folder / "second.lusgui"]
    for number, path in enumerate(paths):
        with Study.create(path) as made:
            for clip in range(MERGED // 2500):
                values = {"frames": 2500, "rows": 240, "cols": 128, "sha256": f"{clip:064d}", "size_bytes": 5}
                made.add_recording(NewRecording(folder / f"{clip}.npy", **values))
            raw = made.database.raw
            raw.execute("BEGIN")
            for row in range(MERGED):
                clip, frame, drawn = row // 2500 + 1, row % 2500, number * (row % 2)
                head = (row + 1, 0, "Brush", "Brush", "human", path.stem, "2026-11-01T10:00:00Z")
                raw.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", head)
                said = (clip, frame, "rib", "accepted", path.stem, "2026-11-01T10:00:00Z", 800, "{}")
                raw.execute("INSERT INTO annotations VALUES (?,?,?,?,?,?,?,?,?)", (*said, blobs[drawn]))
                patch = (row + 1, clip, frame, "rib", 100, 30, 123, 70, "untouched", "accepted")
                raw.execute(f"INSERT INTO journal_patches VALUES ({'?,' * 10} ?)", (*patch, patches[drawn]))
            raw.execute("COMMIT")
    start = time.perf_counter()
    report = join_studies(paths, folder / "both.lusgui")
    assert (report.agreed, report.differing) == (MERGED // 2, MERGED // 2)
    bench.tell(f"merge: two studies of {MERGED:,} planes", [time.perf_counter() - start], "s")


if __name__ == "__main__":
    sys.exit(run(__doc__.splitlines()[0], {"cine": cine, "study": study, "memory": memory, "merge": merge}))
