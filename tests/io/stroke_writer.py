"""A program that draws on a study until it is killed, saying after each edit that it was accepted.

Run as a program it reads one line (study path and seed) for each life, forks where it can, and writes what
it does to standard output. `moves` and `Model` are shared with the test, which follows along.
"""

import os
import random
import sys
from pathlib import Path

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MarkChange, StatusChange, apply_patch, now_utc, painted_patch
from lusgui.core.geometry import Box
from lusgui.core.marks import box_mark, changed, point_mark
from lusgui.core.raster import stroke_patch

SHAPE = (120, 64)
FRAMES = 3
LABELS = ("rib", "cerebellum")


class Model:
    """What a study should hold, in plain arrays and lists."""

    def __init__(self):
        self.masks = {}
        self.statuses = {}
        self.marks = {}
        self.done = []
        self.undone = []

    def copy(self):
        other = Model()
        other.masks, other.statuses = dict(self.masks), dict(self.statuses)
        other.marks = dict(self.marks)
        other.done, other.undone = list(self.done), list(self.undone)
        return other

    def mask(self, key):
        return self.masks.get(key, np.zeros(SHAPE, bool))

    def status(self, key):
        return self.statuses.get(key, Status.UNTOUCHED)

    def marks_of(self, key):
        return self.marks.get(key, ())

    def apply(self, edit):
        for change in edit.marks:
            self.marks[change.key] = changed(self.marks_of(change.key), [change])
        for patch in edit.patches:
            self.masks[patch.key] = apply_patch(self.mask(patch.key), patch)
        for change in edit.statuses:
            self.statuses[change.key] = change.after

    def push(self, edit):
        self.apply(edit)
        self.done.append(edit)
        self.undone.clear()

    def undo(self):
        if self.done:
            self.undone.append(self.done.pop())
            self.apply(self.undone[-1].reversed())

    def redo(self):
        if self.undone:
            self.done.append(self.undone.pop())
            self.apply(self.done[-1])

    def matches(self, study):
        keys = [PlaneKey(1, frame, label) for frame in range(FRAMES) for label in LABELS]
        marks = study.marks.of(1)
        for key in keys:
            stored = study.mask(key, SHAPE)
            if not np.array_equal(np.zeros(SHAPE, bool) if stored is None else stored, self.mask(key)):
                return False
            if study.status(key) is not self.status(key):
                return False
            if set(marks.get((key.frame, key.label), ())) != set(self.marks_of(key)):
                return False
        peeks = study.journal.next_undo(), study.journal.next_redo()
        wanted = self.done[-1:], self.undone[-1:]
        return [p and p[0] for p in peeks] == [w[0].title if w else None for w in wanted] and len(
            study.journal.entries(1 << 30)
        ) == len(self.done)


def make_mark(chance, marks_of):
    """Return a point or box that is put down, moved or taken away."""
    key = PlaneKey(1, chance.randrange(FRAMES), chance.choice(LABELS))
    row, col = chance.uniform(0, SHAPE[0] - 9), chance.uniform(0, SHAPE[1] - 9)
    new = point_mark(key, row, col, SHAPE)
    if chance.random() < 0.4:
        new = box_mark(key, (row, col), (row + chance.uniform(3, 8), col + 5), SHAPE)
    there = sorted((mark for mark in marks_of(key) if mark.kind == new.kind), key=repr)
    old = chance.choice(there) if there and chance.random() < 0.6 else None
    change = MarkChange(old, None if old is not None and chance.random() < 0.5 else new)
    return Edit(f"Mark {chance.randrange(1000)}", (), (), "A", now_utc(), marks=(change,))


def make_edit(chance, mask_of, status_of, name="Brush"):
    """Return a random stroke on what there is, or None if it would change nothing."""
    key = PlaneKey(1, chance.randrange(FRAMES), chance.choice(LABELS))
    points = np.array(
        [[chance.uniform(-5, SHAPE[0] + 5), chance.uniform(-5, SHAPE[1] + 5)] for _ in range(3)]
    )
    box, stroke = stroke_patch(points, chance.uniform(0.5, 12), chance.uniform(0.5, 6), SHAPE)
    if box.is_empty:
        box, stroke = Box(0, 0, 1, 1), np.ones((1, 1), bool)
    patch = painted_patch(key, mask_of(key), box, stroke, add=chance.random() < 0.7)
    status = chance.choice([Status.EDITED, Status.ACCEPTED])
    change = () if status_of(key) is status else (StatusChange(key, status_of(key), status),)
    edit = Edit(f"{name} {chance.randrange(1000)}", () if patch is None else (patch,), change, "A", now_utc())
    return None if edit.is_empty else edit


def moves(seed, target, mask_of, status_of, marks_of):
    """Change `target` (a study or a model) for ever, the same way for the same seed and content."""
    chance = random.Random(seed)
    while True:
        kind = chance.random()
        if kind < 0.25:
            target.push(make_mark(chance, marks_of))
        elif kind < 0.75:
            edit = make_edit(chance, mask_of, status_of)
            if edit is not None:
                target.push(edit)
        elif kind < 0.9:
            target.undo()
        else:
            target.redo()
        yield


def live(path, seed):
    """Draw until killed."""
    from lusgui.io.study import Study

    os.write(1, f"pid {os.getpid()}\n".encode())
    study = Study.open(Path(path))
    if study.is_read_only:
        os.write(1, f"refused {study.read_only_reason}\n".encode())
        os._exit(1)

    def mask_of(key):
        mask = study.mask(key, SHAPE)
        return np.zeros(SHAPE, bool) if mask is None else mask

    def marks_of(key):
        return study.marks.of(1).get((key.frame, key.label), ())

    for number, _ in enumerate(moves(seed, study, mask_of, study.status, marks_of), 1):
        os.write(1, f"ack {number}\n".encode())


def serve():
    """Give birth to a writer for each line read, and tell when it is dead."""
    import lusgui.io.study  # noqa: F401 - imported before the births

    for line in sys.stdin:
        path, seed = line.rstrip("\n").rsplit("\t", 1)
        child = os.fork()
        if child == 0:
            try:
                live(path, int(seed))
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    serve()
