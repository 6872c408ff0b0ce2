"""Comments and flags in the real window, with real keys: lusgui.ui.review.notes_card."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.ui.review.notes_card import EMPTY, local_time

KEYS = Qt.KeyboardModifier
BOTH = KEYS.ControlModifier | KEYS.AltModifier


def settle(window):
    window.review.panel.refresh()


def test_a_comment_is_written_with_keys_alone_and_undone(window, qtbot):
    session, card = window.session, window.review.panel.notes
    session.rater = "Ada"
    QTest.keyClick(window, Qt.Key.Key_N, BOTH)
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Review"
    qtbot.waitUntil(card.box.hasFocus)
    assert card.empty.text() == EMPTY
    QTest.keyClicks(card.box, "Is this b a rib?")  # B is a letter here, no brush
    QTest.keyClick(card.box, Qt.Key.Key_Return)
    assert [note.text for note in session.review.comments(session.key())] == ["Is this b a rib?"]
    assert not card.box.text()
    assert window.canvas.hasFocus()
    settle(window)
    assert [row.text.text() for row in card.rows] == ["Is this b a rib?"]
    assert not card.empty.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    settle(window)
    assert card.rows == []
    assert card.empty.isVisible()


def test_enter_in_a_comment_accepts_no_mask(window, qtbot, predicted):
    session, card = window.session, window.review.panel.notes
    window.actions_by_id.refresh()
    assert window.actions_by_id["model.accept"].isEnabled()
    window.review.ask("comment")
    qtbot.waitUntil(card.box.hasFocus)
    QTest.keyClicks(card.box, "no rib")
    QTest.keyClick(card.box, Qt.Key.Key_Return)
    assert [note.text for note in session.review.comments(session.key())] == ["no rib"]
    assert not session.mask(session.key()).any()


def test_escape_gives_a_comment_up(window, qtbot):
    card = window.review.panel.notes
    QTest.keyClick(window, Qt.Key.Key_N, BOTH)
    qtbot.waitUntil(card.box.hasFocus)
    QTest.keyClicks(card.box, "never mind")
    QTest.keyClick(card.box, Qt.Key.Key_Escape)
    assert card.box.text() == ""
    assert window.canvas.hasFocus()
    assert window.session.review.notes(window.session.key()) == ()


def test_a_comment_is_settled_and_deleted_with_its_buttons(window, qtbot):
    session, card = window.session, window.review.panel.notes
    window.review.show()
    session.review.comment(session.key(), "<b>no markup</b>")
    settle(window)
    (row,) = card.rows
    assert row.text.textFormat() is Qt.TextFormat.PlainText
    QTest.mouseClick(row.settle, Qt.MouseButton.LeftButton)
    settle(window)
    (row,) = card.rows
    assert row.note.is_settled
    QTest.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    assert session.review.comments(session.key()) == ()


def test_the_flag_has_a_key_and_follows_the_frame(window, qtbot):
    session, action = window.session, window.actions_by_id["review.flag"]
    key = session.key()
    QTest.keyClick(window, Qt.Key.Key_F, KEYS.ShiftModifier)
    assert session.review.is_flagged(key)
    qtbot.waitUntil(action.isChecked)
    session.step(1)
    qtbot.waitUntil(lambda: not action.isChecked())
    session.step(-1)
    QTest.keyClick(window, Qt.Key.Key_F, KEYS.ShiftModifier)
    assert not session.review.is_flagged(key)


def test_what_is_being_written_stays_when_the_frame_is_drawn_on(window, qtbot):
    session, card = window.session, window.review.panel.notes
    window.review.ask("comment")
    card.box.setText("half a")
    session.review.flag(session.key())
    settle(window)
    assert card.box.text() == "half a"


def test_times_are_local_and_nonsense_is_shown_as_it_is():
    assert local_time("2026-01-02T03:04:05+00:00").startswith(("01 Jan 2026", "02 Jan 2026"))
    assert local_time("yesterday") == "yesterday"
    assert local_time("") == "no time"
