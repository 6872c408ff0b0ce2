"""The command line of training: ``python -m training COMMAND``."""

from __future__ import annotations

import importlib
import logging
import sys

import typer

from lusgui.base.errors import CancelledError, LusguiError

COMMANDS = (
    "models",
    "finetune",
    "pretrain",
    "selfsupervise",
    "click",
    "crossval",
    "lab",
    "localize",
    "detect",
    "evaluate",
    "evaluate_clicks",
    "judge",
    "worst",
    "compare",
    "simulate",
    "show",
    "guide",
    "networks",
    "export_onnx",
    "measure_bfloat16",
    "robustness",
    "replay",
)
"""Modules of ``training.commands``, each with ``register(app)``, in the order help lists them."""

EXIT_ERROR = 2
EXIT_STOPPED = 130


def build_app() -> typer.Typer:
    """Return the command line with every command registered."""
    app = typer.Typer(
        name="python -m training",
        help="Learn from drawn masks, judge on recordings never seen, and repeat published experiments."
        " Research use only, not a medical device.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def root() -> None:
        pass  # keeps commands by name even when there is one

    for name in COMMANDS:
        importlib.import_module(f"training.commands.{name}").register(app)
    return app


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, 2 with one sentence on stderr, or 130 when stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    command = typer.main.get_command(build_app())
    try:
        result = command.main(args=argv, prog_name="python -m training", standalone_mode=False)
    except LusguiError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_STOPPED if isinstance(error, CancelledError) else EXIT_ERROR
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("Stopped.\n")
        return EXIT_STOPPED
    except typer.Exit as error:
        return int(error.exit_code)
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # click's own usage errors
            # a word of the library that checked the value, not of this program
            sys.stderr.write(f"{error.format_message().replace('Value error, ', '')}\n")
            return int(error.exit_code)
        raise
    status = int(result) if isinstance(result, int) else 0
    if status == EXIT_STOPPED:  # typer has swallowed the interrupt
        sys.stderr.write("Stopped.\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
