"""The same jobs without a window: ``lusgui COMMAND``."""

from __future__ import annotations

import importlib
import sys

import typer

from lusgui import __version__
from lusgui.base.errors import LusguiError
from lusgui.cli.console import complain, is_plain

COMMAND_MODULES = (
    "info",
    "despeckle",
    "segment",
    "click",
    "learn",
    "models",
    "export",
    "measure",
    "import_masks",
    "merge",
    "demo",
    "doctor",
)
"""Modules that each bring one or more commands through ``register(app)``, in the order help lists them."""

EXIT_ERROR = 2
EXIT_STOPPED = 130
UNWRAPPED_COLUMNS = 4000


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lusgui {__version__}")
        raise typer.Exit


def _context_settings() -> dict[str, object]:
    settings: dict[str, object] = {"help_option_names": ["-h", "--help"]}
    if is_plain():
        # A file or a pipe has no width: nothing is wrapped or cut for it.
        settings |= {"terminal_width": UNWRAPPED_COLUMNS, "max_content_width": UNWRAPPED_COLUMNS}
    return settings


def build_app() -> typer.Typer:
    """Return the command line with every command registered."""
    app = typer.Typer(
        name="lusgui",
        help="Annotate and segment ultrasound recordings. Without a command, or with files, the window opens."
        " Research use only, not a medical device.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None if is_plain() else "rich",
        context_settings=_context_settings(),
    )

    @app.callback()
    def root(
        version: bool = typer.Option(
            False, "--version", callback=_show_version, is_eager=True, help="Print the version."
        ),
    ) -> None:
        """Annotate and segment ultrasound recordings."""

    for name in COMMAND_MODULES:
        importlib.import_module(f"lusgui.cli.{name}").register(app)
    return app


def command_names() -> frozenset[str]:
    """Return the words that name a command, so that anything else can be taken for a file to open."""
    return frozenset(name.replace("_", "-") for name in COMMAND_MODULES)


def _print_whatever_comes() -> None:
    """Let no name of a file be too foreign for the terminal or the pipe."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", None) == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def main(arguments: list[str]) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str
        Words after the program name.

    Returns
    -------
    int
        0, or 2 after one sentence on standard error; 130 when interrupted.
    """
    _print_whatever_comes()
    if "" in arguments:
        # an empty path would mean the current folder: an unset variable of a script is no wish for that
        complain("one of the words is empty. Check the variables of your script.")
        return EXIT_ERROR
    try:
        outcome = build_app()(args=arguments, prog_name="lusgui", standalone_mode=False)
    except LusguiError as error:
        complain(error.message)
        return EXIT_ERROR
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        complain("Stopped.")
        return EXIT_STOPPED
    except KeyboardInterrupt:
        complain("Stopped.")
        return EXIT_STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        # files are spoken for by our own errors; what is left is standard output on a full disk and the like
        place = "" if error.filename is None else f"{error.filename}: "
        complain(f"{place}{error.strerror or error}.")
        return EXIT_ERROR
    except Exception as error:
        if not hasattr(error, "show") or not hasattr(error, "exit_code"):
            raise
        # click's usage errors know how to say themselves; the class lives in a vendored module
        error.show()
        return int(error.exit_code)
    if outcome == EXIT_STOPPED:
        # typer turns Ctrl+C into this status by itself
        complain("Stopped.")
    return outcome if isinstance(outcome, int) else 0
