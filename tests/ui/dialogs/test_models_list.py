from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.base.translate import tr
from lusgui.session.model_rows import ModelRow, Origin
from lusgui.ui.dialogs.models_list import GROUPS, ModelList, name_of_label, row_html


def row(name, origin=Origin.OWN, **more):
    return ModelRow(origin, name, f"{name}-key", ("rib",), None, None, **more)


@pytest.fixture
def listed(qtbot):
    made = ModelList(name_of_label)
    qtbot.addWidget(made)
    made.show_rows([row("a"), row("b", problem="its file is missing")], "rib", lambda each: each.name == "a")
    return made


def test_empty_groups_say_what_to_do(listed):
    shown = [listed.topLevelItem(i).child(0).text(0) for i in (0, 2)]
    assert shown == [tr(GROUPS[origin][1]) for origin in (Origin.STUDY, Origin.BUNDLED)]


def test_what_was_chosen_stays_chosen(listed):
    listed.clearSelection()
    listed.choose(["own:b-key"])
    listed.show_rows([row("x"), row("b")], "rib", lambda each: True)
    assert listed.chosen() == ["own:b-key"] == [listed.current_id()]
    listed.show_rows([row("x")], "rib", lambda each: True)
    assert listed.chosen() == ["own:x-key"]


def test_only_a_real_new_name_is_told(qtbot, listed):
    told = []
    listed.renamed.connect(lambda *given: told.append(given))
    listed.currentItem().setText(0, "a")
    listed.currentItem().setText(0, "c")
    assert told == [("own:a-key", "c")]


def test_keys(qtbot, listed):
    with qtbot.waitSignal(listed.delete_asked):
        QTest.keyClick(listed, Qt.Key.Key_Delete)
    with qtbot.waitSignal(listed.use_asked):
        QTest.keyClick(listed, Qt.Key.Key_Enter)


def test_a_problem_is_shown_in_place_of_a_score(listed):
    assert [item.text(2) for item in listed._items()][1:3] == ["not judged", "its file is missing"]


def test_texts_are_not_read_as_markup():
    assert "&lt;b&gt;" in row_html(row("<b>"), "rib")
