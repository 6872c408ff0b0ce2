from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from lusgui.ui.dialogs.dialogs import Dialogs


class Services:
    def __init__(self):
        self.added = []
        self.models = []

    def add_model(self, path):
        self.models.append(path)
        return True

    def add_recordings(self, paths):
        self.added += paths

    def sample_study(self):
        return None


@pytest.mark.parametrize("what", ["open", "open folder", "new study", "open study", "save copy", "add model"])
def test_files_are_asked_for_without_blocking(qtbot, desk, what):
    desk.ask(what)
    (dialog,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()]
    dialog.reject()


def test_a_new_study_is_made_where_one_said(qtbot, desk, session, tmp_path):
    desk.ask("new study")
    (dialog,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()]
    dialog.filesSelected.emit([str(tmp_path / "fresh.lusgui")])
    dialog.reject()
    assert session.study_path == tmp_path / "fresh.lusgui"
    assert desk.recent.paths()[0] == tmp_path / "fresh.lusgui"


def test_what_is_dropped_goes_where_it_belongs(session, jobs, tmp_path, clip):
    services = Services()
    desk = Dialogs(session, services, jobs, None)
    study = session.study_path
    session.close_study()
    desk.open_files([clip, study])
    assert session.study_path == study
    assert services.added == [clip]
    desk.close_all()


def test_a_dropped_model_is_used_and_never_read_as_a_recording(session, jobs, tmp_path):
    services = Services()
    heard = []
    session.problem_reported.connect(heard.append)
    desk = Dialogs(session, services, jobs, None)
    model = tmp_path / "model.safetensors"
    desk.open_files([model])
    assert services.models == [model]
    assert services.added == []
    session.close_study()
    desk.open_files([model])
    assert [problem.title for problem in heard] == ["No study is open"]
    desk.close_all()


def test_saving_says_so_or_what_is_wrong(desk, session, problems, monkeypatch):
    desk.ask("save")
    assert problems == []
    with monkeypatch.context() as patched:
        patched.setattr(session, "retry_saving", lambda: False)
        desk.ask("save")
    assert "could not be written" in problems[0].message


def test_a_study_that_is_gone_is_forgotten(desk, session, problems, tmp_path):
    gone = tmp_path / "gone.lusgui"
    desk.recent.add(gone)
    desk.open_study(gone)
    assert gone not in desk.recent._paths
    assert problems


def test_a_missing_sample_is_said(jobs, session, problems):
    desk = Dialogs(session, Services(), jobs, None)
    desk.ask("sample")
    assert "sample" in problems[0].title.lower()
    desk.close_all()
