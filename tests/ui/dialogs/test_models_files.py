from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget

from lusgui.session.model_rows import ModelRow, Origin
from lusgui.session.model_shelf import ModelShelf
from lusgui.ui.dialogs.models_files import ModelFiles
from lusgui.ui.dialogs.work_line import WorkLine


def test_each_way_asks_for_its_kind_of_file(qtbot, session, jobs):
    parent = QWidget()
    qtbot.addWidget(parent)
    line = WorkLine(jobs)
    qtbot.addWidget(line)
    files = ModelFiles(parent, session, ModelShelf(session), line)
    row = ModelRow(Origin.OWN, "mine 1.0", "mine-1.0", ("rib",), None, None)
    for act, suffix, title in (
        (files.ask_import, "safetensors", "Import a model"),
        (lambda: files.ask_export(row), "safetensors", "Export mine 1.0 with its card"),
        (lambda: files.ask_onnx(row), "onnx", "Export mine 1.0 as ONNX"),
    ):
        act()
        (dialog,) = parent.findChildren(QFileDialog)
        assert dialog.windowTitle() == title
        assert suffix in dialog.nameFilters()[0]
        dialog.reject()
        dialog.deleteLater()
        qtbot.waitUntil(lambda: not parent.findChildren(QFileDialog), timeout=5000)


def test_a_missing_file_starts_nothing(qtbot, session, jobs, tmp_path):
    line = WorkLine(jobs)
    qtbot.addWidget(line)
    parent = QWidget()
    qtbot.addWidget(parent)
    files = ModelFiles(parent, session, ModelShelf(session), line)
    files.export_onnx(ModelRow(Origin.OWN, "x", "x", ("rib",), None, None), tmp_path / "x.onnx")
    assert not line.is_busy
