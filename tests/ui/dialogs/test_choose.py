from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog

from lusgui.ui.dialogs.choose import RECORDINGS, Kind, choose


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(Kind.FILES, QFileDialog.FileMode.ExistingFiles), (Kind.FOLDER, QFileDialog.FileMode.Directory)],
)
def test_the_answer_comes_as_a_call(qtbot, tmp_path, kind, mode):
    answers = []
    dialog = choose(None, "Choose", kind, answers.append, filters=RECORDINGS, start=tmp_path)
    assert dialog.isVisible()
    assert dialog.fileMode() == mode
    dialog.filesSelected.emit([str(tmp_path)])
    dialog.reject()
    assert answers == [[tmp_path]]


def test_giving_up_calls_nobody(qtbot, tmp_path):
    answers = []
    dialog = choose(None, "Save", Kind.NEW_FILE, answers.append, start=tmp_path / "a.lusgui", suffix="lusgui")
    assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    assert dialog.defaultSuffix() == "lusgui"
    dialog.reject()
    assert answers == []


def test_every_kind_of_file_we_read_is_offered():
    from lusgui.io.open import EXTENSIONS

    assert {e for e in EXTENSIONS if f"*{e} " not in RECORDINGS and f"*{e})" not in RECORDINGS} <= {
        ".dib",
        ".h5",
        ".hdf5",
    }
