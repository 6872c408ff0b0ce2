#!/usr/bin/env python3
"""Set up and run lusgui, or its tests, from a fresh checkout: ``python3 installer/dev.py run|test``.

Standard library only. Everything is installed into ``.venv`` at the root of the checkout, with the
versions of ``installer/constraints.txt``; the second time nothing is fetched.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from installer import environment, platforms

ROOT = environment.ROOT


def _call(command: list[str], **extra_environment: str) -> int:
    print(
        "$ " + " ".join(Path(command[0]).name if i == 0 else word for i, word in enumerate(command)),
        flush=True,
    )
    return subprocess.run(command, cwd=ROOT, env=os.environ | extra_environment, check=False).returncode


def run(python: Path, arguments: list[str]) -> int:
    """Open the window on the sample study, or do the same job headless where there is no display."""
    if arguments:
        return subprocess.run([str(python), "-m", "lusgui", *arguments], check=False).returncode
    if platforms.has_display():
        return _call([str(python), "-m", "lusgui", "--sample"])
    print("There is no display: doing the main job without a window.", flush=True)
    return _call([str(python), "-m", "lusgui", "demo", "--out", str(ROOT / "demo-output"), "--force"])


def test(python: Path, arguments: list[str]) -> int:
    """Check style, types and layers, then run the tests; extra arguments go to pytest."""
    module = [str(python), "-m"]
    lint_imports = python.with_name("lint-imports.exe" if sys.platform == "win32" else "lint-imports")
    with tempfile.TemporaryDirectory(prefix="lusgui-test-") as home:
        settings = {"QT_QPA_PLATFORM": "offscreen", "LUSGUI_HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}
        checks = [
            [*module, "ruff", "check", "."],
            [*module, "ruff", "format", "--check", "."],
            [str(lint_imports)],
            [*module, "mypy"],
        ]
        failed = [] if arguments else [check for check in checks if _call(check, **settings) != 0]
        workers = ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]
        outcome = _call([*module, "pytest", *(arguments or workers)], **settings)
    for check in failed:
        print("Failed: " + " ".join(check[1:] or check))
    return outcome or len(failed)


def main(words: list[str]) -> int:
    """Read the command line, set up, and do what was asked."""
    parser = argparse.ArgumentParser(description="Set up and run lusgui or its tests.")
    parser.add_argument("command", choices=("run", "test"))
    parser.add_argument(
        "--device",
        choices=("auto", "cuda", "cpu"),
        default="auto",
        help="which torch build to install (auto: CUDA where an NVIDIA driver answers)",
    )
    options, rest = parser.parse_known_args(words)
    try:
        python = environment.prepare(options.command, options.device)
    except environment.SetupError as problem:
        print(problem, file=sys.stderr)
        return 1
    return (run if options.command == "run" else test)(python, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
