"""The dialogs of the Review menu: lusgui.ui.dialogs.review_dialogs, lusgui.ui.dialogs.second_read,
lusgui.ui.dialogs.merge."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from lusgui.core.annotation import PlaneKey
from lusgui.io.second_read import find_second_reads
from lusgui.io.study import Study
from lusgui.io.study_join import OnDifference
from lusgui.ui.dialogs.review_dialogs import ask_to_agree, ask_to_finish

WAIT_MS = 30_000


def press(box, text):
    """Press a button of an open question."""
    (button,) = [one for one in box.buttons() if one.text() == text]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def second(drawn, session, ask):
    """Begin a second read through its dialog."""
    session.run_hash_jobs()
    session.rater = "Ada"
    dialog = ask("second read")
    assert not dialog.begin.isEnabled()
    QTest.keyClicks(dialog.reader, "Sue")
    assert dialog.chosen == ["rib"]
    assert "(2)" in dialog.all_frames.text()
    QTest.mouseClick(dialog.begin, Qt.MouseButton.LeftButton)
    assert session.is_blinded
    return session


def test_a_second_read_is_begun_read_and_finished(second, desk, drawn):
    session = second
    key = session.key("rib")
    assert not session.mask(key).any()
    assert session.worklist == [(1, 0), (1, 2)]
    session.push_masks("Brush", {key: np.roll(drawn, 3, axis=0)})
    box = ask_to_finish(session, None)
    assert box.text().startswith("1 of 2 frames")
    press(box, "Finish and lock")
    assert session.is_read_only
    assert session.second_reading.read.is_locked
    assert ask_to_finish(session, None) is None
    assert find_second_reads(session.second_reading.read.first) == [session.study_path]


def test_the_dialog_of_a_second_read_samples_frames_and_warns(drawn, session, ask):
    dialog = ask("second read")
    dialog.count.setValue(1)
    assert dialog.some.isChecked()
    assert len(dialog.places()) == 1
    dialog.seed.setValue(3)
    assert dialog.places() == dialog.places()
    dialog.labels["rib"].setChecked(False)
    assert not dialog.warning.isHidden()
    assert not dialog.begin.isEnabled()
    session.rater = "Ada"
    dialog.labels["rib"].setChecked(True)
    dialog.reader.setText("ada")
    assert "agrees with" in dialog.note.text()
    dialog.reject()


def test_where_nothing_is_drawn_there_is_nothing_to_read_again(session, ask):
    dialog = ask("second read")
    assert dialog.warning.text() == "Nothing has been drawn here yet."
    dialog.reader.setText("Sue")
    assert not dialog.begin.isEnabled()
    dialog.reject()


def test_both_reads_are_joined_in_the_background_and_opened(second, ask, qtbot, drawn, tmp_path, problems):
    session = second
    session.push_masks("Brush", {session.key("rib"): np.roll(drawn, 3, axis=0)})
    press(ask_to_finish(session, None), "Finish and lock")
    dialog = ask("merge")
    assert [path.name for path in dialog.paths()] == ["study.lusgui", "study.second-Sue.lusgui"]
    before = {path: path.read_bytes() for path in dialog.paths()}
    dialog.begin(tmp_path / "both.lusgui")
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=WAIT_MS)
    assert "1 masks that one reader alone has; 1 read by several" in dialog.outcome.text()
    assert "Mean Dice between readers, rib: 0.700" in dialog.outcome.text()
    assert {path: path.read_bytes() for path in dialog.paths()} == before
    QTest.mouseClick(dialog.join, Qt.MouseButton.LeftButton)
    assert session.study_path == tmp_path / "both.lusgui"
    assert session.adjudicating.readers == ("study", "Sue")  # nobody gave the first one a name
    box = ask_to_agree(session, None)
    assert "1 mask is left" in box.text()
    press(box, "Majority")
    assert np.array_equal(session.mask(PlaneKey(1, 0, "rib")), drawn & np.roll(drawn, 3, axis=0))
    assert ask_to_agree(session, None) is None
    assert [one.title for one in problems if "reading only" not in one.title] == []


def test_the_list_of_studies_is_put_together(drawn, session, ask, tmp_path):
    dialog = ask("merge")
    assert [path.name for path in dialog.paths()] == ["study.lusgui"]
    assert not dialog.join.isEnabled()
    assert dialog.warning.text() == "Add at least one more study."
    with Study.create(tmp_path / "other.lusgui"):
        pass
    dialog.put([tmp_path / "other.lusgui", session.study_path])
    assert len(dialog.paths()) == 2
    assert dialog.join.isEnabled()
    dialog.list.setCurrentRow(1)
    QTest.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert len(dialog.paths()) == 1
    dialog.reject()


def test_a_study_that_cannot_be_joined_is_named(drawn, session, ask, qtbot, tmp_path):
    (tmp_path / "bad.lusgui").write_text("no study")
    dialog = ask("merge")
    dialog.put([tmp_path / "bad.lusgui"])
    dialog.on_difference.setCurrentIndex(2)
    assert dialog.on_difference.currentData() == OnDifference.NEWEST
    dialog.begin(tmp_path / "both.lusgui")
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=WAIT_MS)
    assert "bad.lusgui" in dialog.warning.text()
    assert not (tmp_path / "both.lusgui").exists()
    assert dialog.join.isEnabled()
    dialog.reject()


def test_the_questions_can_be_given_up(second):
    box = ask_to_finish(second, None)
    press(box, box.button(QMessageBox.StandardButton.Cancel).text())
    assert second.is_blinded
