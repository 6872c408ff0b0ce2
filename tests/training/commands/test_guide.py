from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from lusgui.base.errors import LusguiError
from training.commands import guide
from training.report import guide as pages


@pytest.fixture
def invoke(monkeypatch, tmp_path):
    monkeypatch.setattr("lusgui.base.paths.resources_dir", lambda: tmp_path)
    app = typer.Typer()
    app.callback()(lambda: None)
    guide.register(app)
    return lambda *words: CliRunner().invoke(app, ["guide", *words])


def test_what_was_written_is_told(invoke, monkeypatch, tmp_path):
    roots = []
    monkeypatch.setattr(pages, "write_guide", lambda root: roots.append(root) or [root / "a.md"])
    outcome = invoke()
    assert outcome.exit_code == 0
    assert "a.md" in outcome.output.replace("\n", "")
    assert roots == [tmp_path]
    monkeypatch.setattr(pages, "write_guide", lambda _root: [])
    assert "Nothing has changed" in invoke().output


def test_an_old_page_is_an_error_of_the_check(invoke, monkeypatch):
    monkeypatch.setattr(pages, "stale", lambda _root: ["a.md"])
    outcome = invoke("--check")
    assert isinstance(outcome.exception, LusguiError)
    assert "a.md" in str(outcome.exception)
    monkeypatch.setattr(pages, "stale", lambda _root: [])
    assert invoke("--check").exit_code == 0
