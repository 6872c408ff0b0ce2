import subprocess
import sys

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.geometry import Box
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.session.opening import what_to_know
from lusgui.session.session import Session

SHAPE = (24, 16)
SQUARE = np.ones((4, 4), bool)


def test_nothing_open_answers_nothing(make_session):
    session = make_session()
    key = PlaneKey(1, 0, "rib")
    assert not session.is_open
    assert not session.is_read_only
    assert session.place is None
    assert session.key() is None
    assert session.mask(key).shape == (0, 0)
    assert session.status(key) is Status.UNTOUCHED
    assert session.recording_rows() == []
    assert session.undo() is None
    assert session.undo_name is None
    assert session.next_in_worklist() is False
    assert session.draw_worklist(5) == []
    assert session.mapping(1) is None
    assert session.open_recording_of(1) is None
    assert session.prediction(key) is None
    assert not session.step(1)
    assert not session.save_copy_to("x")
    assert session.close_study()
    assert session.save_state == ""
    assert not session.heard.problems
    assert not session.stroke(key, Box(0, 0, 4, 4), SQUARE, True)
    assert session.heard.problems[0].message == "No study is open."


def test_study_is_made_beside_the_recordings(make_session, folder):
    session = make_session()
    assert session.add_recordings([folder]) == [1, 2, 3]
    assert session.study_path == folder / "ward.lusgui"
    assert session.place == (1, 0)
    assert session.save_state == "saved"
    assert [row.name for row in session.recording_rows()] == ["r0", "r1", "r2"]
    again = make_session()
    session.close_study()
    assert again.add_recordings([folder]) == [1, 2, 3]
    assert len(again.recording_rows()) == 3


def test_how_one_looks_is_kept_without_moving(session):
    session.go_to(2, 4)
    session.save_place()
    session.view.label = "cerebellum"
    session.tick()  # and then the power fails
    assert session._study.settings.setting("view")["label"] == "cerebellum"


def test_opening_returns_to_where_one_stopped(session, make_session):
    session.go_to(2, 4)
    session.view.label = "cerebellum"
    session.view.threshold = 0.7
    session.view.theme = "dark"
    session.stroke(session.key(), Box(0, 0, 4, 4), SQUARE, True)
    session.draw_worklist(4, seed=3)
    path, worklist = session.study_path, session.worklist
    assert session.close_study()
    assert session.heard.of("save_state_changed")[-1] == ("",)
    later = make_session()
    assert later.open_study(path)
    assert later.place == (2, 4)
    assert (later.view.label, later.view.threshold, later.view.theme) == ("cerebellum", 0.7, "system")
    assert later.worklist == worklist
    assert later.undo_name == "Brush on cerebellum, frame 5"
    assert later.row(2).counts == {Status.EDITED: 1}
    assert later.heard.of("frame_changed") == [(2, 4)]


def test_a_failed_opening_keeps_the_open_study(session, tmp_path):
    (tmp_path / "bad.lusgui").write_text("no study")
    before = session.study_path
    assert not session.open_study(tmp_path / "bad.lusgui")
    assert session.study_path == before
    assert session.heard.problems[0].title == "The study was not opened"
    assert session.stroke(session.key(), Box(0, 0, 4, 4), SQUARE, True)
    assert session.open_study(before)  # the one that is open


def test_second_opener_is_told_and_can_go_on_in_a_copy(session, make_session, tmp_path):
    session.stroke(session.key(), Box(0, 0, 4, 4), SQUARE, True)
    second = make_session()
    assert second.open_study(session.study_path)
    assert second.is_read_only
    assert second.save_state == "read-only"
    assert "has it open on this computer" in second.heard.problems[0].message
    key = second.key()
    assert not second.stroke(key, Box(5, 5, 9, 9), SQUARE, True)
    assert second.mask(key).sum() == 16
    assert "reading only" in second.heard.problems[-1].message
    assert second.save_copy_to(tmp_path / "mine.lusgui")
    assert not second.is_read_only
    assert second.stroke(key, Box(5, 5, 9, 9), SQUARE, True)
    assert session.mask(key).sum() == 16


def fill_disk(session):
    session.study._database.pragma(f"max_page_count={session.study._database.pragma('page_count')}")


def free_disk(session):
    session.study._database.pragma("max_page_count=100000")


def draw_until_refused(session, seed=0):
    """Draw noise until the disk is full; return the masks as they should be."""
    chance = np.random.default_rng(seed)
    keys = [PlaneKey(r, f, "rib") for r in (1, 2, 3) for f in range(6)]
    masks = {key: np.zeros(SHAPE, bool) for key in keys}
    for _ in range(4000):
        key = keys[chance.integers(len(keys))]
        patch = chance.random(SHAPE) < 0.5
        if session.stroke(key, Box(0, 0, *SHAPE), patch, True):
            masks[key] |= patch
        session.clear_mask(key)
        masks[key][:] = False
        session.stroke(key, Box(0, 0, *SHAPE), patch, True)
        masks[key] |= patch
        if session.unsaved_count >= 5:
            return masks
    raise AssertionError("the disk never filled")


def test_full_disk_keeps_the_work_and_says_so_once(session, make_session):
    fill_disk(session)
    masks = draw_until_refused(session)
    assert session.save_state == "unsaved"
    assert len(session.heard.problems) == 1
    assert "disk is full" in session.heard.problems[0].message
    assert "copy in another place" in session.heard.problems[0].remedy
    for key, mask in masks.items():
        assert np.array_equal(session.mask(key), mask)
    # undo and redo work in memory too
    kept = session.unsaved_count
    name = session.undo_name
    assert session.undo() is not None
    assert session.redo_name == name
    assert session.unsaved_count == kept - 1
    assert session.redo() is not None
    assert session.unsaved_count == kept
    assert not session.close_study()
    assert session.is_open
    free_disk(session)
    session._retried = -1e9
    session.tick()
    assert session.unsaved_count == 0
    assert session.save_state == "saved"
    path = session.study_path
    assert session.close_study()
    later = make_session()
    assert later.open_study(path)
    for key, mask in masks.items():
        assert np.array_equal(later.mask(key), mask)


def test_full_disk_and_a_copy_elsewhere(session, tmp_path):
    fill_disk(session)
    masks = draw_until_refused(session, 1)
    assert session.save_copy_to(tmp_path / "elsewhere" / "copy.lusgui")
    assert session.unsaved_count == 0
    assert session.save_state == "saved"
    assert session.study_path == tmp_path / "elsewhere" / "copy.lusgui"
    for key, mask in masks.items():
        assert np.array_equal(session.mask(key), mask)
    assert session.stroke(PlaneKey(1, 0, "cerebellum"), Box(0, 0, 4, 4), SQUARE, True)
    assert session.undo().name == "Brush"


def test_study_deleted_under_our_hands(session, make_session):
    key = session.key()
    session.stroke(key, Box(0, 0, 4, 4), SQUARE, True)
    path = session.study_path
    for file in path.parent.glob("ward.lusgui*"):
        file.unlink()
    assert session.stroke(key, Box(10, 5, 14, 9), SQUARE, True)
    assert session.save_state == "unsaved"
    assert "moved, deleted or replaced" in session.heard.problems[0].message
    assert not session.close_study()
    assert not session.save_copy_to(path)
    assert "Choose another" in session.heard.problems[-1].remedy
    assert session.save_copy_to(path.with_name("rescued.lusgui"))
    assert session.save_state == "saved"
    session.close_study()
    later = make_session()
    later.open_study(path.with_name("rescued.lusgui"))
    assert later.mask(key).sum() == 32
    assert later.undo() is not None
    assert later.mask(key).sum() == 16


def test_work_in_memory_is_never_closed_by_opening_another(session, tmp_path):
    fill_disk(session)
    draw_until_refused(session, 2)
    Study.create(tmp_path / "other.lusgui").close()
    assert not session.open_study(tmp_path / "other.lusgui")
    assert session.unsaved_count > 0
    assert "could not be saved" in session.heard.problems[-1].message


def test_suggested_place(make_session, folder, tmp_path, own_home):
    session = make_session()
    assert session.suggest_study_path([folder / "r0.npy", folder / "r1.npy"]) == folder / "ward.lusgui"
    assert session.suggest_study_path([folder]) == folder / "ward.lusgui"
    assert session.suggest_study_path([]).parent == own_home / "studies"


def test_migration_is_told(session, tmp_path):
    path = session.study_path
    session.close_study()
    study = Study.open(path)
    study.migrated_from = tmp_path / "ward.layout1.lusgui-backup"
    told = what_to_know(study, [])
    study.close()
    assert "ward.layout1.lusgui-backup" in told[0].remedy


def test_hundred_thousand_annotations_open_without_reading_masks(tmp_path, make_session):
    path = tmp_path / "big.lusgui"
    with Study.create(path) as study:
        for number in range(4):
            study.add_recording(NewRecording(tmp_path / f"{number}.npy", 1000, *SHAPE))
        rows = [(r, f, label) for r in range(1, 5) for f in range(1000) for label in ("rib", "cerebellum")]
        study._database.raw.execute("BEGIN")
        study._database.raw.executemany(
            "INSERT INTO annotations VALUES (?, ?, ?, 'accepted', 'Ada', '', 3, '{}', x'00')", rows
        )
        study._database.raw.execute("COMMIT")
    session = make_session()
    assert session.open_study(path)
    # the masks are damaged on purpose: nobody looked at them
    assert session.row(4).counts == {Status.ACCEPTED: 2000}
    assert session.is_done(4, 999)
    assert [p.title for p in session.heard.problems] == ["Recordings are missing"]


def test_signals_come_after_the_transaction(session):
    seen = []
    raw = session.study._database.raw
    session.mask_changed.connect(lambda key, box: seen.append(raw.in_transaction))
    session.history_changed.connect(lambda: seen.append(session.is_open and raw.in_transaction))
    session.stroke(session.key(), Box(0, 0, 4, 4), SQUARE, True)
    session.undo()
    assert seen == [False] * 4


def test_session_needs_neither_qt_nor_torch():
    program = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "torch", "pyqtgraph"):
            raise ImportError(name)
sys.meta_path.insert(0, Block())
import lusgui.session.session, lusgui.io.study, lusgui.core.raster, lusgui.core.history
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


class SessionAgainstArrays(RuleBasedStateMachine):
    """Whatever one does in the window, what is seen is what plain arrays say, also after reopening."""

    @initialize(number=st.uuids())
    def begin(self, number):
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory(prefix=f"session-{number}")
        path = Path(self.folder.name) / "s.lusgui"
        (path.parent / "a.npy").write_bytes(b"")
        with Study.create(path) as study:
            stat = (path.parent / "a.npy").stat()
            study.add_recording(
                NewRecording(
                    path.parent / "a.npy", 3, *SHAPE, size_bytes=stat.st_size, mtime_ns=stat.st_mtime_ns
                )
            )
        self.session = Session()
        assert self.session.open_study(path)
        self.masks = {
            PlaneKey(1, f, label): np.zeros(SHAPE, bool) for f in range(3) for label in ("rib", "cerebellum")
        }
        self.done, self.undone = [], []

    def remember(self, did):
        before = {key: mask.copy() for key, mask in self.masks.items()}
        if did:
            self.done.append(self.before)
            self.undone.clear()
        return before

    @rule(
        frame=st.integers(0, 2),
        label=st.sampled_from(["rib", "cerebellum"]),
        seed=st.integers(0, 99),
        row=st.integers(-6, 24),
        col=st.integers(-6, 16),
        add=st.booleans(),
    )
    def stroke(self, frame, label, seed, row, col, add):
        self.before = {key: mask.copy() for key, mask in self.masks.items()}
        self.session.go_to(1, frame)
        patch = np.random.default_rng(seed).random((7, 5)) < 0.7
        key = self.session.key(label)
        full = np.zeros((SHAPE[0] + 20, SHAPE[1] + 20), bool)
        full[row + 10 : row + 17, col + 10 : col + 15] = patch
        under = full[10 : 10 + SHAPE[0], 10 : 10 + SHAPE[1]]
        wanted = self.masks[key] | under if add else self.masks[key] & ~under
        changes = not np.array_equal(wanted, self.masks[key])
        self.masks[key] = wanted
        assert self.session.stroke(key, Box(row, col, row + 7, col + 5), patch, add) == changes
        self.remember(changes)

    @rule(frame=st.integers(0, 2))
    def nothing_here(self, frame):
        key = PlaneKey(1, frame, "rib")
        self.before = {key: mask.copy() for key, mask in self.masks.items()}
        changes = self.session.status(key) is not Status.NOTHING_HERE or self.masks[key].any()
        self.masks[key] = np.zeros(SHAPE, bool)
        assert self.session.nothing_here(key) == changes
        self.remember(changes)

    @rule()
    def undo(self):
        edit = self.session.undo()
        assert (edit is None) == (not self.done)
        if edit is not None:
            self.undone.append(self.masks)
            self.masks = self.done.pop()
            assert self.session.place == (1, edit.place.frame)

    @rule()
    def redo(self):
        edit = self.session.redo()
        assert (edit is None) == (not self.undone)
        if edit is not None:
            self.done.append(self.masks)
            self.masks = self.undone.pop()

    @rule()
    def reopen(self):
        path = self.session.study_path
        assert self.session.close_study()
        assert self.session.open_study(path)

    @invariant()
    def is_what_arrays_say(self):
        if not hasattr(self, "session"):
            return
        for key, mask in self.masks.items():
            assert np.array_equal(self.session.mask(key), mask)
            if mask.any():
                assert self.session.status(key) is Status.EDITED
        counted = sum(self.session.row(1).counts.values())
        assert counted == sum(s is not Status.UNTOUCHED for s in self.session.statuses(1).values())
        assert self.session.can_undo == bool(self.done)
        assert self.session.can_redo == bool(self.undone)

    def teardown(self):
        if hasattr(self, "session"):
            assert self.session.close_study()
            self.folder.cleanup()


TestSessionAgainstArrays = SessionAgainstArrays.TestCase
TestSessionAgainstArrays.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
