import contextlib
import os
import sqlite3
import stat
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lusgui.base.errors import (
    LusguiError,
    OverwriteRefusedError,
    StudyError,
    StudyReadOnlyError,
    StudyTooNewError,
    WriteFailedError,
)
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, StatusChange, now_utc, patch_between
from lusgui.core.geometry import Box
from lusgui.core.label import Label
from lusgui.io import study as study_module
from lusgui.io.learn_folder import CANDIDATE, file_sha256, find_file, make_run_folder, run_folder
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.io.study_schema import APPLICATION_ID, SCHEMA_VERSION
from lusgui.io.study_versions import NewVersion

SHAPE = (20, 13)
KEYS = [PlaneKey(1, frame, label) for frame in range(2) for label in ("rib", "cerebellum")]


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "ward.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        yield made


def brush(key=KEYS[0], row=2, rows=5, before=Status.UNTOUCHED):
    patch = MaskPatch(key, Box(row, 3, row + rows, 7), np.ones((rows, 4), bool))
    return Edit("Brush", (patch,), (StatusChange(key, before, Status.EDITED),), "Ada", now_utc())


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


def test_an_edit_is_on_disk_when_push_returns(study):
    study.push(brush())
    other = sqlite3.connect(study.path)
    with contextlib.closing(other):
        assert other.execute("SELECT count(*) FROM annotations").fetchone() == (1,)
        assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert other.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert study._database.pragma("synchronous") == 2
    assert study._database.pragma("journal_mode") == "wal"


def test_masks_cannot_be_written_from_outside(study):
    study.push(brush())
    with pytest.raises(ValueError, match="read-only"):
        study.mask(KEYS[0])[0, 0] = True


def test_new_study_never_replaces_a_file(tmp_path):
    (tmp_path / "a.lusgui").write_text("mine")
    with pytest.raises(OverwriteRefusedError):
        Study.create(tmp_path / "a.lusgui")
    assert (tmp_path / "a.lusgui").read_text() == "mine"


def test_suffix_is_added(tmp_path):
    with Study.create(tmp_path / "dr. m") as made:
        assert made.path.name == "dr. m.lusgui"


def test_nothing_is_left_beside_a_closed_study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        made.push(brush())
    assert [p.name for p in tmp_path.iterdir()] == ["a.lusgui"]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"SQLite format 3\x00" + bytes(200), os.urandom(5000), bytes(100)]
)
def test_what_is_no_study_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "x.lusgui"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=r"x\.lusgui"):
        Study.open(path)
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["x.lusgui"]


def test_missing_study(tmp_path):
    with pytest.raises(StudyError, match="no such file"):
        Study.open(tmp_path / "gone.lusgui")


def test_newer_study_is_refused_and_left_alone(study):
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    before = study.path.read_bytes()
    with pytest.raises(StudyTooNewError, match="newer"):
        Study.open(study.path)
    assert study.path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM annotations; END",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE worklist",
    ],
)
def test_a_schema_that_acts_by_itself_is_refused(study, statement):
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute(statement)
        raw.commit()
    with pytest.raises(StudyError, match=r"strange part|lacks the table"):
        Study.open(study.path)


def test_damaged_pages_give_our_error(study):
    for row in range(0, 12, 2):
        study.push(brush(row=row, rows=3, before=Status.UNTOUCHED if row == 0 else Status.EDITED))
    study.close()
    data = bytearray(study.path.read_bytes())
    for at in range(4096, len(data), 4096):
        data[at : at + 3000] = os.urandom(3000)
    study.path.write_bytes(bytes(data))

    def read_everything():
        with Study.open(study.path) as opened:
            opened.recordings()
            opened.statuses(1)
            opened.undo()

    with pytest.raises(StudyError):
        read_everything()


@pytest.mark.parametrize("blob", [b"junk", b"", "text"])
def test_damaged_mask_gives_our_error(study, blob):
    study.push(brush())
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute("UPDATE annotations SET mask = ?", (blob,))
        raw.commit()
    with Study.open(study.path) as opened, pytest.raises(StudyError, match=r"mask|wrong kind"):
        opened.mask(KEYS[0])


def test_second_opener_reads_and_is_told_who_writes(study):
    study.push(brush())
    with Study.open(study.path) as second:
        assert second.is_read_only
        assert "has it open on this computer since" in second.read_only_reason
        assert second.mask(KEYS[0]).sum() == 20
        with pytest.raises(StudyReadOnlyError):
            second.push(brush(KEYS[1]))
        study.push(brush(KEYS[1]))
        assert second.status(KEYS[1]) is Status.EDITED
    study.close()
    with Study.open(study.path) as third:
        assert not third.is_read_only


def test_full_disk_changes_nothing_and_undo_goes_on(study):
    study.push(brush())
    pages = study._database.pragma("page_count")
    study._database.pragma(f"max_page_count={pages}")
    chance = np.random.default_rng(1)
    noise = MaskPatch(KEYS[1], Box(0, 0, *SHAPE), chance.random(SHAPE) < 0.5)

    def fill():
        for number in range(2000):
            before = None if study.mask(KEYS[1]) is None else study.mask(KEYS[1]).copy()
            try:
                study.push(Edit(f"Noise {number}", (noise,), (), "Ada", now_utc()))
            finally:
                held.append((number, before))

    held = []
    with pytest.raises(WriteFailedError, match="disk is full"):
        fill()
    assert study.check() == "ok"
    number, before = held[-1]
    assert len(study.journal.entries(5000)) == number + 1
    assert before is None or np.array_equal(study.mask(KEYS[1]), before)
    study._database.pragma("max_page_count=1000000")
    study.push(Edit("Noise", (noise,), (), "Ada", now_utc()))
    while study.undo() is not None:
        pass
    assert study.mask(KEYS[1]) is None


def test_an_edit_outside_its_frame_changes_nothing(study):
    outside = MaskPatch(KEYS[0], Box(18, 0, 22, 2), np.ones((4, 2), bool))
    beyond = MaskPatch(PlaneKey(1, 4, "rib"), Box(0, 0, 1, 1), np.ones((1, 1), bool))
    for patch in (outside, beyond):
        with pytest.raises(StudyError):
            study.push(Edit("Brush", (patch,), (), "", now_utc()))
    assert study.journal.next_undo() is None
    assert study.statuses(1) == {}


def test_provenance_follows_what_is_in_force(study):
    study.push(brush())
    model = MaskPatch(KEYS[0], Box(0, 0, 1, 1), np.ones((1, 1), bool))
    study.push(Edit("Accept model", (model,), (), "Bo", now_utc(), None, "model:rib@1"))
    said = study.annotation(KEYS[0])
    assert (said.rater, said.area_px) == ("Bo", 21)
    assert said.provenance == {
        "source": "model:rib@1",
        "edit": "Accept model",
        "sources": ["human", "model:rib@1"],
    }
    study.undo()
    said = study.annotation(KEYS[0])
    assert (said.rater, said.provenance["sources"]) == ("Ada", ["human"])
    study.undo()
    assert study.annotation(KEYS[0]) is None


def test_copy_is_whole_and_independent(study, tmp_path):
    study.push(brush())
    (tmp_path / "other").mkdir()
    copy = study.save_copy(tmp_path / "other" / "copy")
    study.push(brush(KEYS[1]))
    with Study.open(copy) as copied:
        assert copied.mask(KEYS[0]).sum() == 20
        assert copied.status(KEYS[1]) is Status.UNTOUCHED
        assert copied.recordings()[0].relative_path == "../a.mat"
        assert copied.undo().name == "Brush"
    with pytest.raises(OverwriteRefusedError):
        study.save_copy(copy)
    (tmp_path / "left.lusgui-wal").write_bytes(b"of another study")
    with pytest.raises(OverwriteRefusedError, match="parts"):
        study.save_copy(tmp_path / "left.lusgui")


def test_labels_can_be_given_at_the_start(tmp_path):
    with Study.create(tmp_path / "a.lusgui", [Label("pleura", "Pleura", "#009E73")]) as made:
        assert [label.key for label in made.labels()] == ["pleura"]


def test_network_folder_gets_rollback_journal_and_lease(tmp_path, monkeypatch):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        assert made._database.pragma("journal_mode") == "wal"
    monkeypatch.setattr(study_module, "is_network_folder", lambda folder: True)
    with Study.open(tmp_path / "a.lusgui") as opened:
        assert opened._database.pragma("journal_mode") == "delete"
        assert opened._database.pragma("synchronous") == 3
        opened.push(brush())
        assert not (tmp_path / "a.lusgui-wal").exists()
        with Study.open(tmp_path / "a.lusgui") as second:
            assert second.is_read_only
            assert second.mask(KEYS[0]).sum() == 20
        (tmp_path / ".a.lusgui.lock").write_text("{}")  # somebody took the lease over
        with pytest.raises(StudyReadOnlyError, match="somebody else"):
            opened.push(brush(KEYS[1]))
    (tmp_path / ".a.lusgui.lock").unlink()


needs_rights = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or sys.platform != "linux",
    reason="becomes another person, which only root can",
)

_AS_NOBODY = """
import os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import lusgui.io.study, lusgui.io.study_recordings, sqlalchemy.dialects.sqlite
from lusgui.core.annotation import PlaneKey
from lusgui.core.recipe import Recipe
os.setgid(65534); os.setuid(65534)
study = lusgui.io.study.Study.open(Path(sys.argv[1]))
sys.stdout.write(f"{study.read_only_reason}|{study.mask(PlaneKey(1, 0, 'rib')).sum()}|{study.check()}")
study.close()
"""


@needs_rights
@pytest.mark.parametrize("has_log", [False, True])
def test_read_only_folder_opens_for_reading(tmp_path, has_log):
    import shutil
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp(prefix="readonly"))
    try:
        with Study.create(folder / "a.lusgui") as made:
            made.add_recording(NewRecording(folder / "a.mat", 4, *SHAPE))
            made.push(brush())
            if has_log:
                shutil.copy(folder / "a.lusgui", folder / "b.lusgui")
                shutil.copy(folder / "a.lusgui-wal", folder / "b.lusgui-wal")
            else:
                made.close()
                shutil.copy(folder / "a.lusgui", folder / "b.lusgui")
        for file in folder.iterdir():
            file.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        folder.chmod(0o555)
        root = Path(study_module.__file__).parents[2]
        shown = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder / "b.lusgui"), str(root)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        if "Permission" in shown.stderr and "lusgui" not in shown.stdout and "ModuleNotFound" in shown.stderr:
            pytest.skip("nobody may not read this checkout")
        assert shown.stderr == ""
        reason, area, check = shown.stdout.split("|")
        assert "nothing can be written into its folder" in reason
        assert (area, check) == ("20", "ok")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_copy_onto_a_full_disk_says_where(study, tmp_path, monkeypatch):
    def refuse(self, target):
        raise WriteFailedError("the disk is full", path=target)

    monkeypatch.setattr(study_module.Database, "backup_to", refuse)
    with pytest.raises(WriteFailedError, match=r"copy\.lusgui: the disk is full"):
        study.save_copy(tmp_path / "copy.lusgui")
    assert not (tmp_path / "copy.lusgui").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let an open file go")
def test_file_replaced_while_open_is_not_written(study):
    study.push(brush())
    other = study.path.with_name("other.lusgui")
    study.save_copy(other)
    other.replace(study.path)
    with pytest.raises(WriteFailedError, match="replaced"):
        study.push(brush(KEYS[1]))


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_give_our_errors_only(study, seed):
    for row in range(0, 10, 2):
        study.push(brush(row=row, before=Status.UNTOUCHED if row == 0 else Status.EDITED))
    study.undo()
    study.close()
    chance = np.random.default_rng(seed)
    data = bytearray(study.path.read_bytes())
    for at in chance.integers(100, len(data), chance.choice([1, 5, 60])):
        data[at] = chance.integers(256)
    study.path.write_bytes(bytes(data))
    with contextlib.suppress(LusguiError), Study.open(study.path) as opened:
        for act in (opened.recordings, opened.labels, opened.undo, opened.redo, opened.redo, opened.check):
            with contextlib.suppress(LusguiError):
                act()
        for key in KEYS:
            with contextlib.suppress(LusguiError):
                opened.mask(key)
            with contextlib.suppress(LusguiError):
                opened.annotation(key)


def learnt(study):
    """Put a version with its file beside a study."""
    folder = run_folder(study.path, 1)
    make_run_folder(folder)
    (folder / CANDIDATE).write_bytes(b"weights")
    digest = file_sha256(folder / CANDIDATE)
    return study.versions.add(
        NewVersion("rib", ("rib",), "Rib 1", "k", "p", f"run-0001/{CANDIDATE}", digest, promotes=True)
    )


def test_models_go_along_with_a_copy(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        version = learnt(study)
        copy = study.save_copy(tmp_path / "other" / "b")
        assert study.models_left_behind is None
    with Study.open(copy) as study:
        assert study.versions.active("rib") == version
        assert find_file(copy, version.path, version.sha256) == run_folder(copy, 1) / CANDIDATE


def test_masks_are_saved_where_models_cannot_go_along(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        learnt(study)
        (tmp_path / "b.models").write_bytes(b"in the way")
        copy = study.save_copy(tmp_path / "b")
        assert "b.models" in study.models_left_behind or "run-0001" in study.models_left_behind
    assert Study.open(copy, read_only=True).close() is None


def test_a_refused_copy_leaves_the_models_of_another_alone(tmp_path):
    Study.create(tmp_path / "b.lusgui").close()
    with Study.create(tmp_path / "a.lusgui") as study:
        learnt(study)
        with pytest.raises(OverwriteRefusedError):
            study.save_copy(tmp_path / "b.lusgui")
    assert not (tmp_path / "b.models").exists()
