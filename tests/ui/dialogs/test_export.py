from __future__ import annotations

import threading
import time

import tifffile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton


def _press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_would_be_written_is_counted_then_written_and_summed_up(qtbot, ask, drawn, tmp_path, session):
    dialog = ask("export")
    assert dialog.state.text() == "Counting the files…"
    assert not dialog.export.isEnabled()
    qtbot.waitUntil(lambda: dialog.export.isEnabled(), timeout=10_000)
    assert "will be written to" in dialog.state.text()
    assert dialog.export.text() == "Export 2 files"
    assert not (tmp_path / "export").exists(), "counting writes nothing"
    _press(qtbot, dialog.export)
    qtbot.waitUntil(lambda: dialog.done_page is not None, timeout=20_000)
    written = sorted(path.name for path in (tmp_path / "export").iterdir())
    assert {"clip_masks.mat", "clip_rib.tif"} < set(written)
    assert (tifffile.imread(tmp_path / "export" / "clip_rib.tif")[0] > 0).tolist() == drawn.tolist()
    assert "files" in dialog.done_page.summary.text()
    assert dialog.buttons.buttons()[-1].text() in ("Show in folder", "Close")


def test_files_in_the_way_are_listed_and_stay_until_they_may_be_replaced(qtbot, ask, drawn, tmp_path):
    target = tmp_path / "export" / "clip_rib.tif"
    target.parent.mkdir()
    target.write_bytes(b"mine")
    dialog = ask("export")
    qtbot.waitUntil(lambda: bool(dialog.files), timeout=10_000)
    assert [dialog.in_the_way.item(0).text(), dialog.in_the_way.count()] == ["clip_rib.tif", 1]
    assert not dialog.export.isEnabled()
    assert target.read_bytes() == b"mine"
    dialog.replace.setChecked(True)
    assert dialog.export.isEnabled()
    _press(qtbot, dialog.export)
    qtbot.waitUntil(lambda: dialog.done_page is not None, timeout=20_000)
    assert target.read_bytes() != b"mine"


def test_a_template_that_makes_no_sense_is_said_at_once(qtbot, ask, drawn):
    dialog = ask("export")
    dialog.choices.template.setText("{stem}")
    qtbot.waitUntil(lambda: dialog.warning.isVisible(), timeout=5_000)
    assert "{label}" in dialog.warning.text()
    assert dialog.state.text() == ""
    assert not dialog.export.isEnabled()
    dialog.choices.template.setText("{label}-of-{stem}")
    assert dialog.choices.example.text().startswith("e.g. rib-of-clip.")
    qtbot.waitUntil(lambda: dialog.export.isEnabled(), timeout=10_000)


def test_nothing_reviewed_is_said_and_not_exported(qtbot, ask, session):
    dialog = ask("export")
    qtbot.waitUntil(lambda: dialog.warning.isVisible(), timeout=10_000)
    assert "reviewed" in dialog.warning.text()
    assert not dialog.export.isEnabled()


def test_the_choices_come_back_next_time(qtbot, ask, desk, drawn, tmp_path):
    dialog = ask("export")
    dialog.choices.formats["mat"].setChecked(False)
    dialog.choices.formats["png"].setChecked(True)
    dialog.choices.folder_line.setText(str(tmp_path / "other"))
    qtbot.waitUntil(lambda: dialog.export.isEnabled(), timeout=10_000)
    _press(qtbot, dialog.export)
    qtbot.waitUntil(lambda: dialog.done_page is not None, timeout=20_000)
    dialog.reject()
    again = ask("export")
    assert again.choices.to_json()["formats"] == ["tiff", "png"]
    assert again.choices.folder() == tmp_path / "other"
    again.reject()


def test_escape_closes_it_and_writes_nothing(qtbot, ask, desk, drawn, tmp_path):
    dialog = ask("export")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not desk.opened
    assert not (tmp_path / "export").exists()


def test_enter_while_files_are_counted_is_kept(qtbot, ask, drawn, tmp_path):
    dialog = ask("export")
    qtbot.keyClick(dialog.choices.folder_line, Qt.Key.Key_Return)
    assert dialog.state.text() == "Counting the files… then they are written"
    qtbot.waitUntil(lambda: dialog.done_page is not None, timeout=20_000)
    assert (tmp_path / "export" / "clip_rib.tif").exists()


def test_enter_never_replaces_what_is_there(qtbot, ask, drawn, tmp_path):
    target = tmp_path / "export" / "clip_rib.tif"
    target.parent.mkdir()
    target.write_bytes(b"mine")
    dialog = ask("export")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.files), timeout=10_000)
    assert not dialog.work.is_busy
    assert dialog.replace.isVisible()
    assert target.read_bytes() == b"mine"


def test_one_press_stops_writing_and_closes(qtbot, ask, desk, session, drawn, tmp_path, monkeypatch):
    begun, told = threading.Event(), []
    session.callipers.said.connect(told.append)

    def write(study, arguments, progress):
        begun.set()
        while True:
            progress(0, 0)
            time.sleep(0.01)

    monkeypatch.setattr("lusgui.ui.dialogs.export._write", write)
    dialog = ask("export")
    assert dialog.cancel.text() == "Cancel"
    qtbot.waitUntil(lambda: dialog.export.isEnabled(), timeout=10_000)
    _press(qtbot, dialog.export)
    assert begun.wait(10)
    assert dialog.cancel.text() == "Stop and close"
    shown = [button for button in dialog.findChildren(QPushButton) if button.isVisible()]
    assert [button for button in shown if button.text().startswith(("Cancel", "Stop"))] == [dialog.cancel]
    _press(qtbot, dialog.cancel)
    assert dialog.cancel.text() == "Stopping…"
    qtbot.waitUntil(lambda: not desk.opened, timeout=10_000)
    assert told == ["The export was stopped: nothing was written"]
    assert not (tmp_path / "export" / "clip_rib.tif").exists()
