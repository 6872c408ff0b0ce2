from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

sys.path.insert(0, str(Path(__file__).parent))
from models_kit import learn, write_model

from lusgui.base.translate import tr
from lusgui.core.learning.held_out import HeldOut
from lusgui.core.learning.scores import FrameScore
from lusgui.io import models
from lusgui.ui.dialogs.model_compare import NOT_JUDGED, CompareDialog

SCORES = {"cross_validation": {"raw": {"frames": 23, "groups": 15, "dice_mean": 0.871}}}


@pytest.fixture(autouse=True)
def bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    return write_model(tmp_path / "weights" / "rib.safetensors", scores=SCORES)


@pytest.fixture
def versions(session):
    made = [
        learn(session, [0.5, 0.55, 0.4], [0.7, 0.8, 0.6]),
        learn(session, [0.7, 0.8, 0.6], [0.8, 0.85, 0.75], [0.5, 0.55, 0.4]),
    ]
    session.set_active_model("rib", made[1].name, made[1].key)
    return made


@pytest.fixture
def opened(qtbot, session):
    def begin(first, second=""):
        dialog = CompareDialog(session, "rib", first, second)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return begin


def cells(table):
    rows, cols = table.rowCount(), table.columnCount()
    return [[table.item(row, col).text() for col in range(cols)] for row in range(rows)]


def test_two_versions_frame_by_frame(opened, versions, session):
    first, second = (f"study:{version.key}" for version in versions)
    dialog = opened(first, second)
    assert dialog.verdict.text().startswith("The second is better on these frames: Dice 0.70 and 0.80")
    shown = cells(dialog.frames)
    assert shown[0] == ["clip, frame 3", "0.70", "0.80", "+0.10", "3.0", "3.0", "0", "0"]
    assert len(shown) == 3
    assert dialog.plot.accessibleDescription() == "Higher on 3 of 3 frames"
    assert not dialog.plot.grab().isNull()
    assert dialog.how.text() == "Judged on frames far apart."
    dialog.frames.cellActivated.emit(1, 0)
    assert session.place == (1, 3)


def test_the_model_in_use_is_the_one_to_compare_with(opened, versions):
    dialog = opened(f"study:{versions[0].key}")
    assert dialog.second.currentData() == f"study:{versions[1].key}"
    assert dialog.second.currentText().endswith(", in use")


def test_the_default_is_compared_on_the_frames_of_the_run(opened, versions, bundled):
    dialog = opened(f"bundled:{bundled.key}", f"study:{versions[0].key}")
    assert dialog.comparison.decision.dice_before < 0.5
    assert dialog.tabs.currentIndex() == 0


def test_models_that_were_never_judged_together_say_so(opened, versions, bundled):
    own = write_model(models.own_models_dir() / "mine.safetensors", "mine")
    dialog = opened(f"own:{own.key}", f"bundled:{bundled.key}")
    assert dialog.verdict.text() == tr(NOT_JUDGED)
    assert dialog.tabs.currentIndex() == 1
    assert not dialog.tabs.isTabEnabled(0)
    heads = [dialog.cards.horizontalHeaderItem(i).text() for i in range(dialog.cards.columnCount())]
    assert heads == ["Measure", "First\nno scores", "Second\nCross-validation, raw"]
    assert ["Dice, mean", "–", "0.87"] in cells(dialog.cards)
    dialog.first.setCurrentIndex(dialog.second.currentIndex())
    dialog._show()
    assert dialog.verdict.text() == "Choose two different models."


def test_a_new_version_can_be_chosen_at_once(qtbot, opened, versions, session):
    dialog = opened(f"study:{versions[0].key}")
    before = dialog.first.count()
    learn(session, [0.8, 0.8, 0.8], [0.9, 0.9, 0.9])
    qtbot.waitUntil(lambda: dialog.first.count() == before + 1, timeout=5000)
    assert dialog.first.currentData() == f"study:{versions[0].key}"


class Judge:
    """Judges at once; the second model is better."""

    def __init__(self):
        self.asked = []
        self.answers = True

    def judge_model(self, path, label, places, done):
        self.asked.append((path.name, label, tuple(places)))
        value = 0.4 + 0.2 * len(self.asked)
        done(
            tuple(FrameScore(*place, label, value + 0.01 * place[1], 1.0, "mm", 0) for place in places)
            if self.answers
            else ()
        )
        return True


def test_any_two_are_judged_on_request(qtbot, versions, bundled, session, monkeypatch):
    own = write_model(models.own_models_dir() / "mine.safetensors", "mine")
    held = HeldOut("blocks", "Some.", ((1, 0), (1, 1)))
    monkeypatch.setattr(session.learning, "held_out", lambda label: held)
    judge = Judge()
    dialog = CompareDialog(session, "rib", f"bundled:{bundled.key}", f"own:{own.key}", services=judge)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.verdict.text() == tr(NOT_JUDGED)
    assert dialog.judge.isEnabled()
    assert "2 reviewed frames" in dialog.judge.toolTip()
    dialog.judge.click()
    assert judge.asked == [
        ("rib.safetensors", "rib", ((1, 0), (1, 1))),
        ("mine.safetensors", "rib", ((1, 0), (1, 1))),
    ]
    assert dialog.comparison.decision.dice_before == pytest.approx(0.605)
    assert dialog.comparison.decision.dice_after == pytest.approx(0.805)
    assert dialog.verdict.text() != NOT_JUDGED
    assert len(cells(dialog.frames)) == 2
    judge.answers = False
    dialog.judge.click()
    assert "was not judged" in dialog.verdict.text()


def test_without_held_out_frames_it_says_what_to_do(opened, versions, bundled):
    dialog = opened(f"study:{versions[0].key}")
    assert not dialog.judge.isEnabled()
    assert "draw more frames" in dialog.judge.toolTip()
