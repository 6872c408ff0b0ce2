"""Time from starting the program to the first frame in the window, measured from outside.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_startup.py [RUNS]``. The program writes the moment at
which the first frame had been painted into the file that LUSGUI_READY_FILE names; this script compares it
with the moment of the start. The first run builds the sample study and is not counted. Beside it: the bare
cost of an interpreter that imports PySide6 and pyqtgraph and shows an empty window, which nothing built on
them can beat.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import os, time
from pathlib import Path
import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow
app = pg.mkQApp()
window = QMainWindow()
window.setCentralWidget(pg.GraphicsLayoutWidget())
window.show()
def done():
    Path(os.environ["LUSGUI_READY_FILE"]).write_text(repr(time.time()))
    app.quit()
QTimer.singleShot(0, done)
app.exec()
"""


def time_once(command: list[str], home: Path) -> float:
    ready = home / "ready"
    ready.unlink(missing_ok=True)
    environment = os.environ | {"LUSGUI_HOME": str(home), "LUSGUI_READY_FILE": str(ready)}
    if not environment.get("DISPLAY"):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    started = time.time()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while time.time() - started < 60:
            if ready.exists() and ready.read_text():
                return float(ready.read_text()) - started
            if process.poll() is not None and not ready.exists():
                raise SystemExit((process.stderr.read() if process.stderr else b"").decode())
            time.sleep(0.005)
        raise SystemExit("no first frame within a minute")
    finally:
        process.terminate()
        process.wait(20)
        if process.stderr:
            process.stderr.close()


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    commands = {
        "bare PySide6 + pyqtgraph window": [sys.executable, "-c", BARE],
        "lusgui --sample, first frame painted": [sys.executable, "-m", "lusgui", "--sample"],
    }
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rows: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(runs + 1):
            for name, command in commands.items():
                seconds = time_once(command, home)
                if turn:
                    rows[name].append(seconds)
    sys.stdout.write("| start | median s | min | max | n |\n|---|---|---|---|---|\n")
    for name, values in rows.items():
        figures = (statistics.median(values), min(values), max(values))
        sys.stdout.write(f"| {name} | {' | '.join(f'{x:.2f}' for x in figures)} | {len(values)} |\n")


if __name__ == "__main__":
    main()
