from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox

sys.path.insert(0, str(Path(__file__).parent))
from models_kit import learn, write_model

from lusgui.io import model_install, models
from lusgui.io.model_defaults import read_defaults
from lusgui.session.model_rows import Origin
from lusgui.ui.dialogs.models import ModelsDialog


class Services:
    def __init__(self, session):
        self.session = session

    def choose_model(self, label, key):
        self.session.models.choose(label, key)
        self.session.set_active_model(label, key, key)


@pytest.fixture(autouse=True)
def bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    monkeypatch.setattr(model_install, "check_weights", lambda raw: None)  # these models have none
    return write_model(tmp_path / "weights" / "rib.safetensors")


@pytest.fixture
def own():
    return write_model(models.own_models_dir() / "mine.safetensors", "mine", data="12 clips <ours>")


@pytest.fixture
def asked():
    return []


@pytest.fixture
def dialog(qtbot, session, jobs, own, asked):
    first, second = learn(session, [0.5, 0.5], [0.7, 0.7]), learn(session, [0.7, 0.7], [0.3, 0.3])
    session.set_active_model("rib", first.name, first.key)
    assert second.state == "candidate"
    made = ModelsDialog(
        session,
        Services(session),
        jobs,
        lambda *given: asked.append(("compare", *given)),
        lambda row, label: asked.append(("about", row.name, label)),
    )
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def pick(dialog, origin, number=0):
    rows = [row for row in dialog.shelf.rows("rib") if row.origin is origin]
    dialog.list.clearSelection()
    dialog.list.choose([rows[number].id])
    return rows[number]


def texts(dialog):
    return [[item.text(column) for column in range(4)] for item in dialog.list._items()]


def test_every_model_stands_where_it_comes_from(dialog):
    assert [line[0] for line in texts(dialog)] == ["Rib 2", "Rib 1", "mine 1.0", "rib 1.0"]
    assert texts(dialog)[1][2:] == ["Dice 0.70 (before: 0.50)", "answers for Rib"]
    assert texts(dialog)[2][2] == "not judged"
    pick(dialog, Origin.STUDY, 1)
    told = dialog.facts.toPlainText()
    assert "Better than the model in use" in told
    assert "Learnt from 4 frames of 1 recording of this study." in told
    assert "Judged on frames far apart." in told
    pick(dialog, Origin.OWN)
    assert "12 clips <ours>" in dialog.facts.toPlainText()


def test_a_model_is_used_with_enter(dialog, session, own):
    pick(dialog, Origin.OWN)
    assert dialog.use.text() == "Use for Rib"
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert session.models.chosen("rib") == own.key
    assert session.models.active("rib") is None
    assert "mine 1.0 answers for Rib" in dialog.told.text()
    assert not dialog.use.isEnabled()
    assert dialog.use.text() == "In use"


def test_a_default_is_kept_and_taken_back(dialog, own):
    pick(dialog, Origin.OWN)
    dialog.default.click()
    assert read_defaults() == {"rib": own.key}
    assert dialog.default.text() == "No longer default for Rib"
    assert "default for Rib" in texts(dialog)[2][3]
    dialog.default.click()
    assert read_defaults() == {}


def test_names_are_changed_in_the_list(dialog, session):
    row = pick(dialog, Origin.STUDY)
    item = dialog.list.currentItem()
    item.setText(0, "After the ward round")
    assert session.models.get(row.versions[0].id).name == "After the ward round"
    pick(dialog, Origin.OWN)
    dialog.list.currentItem().setText(0, "ward-7 1.0")
    assert [line[0] for line in texts(dialog)][2] == "ward-7 1.0"
    assert dialog.row.name == "ward-7 1.0"
    dialog.list.currentItem().setText(0, "no/name")
    assert "letters" in dialog.warning.text()
    assert [line[0] for line in texts(dialog)][2] == "ward-7 1.0"


def test_a_deleted_model_comes_back(dialog):
    for origin in (Origin.STUDY, Origin.OWN):
        row = pick(dialog, origin)
        before = texts(dialog)
        QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
        assert row.name not in [line[0] for line in texts(dialog)]
        assert f"{row.name} was deleted" in dialog.told.text()
        assert dialog.undo.isVisible()
        dialog.undo.click()
        assert texts(dialog) == before
        assert dialog.row.id == row.id
        assert not dialog.undo.isVisible()


def test_what_cannot_be_done_says_why(dialog):
    pick(dialog, Origin.BUNDLED)
    assert not dialog.remove.isEnabled()
    assert "came with lusgui" in dialog.remove.toolTip()
    assert not dialog.name.isEnabled()
    pick(dialog, Origin.STUDY, 1)
    assert "answers now" in dialog.remove.toolTip()
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert len(texts(dialog)) == 4


def test_closing_ends_what_was_deleted(dialog, own):
    pick(dialog, Origin.OWN)
    dialog.remove.click()
    folder = models.own_models_dir()
    assert [path.name for path in folder.glob("*.safetensors")] == [".removed-mine.safetensors"]
    dialog.reject()
    assert not list(folder.glob("*.safetensors"))


def test_a_file_is_taken_in_and_a_model_handed_on(dialog, tmp_path):
    write_model(tmp_path / "x.safetensors", "from-elsewhere")
    dialog.files.take_in(tmp_path / "x.safetensors")
    assert dialog.row.name == "from-elsewhere 1.0"
    assert "one of your own" in dialog.told.text()
    dialog.files.export_to(dialog.row, tmp_path / "out" / "y.safetensors")
    assert (tmp_path / "out" / "y.json").exists()
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    dialog.files.take_in(tmp_path / "bad.safetensors")
    assert "bad.safetensors" in dialog.warning.text()


def test_an_onnx_file_is_written_in_the_background(qtbot, dialog, tmp_path, monkeypatch):
    from lusgui.session import onnx_child

    body = "import sys; open(sys.argv[4], 'w').close(); print('probabilities differ by nothing')"
    monkeypatch.setattr(onnx_child, "onnx_program", lambda: [sys.executable, "-c", body])
    row = pick(dialog, Origin.OWN)
    dialog.files.export_onnx(row, tmp_path / "m.onnx")
    assert dialog.work.isVisible()
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=20_000)
    assert "differ by nothing" in dialog.told.text()
    monkeypatch.setattr(
        onnx_child, "onnx_program", lambda: [sys.executable, "-c", "import sys; sys.exit('no library')"]
    )
    dialog.files.export_onnx(row, tmp_path / "m.onnx")
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=20_000)
    assert "no library" in dialog.warning.text()


def test_an_onnx_export_can_be_cancelled(qtbot, dialog, tmp_path, monkeypatch):
    from lusgui.session import onnx_child

    monkeypatch.setattr(
        onnx_child, "onnx_program", lambda: [sys.executable, "-c", "import time; time.sleep(60)"]
    )
    dialog.files.export_onnx(pick(dialog, Origin.OWN), tmp_path / "m.onnx")
    qtbot.waitUntil(lambda: "written" in dialog.work.text.text(), timeout=20_000)
    dialog.work.stop.click()
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=20_000)
    assert "stopped" in dialog.told.text()


def test_other_pages_are_asked_for(dialog, asked):
    row = pick(dialog, Origin.STUDY)
    dialog.compare.click()
    dialog.about.click()
    assert asked == [("compare", "rib", row.id, ""), ("about", "Rib 2", "rib")]


def test_the_filter_shows_one_label_or_all(dialog):
    write_model(models.own_models_dir() / "v.safetensors", "v", labels=("vermis",))
    dialog.refresh()
    assert "v 1.0" not in [line[0] for line in texts(dialog)]
    dialog.label.setCurrentIndex(dialog.label.findData(""))
    dialog.refresh()
    assert "v 1.0" in [line[0] for line in texts(dialog)]


def test_a_new_version_appears_by_itself(qtbot, dialog, session):
    learn(session, [0.7, 0.7], [0.8, 0.8])
    qtbot.waitUntil(lambda: "Rib 3" in [line[0] for line in texts(dialog)], timeout=5000)


def test_everything_has_a_name_and_a_tooltip(dialog):
    for widget in (*dialog.findChildren(QAbstractButton), *dialog.findChildren(QComboBox)):
        if widget.isVisible():
            assert widget.toolTip(), widget
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget


def test_without_a_study_it_says_what_to_do(qtbot, jobs, own):
    from lusgui.session.session import Session

    made = ModelsDialog(Session(), None, jobs, print, print)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    pick(made, Origin.OWN)
    assert not made.use.isEnabled()
    assert "Open a study" in made.use.toolTip()
