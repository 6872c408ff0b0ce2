from __future__ import annotations

from lusgui.ui.dialogs import export_done
from lusgui.ui.dialogs.export_done import ExportDone


def test_it_says_how_much_was_written_and_shows_it(qtbot, tmp_path, monkeypatch):
    paths = [tmp_path / "a.tif", tmp_path / "b.mat"]
    for path in paths:
        path.write_bytes(bytes(1500))
    page = ExportDone(paths, tmp_path)
    qtbot.addWidget(page)
    assert page.summary.text() == "2 files, 3.0 kB"
    assert page.list.count() == 2
    started = []

    class Process:
        @staticmethod
        def startDetached(program, arguments):
            started.append([program, *arguments])
            return True, 1

    monkeypatch.setattr(export_done, "QProcess", Process)
    assert page.reveal()
    assert any(str(tmp_path) in part for part in started[0])
