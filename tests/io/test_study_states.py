"""Random strokes, undo, redo and reopening against plain arrays."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lusgui.core.annotation import Status
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.io import study as study_module
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

sys.path.insert(0, str(Path(__file__).parent))
from study_kit import KEYS, SHAPE


class StudyAgainstArrays(RuleBasedStateMachine):
    """Random strokes, undo, redo and reopening leave exactly what plain arrays say."""

    @initialize(folder=st.uuids())
    def begin(self, folder):
        import tempfile

        self.folder = tempfile.TemporaryDirectory(prefix=f"study-{folder}")
        self.path = study_module.Path(self.folder.name) / "s.lusgui"
        self.study = Study.create(self.path)
        self.study.add_recording(NewRecording(self.path.with_name("a.mat"), 2, *SHAPE))
        self.masks = {key: np.zeros(SHAPE, bool) for key in KEYS}
        self.statuses = dict.fromkeys(KEYS, Status.UNTOUCHED)
        self.done, self.undone = [], []

    def look(self):
        return {k: m.copy() for k, m in self.masks.items()}, dict(self.statuses)

    @rule(
        picks=st.sets(st.sampled_from(KEYS), min_size=1),
        seed=st.integers(0, 999),
        status=st.sampled_from(Status),
    )
    def draw(self, picks, seed, status):
        chance = np.random.default_rng(seed)
        patches, changes = [], []
        before = self.look()
        for key in sorted(picks):
            wanted = self.masks[key] ^ (chance.random(SHAPE) < chance.choice([0.0, 0.02, 0.5]))
            patch = patch_between(key, self.masks[key], wanted)
            if patch is not None:
                patches.append(patch)
                self.masks[key] = wanted
            if self.statuses[key] is not status:
                changes.append(StatusChange(key, self.statuses[key], status))
                self.statuses[key] = status
        edit = Edit(f"Stroke {seed}", tuple(patches), tuple(changes), "Ada", now_utc())
        if edit.is_empty:
            return
        assert self.study.push(edit).seq is not None
        self.done.append(before)
        self.undone.clear()

    @rule()
    def undo(self):
        edit = self.study.undo()
        assert (edit is None) == (not self.done)
        if edit is not None:
            self.undone.append(self.look())
            self.masks, self.statuses = self.done.pop()

    @rule()
    def redo(self):
        edit = self.study.redo()
        assert (edit is None) == (not self.undone)
        if edit is not None:
            self.done.append(self.look())
            self.masks, self.statuses = self.undone.pop()

    @rule()
    def reopen(self):
        self.study.close()
        self.study = Study.open(self.path)

    @precondition(lambda self: hasattr(self, "study"))
    @invariant()
    def is_what_arrays_say(self):
        said = self.study.statuses(1)
        areas = self.study.journal.areas(1)
        for key in KEYS:
            mask = self.study.mask(key, SHAPE)
            assert np.array_equal(np.zeros(SHAPE, bool) if mask is None else mask, self.masks[key])
            assert self.study.status(key) is self.statuses[key]
            assert said.get((key.frame, key.label), Status.UNTOUCHED) is self.statuses[key]
            assert areas.get((key.frame, key.label), 0) == self.masks[key].sum()

    def teardown(self):
        if hasattr(self, "study"):
            assert self.study.check() == "ok"
            self.study.close()
            self.folder.cleanup()


TestStudyAgainstArrays = StudyAgainstArrays.TestCase
TestStudyAgainstArrays.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
