import pytest
import typer
from typer.testing import CliRunner

from lusgui.base.errors import LusguiError
from training.__main__ import main
from training.commands import show
from training.experiments import normalisation
from training.report.notice import TINY_RUN
from training.report.page import Report


def _invoke(*words):
    app = typer.Typer()
    app.callback()(lambda: None)
    show.register(app)
    return CliRunner().invoke(app, ["show", *map(str, words)])


def test_options_reach_the_experiment(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(normalisation, "run", lambda *given: seen.append(given) or tmp_path / "report.html")
    outcome = _invoke(
        "normalisation", "--out", tmp_path, "--cache", tmp_path / "c", "--minutes", 3, "--seeds", 2, "--tiny"
    )
    assert outcome.exit_code == 0, outcome.output
    settings, data, out, cache = seen[0]
    assert (settings.minutes, settings.seeds, settings.base_width) == (3.0, 2, normalisation.TINY.base_width)
    assert (data, out, cache) == (None, tmp_path, tmp_path / "c")
    assert "report.html" in outcome.output.replace("\n", "")


def test_without_options_the_experiment_has_its_own(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(normalisation, "run", lambda *given: seen.append(given) or tmp_path)
    assert _invoke("normalisation").exit_code == 0
    assert seen[0][0] == normalisation.Settings()


def test_a_setting_that_an_experiment_does_not_have_is_refused(tmp_path):
    outcome = _invoke("leak", "--vgg", tmp_path / "vgg.h5")
    assert isinstance(outcome.exception, LusguiError)
    assert "--vgg" in str(outcome.exception)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    outcome = _invoke("leak", "--data", tmp_path / "gone")
    assert isinstance(outcome.exception, LusguiError)
    assert "gone" in str(outcome.exception)


def test_the_list_of_what_cannot_be_reproduced(tmp_path):
    assert _invoke("unreproducible", "--out", tmp_path / "new").exit_code == 0
    assert "0.8632" in (tmp_path / "new" / "unreproducible.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in show.Name if name is not show.Name.UNREPRODUCIBLE])
def test_every_experiment_has_settings_and_a_tiny_form(name):
    module = pytest.importorskip(f"training.experiments.{name.value}")
    assert callable(module.run)
    for settings in (module.Settings(), module.TINY):
        assert {"minutes", "seeds"} <= set(settings.__dataclass_fields__)


def test_it_has_a_page_too(tmp_path):
    outcome = _invoke("unreproducible", "--out", tmp_path)
    assert str(tmp_path / "report.html") in outcome.output.replace("\n", "")
    assert (tmp_path / "report.html").is_file()


def test_a_name_that_is_none_is_answered_with_those_there_are(capsys):
    assert main(["show", "strategie"]) == 2
    said = capsys.readouterr().err
    assert "no experiment 'strategie'" in said
    assert "strategies" in said
    assert "Value error" not in said


@pytest.mark.parametrize("tiny", [True, False])
def test_a_tiny_page_says_that_its_numbers_mean_nothing(monkeypatch, tmp_path, tiny):
    monkeypatch.setattr(normalisation, "run", lambda *given: Report("T").write(tmp_path))
    assert _invoke("normalisation", "--out", tmp_path, *(["--tiny"] if tiny else [])).exit_code == 0
    assert (TINY_RUN in (tmp_path / "report.html").read_text(encoding="utf-8")) == tiny


def test_changes_to_the_reference_come_after_those_of_the_tiny_form(monkeypatch, tmp_path):
    from training.experiments import bridge

    seen = []
    monkeypatch.setattr(bridge, "run", lambda *given: seen.append(given) or tmp_path)
    words = ["--only", "tta", "--only", "rib/ema", "--set", "rib.steps=5", "--work", tmp_path, "--tiny"]
    assert _invoke("bridge", *words).exit_code == 0
    settings = seen[0][0]
    assert settings.only == ("tta", "rib/ema")
    assert settings.set == (*bridge.TINY.set, "rib.steps=5")
    assert settings.work == str(tmp_path)
    assert _invoke("bridge").exit_code == 0
    assert seen[1][0] == bridge.Settings()
