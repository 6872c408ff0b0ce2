"""Readers side by side in the real window: lusgui.ui.review.adjudication_view, lusgui.ui.review.readers_card,
lusgui.ui.review.desk."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import PlaneKey, Status
from lusgui.io.study_join import join_studies
from lusgui.session.session import Session

KEYS = Qt.KeyboardModifier
BOTH = KEYS.ControlModifier | KEYS.AltModifier
KEY = PlaneKey(1, 2, "rib")


def square(row, size=10):
    mask = np.zeros((60, 40), bool)
    mask[row : row + size, 10:20] = True
    return mask


@pytest.fixture
def joined(window, clip, tmp_path, qtbot):
    """Return the window on a joined study; the two readers differ on frames 3 and 5."""
    paths = []
    for reader, row in (("Ada", 20), ("<Bea>", 24)):
        session = Session()
        session.rater = reader
        assert session.new_study(tmp_path / f"{row}.lusgui")
        (recording_id,) = session.add_recordings([clip])
        session.set_spacing(recording_id, (0.1, 0.3))
        session.run_hash_jobs()
        session.push_masks("x", {KEY: square(row)}, status=Status.ACCEPTED)
        session.push_masks("x", {PlaneKey(1, 4, "rib"): square(row, 14)})
        session.close_study()
        paths.append(tmp_path / f"{row}.lusgui")
    report = join_studies(paths, tmp_path / "both")
    assert window.session.open_study(report.path)
    window.session.rater = "Jo"
    window.session.frame_ready.emit(*window.session.place)
    QApplication.processEvents()
    return window


def click(pane, row, col):
    """Click a pixel of the frame in a pane."""
    place, seen = pane.place, pane._window
    x = place.left() + (col + 0.5 - seen.col0) / seen.shape[1] * place.width()
    y = place.top() + (row + 0.5 - seen.row0) / seen.shape[0] * place.height()
    assert pane.pixel_at(x, y) == (row, col)
    QTest.mouseClick(pane, Qt.MouseButton.LeftButton, KEYS.NoModifier, QPointF(x, y).toPoint())


def test_readers_are_put_side_by_side_and_decided_with_the_mouse(joined, qtbot):
    session, view = joined.session, joined.review.adjudication
    assert not view.isVisible()
    QTest.keyClick(joined, Qt.Key.Key_A, BOTH)
    assert view.isVisible()
    assert session.key() == KEY
    qtbot.waitUntil(lambda: "Dice 0.600" in view.text.text())
    assert "2 of 2 left" in view.text.text()
    assert "HD95 0.40 mm" in view.text.text()
    assert list(view.panes) == ["Ada", "<Bea>"]
    assert not view.panes["Ada"].grab().toImage().isNull()
    QTest.mouseClick(view.takes["<Bea>"], Qt.MouseButton.LeftButton)
    assert np.array_equal(session.mask(KEY), square(24))
    assert session.status(KEY) is Status.ACCEPTED
    qtbot.waitUntil(lambda: "1 of 2 left" in view.text.text())
    click(view.panes["Ada"], 21, 15)  # only Ada drew this
    assert np.array_equal(session.mask(KEY), square(24) | square(20))
    click(view.panes["<Bea>"], 32, 15)  # only Bea drew this
    assert np.array_equal(session.mask(KEY), square(20))
    QTest.keyClick(joined, Qt.Key.Key_Z, KEYS.ControlModifier)
    QTest.keyClick(joined, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert np.array_equal(session.mask(KEY), square(24))
    assert np.array_equal(session.adjudicating.masks(KEY)["Ada"], square(20))


def test_commands_take_a_reader_a_majority_and_the_next(joined, qtbot):
    session, actions = joined.session, joined.actions_by_id
    qtbot.waitUntil(actions["review.take1"].isEnabled)
    assert actions["review.take1"].text() == "Take Ada's mask"
    assert not actions["review.take3"].isEnabled()
    actions["review.next_dispute"].trigger()
    assert session.adjudicating.is_shown
    assert session.key() == PlaneKey(1, 4, "rib")
    actions["review.take1"].trigger()
    assert np.array_equal(session.mask(PlaneKey(1, 4, "rib")), square(20, 14))
    actions["review.next_dispute"].trigger()
    assert session.key() == KEY
    actions["review.majority"].trigger()
    assert np.array_equal(session.mask(KEY), square(20) & square(24))
    actions["review.staple"].trigger()
    assert session.mask(KEY)[square(20) & square(24)].all()
    actions["review.next_dispute"].trigger()
    assert "decided" in joined.status_bar.currentMessage() or session.adjudicating.left() == []
    QTest.keyClick(joined, Qt.Key.Key_A, BOTH)
    assert not joined.review.adjudication.isVisible()


def test_drawing_on_the_result_goes_on_as_ever(joined, qtbot):
    QTest.keyClick(joined, Qt.Key.Key_A, BOTH)
    QTest.mouseClick(joined.review.adjudication.takes["Ada"], Qt.MouseButton.LeftButton)
    QTest.keyClick(joined, Qt.Key.Key_E)
    assert joined.session.view.erase
    QTest.keyClick(joined, Qt.Key.Key_B)
    assert not joined.session.view.erase


def test_a_frame_that_one_reader_has_alone_says_so(joined, qtbot):
    session, view = joined.session, joined.review.adjudication
    session.adjudicating.show()
    session.go_to(1, 0)
    qtbot.waitUntil(lambda: "fewer than two" in view.text.text())
    assert not any(pane.isVisible() for pane in view.panes.values())
    assert not any(take.isEnabled() for take in view.takes.values())


def test_the_page_shows_the_agreement_and_the_ways_to_a_second_reader(joined, qtbot):
    card = joined.review.panel.readers
    joined.review.show()
    joined.review.panel.refresh()
    assert "Ada, <Bea>: Dice 0.600, HD95 0.40 mm" in card.text.text()
    assert card.adjudicate.isVisible()
    assert not card.merge.isVisible()
    joined.session.adjudicating.take("Ada")
    joined.review.panel.refresh()
    assert "This mask, Ada: Dice 1.000" in card.text.text()


def test_an_ordinary_study_offers_a_second_reader(window):
    window.review.show()
    window.review.panel.refresh()
    card = window.review.panel.readers
    assert card.alone.isVisible()
    assert card.second.isVisible()
    assert not card.adjudicate.isVisible()
    assert not window.review.ask("nonsense")


def test_a_theme_and_another_study_leave_no_pane_behind(joined, tmp_path, qtbot):
    QTest.keyClick(joined, Qt.Key.Key_A, BOTH)
    joined.apply_theme("light")
    assert joined.session.new_study(tmp_path / "other.lusgui")
    view = joined.review.adjudication
    assert not view.isVisible()
    assert view.panes == {}


@pytest.fixture
def six(window, clip, tmp_path):
    """Return the window on a joined study of six readers who differ on one frame."""
    paths = []
    for number, reader in enumerate(("Ada", "Bea", "Cy", "Dee", "Eli & Co", "Fay")):
        session = Session()
        session.rater = reader
        assert session.new_study(tmp_path / f"{number}.lusgui")
        session.add_recordings([clip])
        session.run_hash_jobs()
        session.push_masks("x", {KEY: square(15 + number)}, status=Status.ACCEPTED)
        session.close_study()
        paths.append(tmp_path / f"{number}.lusgui")
    assert window.session.open_study(join_studies(paths, tmp_path / "all").path)
    window.session.frame_ready.emit(*window.session.place)
    QApplication.processEvents()
    return window


def test_many_readers_are_scrolled_and_chosen(six, qtbot):
    six.resize(900, 800)
    view = six.review.adjudication
    QTest.keyClick(six, Qt.Key.Key_A, BOTH)
    qtbot.waitUntil(lambda: "15 pairs" in view.text.text())
    assert "least Ada, Fay" in view.text.text()
    assert view.text.toolTip().count("Dice") == 15
    QApplication.processEvents()
    assert view.panes_area.horizontalScrollBar().maximum() > 0
    assert min(pane.width() for pane in view.panes.values()) >= 180
    acts = view.which.menu().actions()
    assert [act.text() for act in acts][4] == "Eli && Co"
    for act in acts[:4]:
        act.trigger()
    QApplication.processEvents()
    assert view.which.text() == "Readers: 2 of 6"
    assert [reader for reader, pane in view.panes.items() if pane.isVisible()] == ["Eli & Co", "Fay"]
    assert view.panes_area.horizontalScrollBar().maximum() == 0
    for act in acts[4:]:
        act.trigger()
    assert acts[5].isChecked()  # one of them stays
    assert len(six.session.adjudicating.masks(KEY)) == 6
