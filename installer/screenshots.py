#!/usr/bin/env python3
"""Draw the pictures of the README and the guide from the real window.

Run by hand: ``.venv/bin/python installer/screenshots.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).resolve().parent.parent / "resources" / "guide" / "images"
SIZE = ("--size", "1400x900")
SHOTS: dict[str, tuple[str, ...]] = {
    "window-dark.png": ("--sample", "--theme", "dark", "--frame", "12", *SIZE),
    "window-light.png": ("--sample", "--theme", "light", "--frame", "12", *SIZE),
    "cerebellum.png": ("--sample", "--theme", "dark", "--recording", "2", "--label", "cerebellum", *SIZE),
}

SCRIPTS = (
    "installer.access_pictures",
    "installer.click_pictures",
    "installer.learning_pictures",
    "installer.mask_pictures",
    "installer.measure_pictures",
    "installer.review_pictures",
    "installer.see_pictures",
    "installer.shape_pictures",
    "installer.time_pictures",
)
"""What does more than to open a window: it clicks, or lets a model learn."""


def main() -> int:
    """Draw every picture; return the number that failed."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name, words in SHOTS.items():
        with tempfile.TemporaryDirectory() as home:
            environment = os.environ | {"LUSGUI_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
            command = [sys.executable, "-m", "lusgui", *words, "--screenshot", str(PICTURES / name)]
            outcome = subprocess.run(command, env=environment, check=False, timeout=180)
        print(f"{name}: {'drawn' if outcome.returncode == 0 else 'failed'}")
        failed += outcome.returncode != 0
    return failed + sum(not _draw_with(module) for module in SCRIPTS)


def _draw_with(module: str) -> bool:
    """Draw the pictures that need somebody at the window; return whether they are drawn."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"LUSGUI_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-m", module, str(PICTURES)]
        outcome = subprocess.run(command, env=environment, check=False, timeout=900)
    print(f"{module}: {'drawn' if outcome.returncode == 0 else 'failed'}")
    return outcome.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
