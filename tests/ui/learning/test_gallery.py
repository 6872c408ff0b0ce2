"""lusgui.ui.learning.gallery: what changed, in several orders, and the choice between two models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.learning.changes import FrameChange, make_thumbnail
from lusgui.core.learning.result import RunResult
from lusgui.core.learning.scores import FrameScore
from lusgui.core.learning.status import FinishReason
from lusgui.core.learning.version import ModelVersion, VersionState
from lusgui.ui.learning.gallery import CHANGE_ROLE, GalleryDialog, in_order, judged_fairly, summarise

SHAPE = (60, 40)


def change(recording, frame, before, after, held_out=False, label="rib"):
    """Return a change where the truth is ten rows and the models find `before` and `after` of them."""
    masks = np.zeros((3, *SHAPE), bool)
    for mask, rows in zip(masks, (before, after, 10), strict=True):
        mask[20 : 20 + rows, 5:30] = True
    gray = make_thumbnail(np.full(SHAPE, 0.4))
    return FrameChange(recording, frame, label, gray, *masks, is_held_out=held_out)


def version(state, number=2):
    return ModelVersion(
        number, "rib", ("rib",), "Rib 2", "k2", "", state, "run-0002/candidate.safetensors", "a" * 64,
        "2026-11-21T14:20:00+00:00", run_id=2,
        scores={"gate": {"dice_before": 0.7, "dice_after": 0.8}}, reason="Better by a sentence.",
    )  # fmt: skip


@pytest.fixture
def study(session, monkeypatch):
    """Let the study have one version, and remember what is asked of it."""
    held = {"state": VersionState.ACTIVE, "asked": []}
    models = session.models

    def promote(number):
        held["asked"].append(("promote", number))
        held["state"] = VersionState.ACTIVE
        return True

    def roll_back(label):
        held["asked"].append(("back", label))
        held["state"] = VersionState.RETIRED

    monkeypatch.setattr(models, "get", lambda number: version(held["state"]))
    monkeypatch.setattr(models, "promote", promote)
    monkeypatch.setattr(models, "roll_back", roll_back)
    return held


@pytest.fixture
def changes(session):
    recording = session.place[0]
    return [
        change(recording, 0, 8, 10),
        change(recording, 1, 10, 2, held_out=True),
        change(recording, 2, 5, 10, held_out=True),
        change(recording, 3, 10, 10),
        change(recording, 0, 0, 10, label="cerebellum"),
    ]


@pytest.fixture
def dialog(window, session, study, changes):
    made = GalleryDialog(session, version(VersionState.ACTIVE), changes, window)
    made.show()
    QApplication.processEvents()
    yield made
    made.reject()


def frames(dialog):
    items = (dialog.pictures.item(n) for n in range(dialog.pictures.count()))
    return [item.data(CHANGE_ROLE).frame for item in items]


def test_only_the_label_of_the_version_is_shown_most_changed_first(dialog):
    assert frames(dialog) == [1, 2, 0, 3]
    assert not dialog.grab().isNull()
    told = dialog.pictures.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "frame 2: Dice 1.00 → 0.33, 0 pixels gained, 200 lost; it did not learn from this frame" in told


def test_orders_and_the_honest_frames(dialog):
    for order, expected in ((1, [1, 3, 0, 2]), (2, [2, 0, 3, 1]), (3, [0, 1, 2, 3])):
        dialog.order.setCurrentIndex(order)
        assert frames(dialog) == expected
    QTest.mouseClick(dialog.held_out, Qt.MouseButton.LeftButton)
    assert frames(dialog) == [1, 2]


def test_a_frame_is_gone_to(dialog, session):
    asked = []
    dialog.frame_asked.connect(lambda *place: asked.append(place))
    dialog.pictures.itemActivated.emit(dialog.pictures.item(1))
    assert asked == [(session.place[0], 2)]


def test_undo_and_use_again(dialog, study):
    assert dialog.heading.text() == "A better model of Rib is in use"
    assert not dialog.use.isVisible()
    assert dialog.close_button.text() == "Keep the new one"
    QTest.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    assert dialog.use.isVisible()
    assert not dialog.undo.isVisible()
    assert dialog.close_button.text() == "Keep the old one"
    QTest.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert study["asked"] == [("back", "rib"), ("promote", 2)]
    assert dialog.undo.isVisible()


def test_without_pictures_it_says_so(window, session, study):
    made = GalleryDialog(session, version(VersionState.ACTIVE), (), window)
    made.show()
    assert made.empty.isVisible()
    assert not made.pictures.isVisible()
    made.reject()


def test_summary_says_what_flatters():
    some = [change(1, 0, 8, 10), change(1, 1, 10, 2, held_out=True)]
    assert summarise(some).startswith("Of 2 reviewed frames: 1 better, 1 worse. It did not learn from 1")
    assert "learnt from all of them" in summarise(some[:1])
    assert "learnt from none of them" in summarise(some[1:])
    assert summarise([]) == ""
    assert in_order([], 0) == []


def test_held_out_frames_that_the_old_model_learnt_since_are_judged_as_they_were():
    some = [change(1, 0, 8, 10), change(1, 1, 10, 9, held_out=True), change(1, 2, 5, 10, held_out=True)]
    rows = (FrameScore(1, 0, "rib", 0.1), FrameScore(1, 1, "rib", 0.6), FrameScore(1, 2, "rib", 2 / 3))
    result = RunResult(2, ("rib",), FinishReason.COMPLETED, active_scores={"rib": rows})
    fair = judged_fairly(some, result)
    assert [one.left_out_dice for one in fair] == [None, 0.6, None]
    assert fair[1].dice_before == 0.6
    assert "had learnt 1 of these 2" in summarise(fair)
    assert judged_fairly(some, None) == some


def test_a_worse_model_is_not_what_enter_takes(window, session, study, changes, monkeypatch):
    study["state"] = VersionState.CANDIDATE
    worse = replace(
        version(VersionState.CANDIDATE), scores={"gate": {"dice_before": 0.72, "dice_after": 0.6}}
    )
    monkeypatch.setattr(session.models, "get", lambda number: worse)
    made = GalleryDialog(session, worse, changes, window)
    made.show()
    assert made.use.text() == "Use the new model all the same"
    assert not made.use.isDefault()
    assert "in use 0.72" in made.verdict.accessibleDescription()
    made.reject()
