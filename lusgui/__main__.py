"""Pick the window or the command line, importing only that one."""

from __future__ import annotations

import os
import sys

COMMANDS = frozenset(
    {
        "info",
        "despeckle",
        "segment",
        "click",
        "learn",
        "models",
        "export",
        "measure",
        "import-masks",
        "merge",
        "demo",
        "doctor",
    }
)
"""Words that name a command. Anything else is a file to open in the window."""


def main() -> int:
    """Run lusgui with the words of the command line and return its exit status."""
    words = sys.argv[1:]
    if words and (words[0] in COMMANDS or words[0] in ("-h", "--help", "--version")):
        import signal

        from lusgui.cli import main as run_command

        # told to end by a batch system, it tidies up half-written files as after Ctrl+C
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return run_command(words)
    if not _can_show_a_window(words):
        commands = ", ".join(sorted(COMMANDS))
        sys.stderr.write(
            "There is no display to open a window on. These commands work without one:"
            f" {commands}; 'lusgui --help' explains them.\n"
        )
        return 2
    from lusgui.app import main as open_window

    status: int = open_window(words)
    return status


def _can_show_a_window(words: list[str]) -> bool:
    """Whether Qt has somewhere to draw; Qt itself would abort the process without a word to a person."""
    from lusgui.base.platforms import has_display

    if has_display() or os.environ.get("QT_QPA_PLATFORM"):
        return True
    if any(word.split("=")[0] == "--screenshot" for word in words):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
