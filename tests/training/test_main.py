"""``training.__main__``: one sentence on stderr and a truthful exit status, whatever happens."""

from __future__ import annotations

import importlib

import pytest
import typer

from lusgui.base.errors import CancelledError, ModelError
from training import __main__ as program


def use(monkeypatch, action):
    def build_app():
        app = typer.Typer()

        @app.callback()
        def root():
            pass

        app.command("go")(action)
        return app

    monkeypatch.setattr(program, "build_app", build_app)


def test_help_lists_every_command(capsys):
    assert program.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in program.COMMANDS:
        assert importlib.import_module(f"training.commands.{name}")
        assert name.replace("_", "-") in shown


def test_no_command_explains_itself(capsys):
    assert program.main([]) == 2
    assert "Commands" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (ModelError("the weights are damaged"), 2, "the weights are damaged"),
        (CancelledError("stopped after epoch 3"), 130, "stopped after epoch 3"),
        (KeyboardInterrupt(), 130, "Stopped."),
    ],
)
def test_errors_become_one_sentence(monkeypatch, capsys, error, status, says):
    def go():
        raise error

    use(monkeypatch, go)
    assert program.main(["go"]) == status
    written = capsys.readouterr().err
    assert says in written
    assert "Traceback" not in written


def test_a_bug_is_not_swallowed(monkeypatch):
    def go():
        raise ZeroDivisionError

    use(monkeypatch, go)
    with pytest.raises(ZeroDivisionError):
        program.main(["go"])


def test_wrong_options_name_the_option(capsys):
    assert program.main(["models", "--rebuild", "liver", "--data", "x"]) == 2
    assert "liver" in capsys.readouterr().err


def test_success_is_zero(monkeypatch):
    use(monkeypatch, lambda: None)
    assert program.main(["go"]) == 0
