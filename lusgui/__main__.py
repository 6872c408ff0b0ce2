"""Pick the window or the command line, importing only that one."""

from __future__ import annotations

import sys

COMMANDS = frozenset({"info", "despeckle", "segment", "models", "export", "import-masks", "demo", "doctor"})
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
    from lusgui.app import main as open_window

    status: int = open_window(words)
    return status


if __name__ == "__main__":
    sys.exit(main())
