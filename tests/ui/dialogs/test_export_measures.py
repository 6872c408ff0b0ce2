from __future__ import annotations

import csv
import json
import threading
import time

from PySide6.QtCore import Qt


def test_a_table_is_written(qtbot, ask, desk, drawn, tmp_path):
    dialog = ask("export measures")
    assert dialog.path().name == "study.measures.csv"
    dialog.path_line.setText(str(tmp_path / "out.csv"))
    qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.written is not None)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["frame"] for row in rows} == {"1", "3"}
    assert not desk.opened


def test_a_file_that_is_there_is_replaced_only_if_asked(qtbot, ask, drawn, tmp_path):
    path = tmp_path / "out.json"
    path.write_text("mine")
    dialog = ask("export measures")
    dialog.path_line.setText(str(path))
    assert not dialog.export.isEnabled()
    assert not dialog.replace.isHidden()
    dialog.replace.setChecked(True)
    dialog.here.setChecked(True)
    qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.written is not None)
    assert json.loads(path.read_text(encoding="utf-8"))["measures"]


def test_a_name_of_no_kind(ask, tmp_path):
    dialog = ask("export measures")
    dialog.path_line.setText(str(tmp_path / "out.doc"))
    assert not dialog.export.isEnabled()
    assert ".csv" in dialog.warning.text()


def test_nothing_drawn_says_so(qtbot, ask, tmp_path):
    dialog = ask("export measures")
    dialog.path_line.setText(str(tmp_path / "out.csv"))
    qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "no mask" in dialog.warning.text())
    assert not (tmp_path / "out.csv").exists()
    assert dialog.export.isEnabled()


def test_what_appears_has_room(qtbot, ask, drawn, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("mine")
    dialog = ask("export measures")
    dialog.path_line.setText(str(path))
    dialog.replace.setChecked(True)
    qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    assert dialog.work.is_busy  # what is done in the background is heard of later
    for part in (dialog.replace, dialog.work, dialog.cancel):
        assert part.isVisible()
        assert part.height() >= part.minimumSizeHint().height()
    line = dialog.work.mapTo(dialog, dialog.work.rect().bottomLeft()).y()
    assert line < dialog.export.mapTo(dialog, dialog.export.rect().topLeft()).y()
    qtbot.waitUntil(lambda: dialog.written is not None)


def test_the_name_stays_and_replacing_is_asked_as_for_masks(qtbot, ask, drawn, session):
    there = session.study_path.with_suffix(".measures.csv")
    there.write_text("mine")
    dialog = ask("export measures")
    assert dialog.path() == there
    assert dialog.replace.isVisible()
    assert not dialog.export.isEnabled()


def test_one_press_stops_writing_and_closes(qtbot, ask, desk, session, drawn, tmp_path, monkeypatch):
    begun, told = threading.Event(), []
    session.callipers.said.connect(told.append)

    def write(*arguments, progress, **more):
        begun.set()
        while True:
            progress(0, 0)
            time.sleep(0.01)

    monkeypatch.setattr("lusgui.ui.dialogs.export_measures._write", write)
    dialog = ask("export measures")
    dialog.path_line.setText(str(tmp_path / "out.csv"))
    qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    assert begun.wait(10)
    assert dialog.cancel.text() == "Stop and close"
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.opened, timeout=10_000)
    assert told == ["The export was stopped: nothing was written"]
    assert not (tmp_path / "out.csv").exists()
