"""How smooth the window's thread stays while frames are read, despeckled and segmented beside it.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_heartbeat.py [SECONDS]``. A timer of 10 ms beats in
the thread of the window; how late its beats come is told for an idle program, for stepping through frames
with fast despeckling, and for stepping while the whole recording is segmented in the background.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QTimer

from lusgui.base.paths import resources_dir
from lusgui.core.despeckle import FAST
from lusgui.core.model_card import ModelCard
from lusgui.io.models import ModelEntry, read_card
from lusgui.runtime.live import LiveSegmentation
from lusgui.runtime.segment_job import SegmentItem
from lusgui.session.session import Session

BEAT_MS = 10


def lateness_ms(application, seconds, each_100_ms=None):
    beats = []
    timer = QTimer()
    timer.setInterval(BEAT_MS)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    step = QTimer()
    step.setInterval(100)
    if each_100_ms is not None:
        step.timeout.connect(each_100_ms)
        step.start()
    timer.start()
    QTimer.singleShot(int(1000 * seconds), application.quit)
    application.exec()
    timer.stop()
    step.stop()
    late = 1e3 * np.diff(beats) - BEAT_MS
    return f"median {np.median(late):5.1f}  p95 {np.percentile(late, 95):5.1f}  max {late.max():6.1f} ms late"


def make_model(folder):
    from lusgui.nn.checkpoint import save_model
    from lusgui.nn.registry import build

    path = folder / "bench.safetensors"
    save_model(path, build("lus-unet"), ModelCard("bench", "1.0", "lus-unet", ("rib",), (512, 128)))
    return path


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    application = QCoreApplication([])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = make_model(folder)
        session = Session()
        session.new_study(folder / "bench.lusgui")
        (rid,) = session.add_recordings([resources_dir() / "samples" / "lung_linear_v5.mat"])
        session.view.despeckle = FAST
        live = LiveSegmentation(session)
        frames = session.row(rid).frames
        say = sys.stdout.write
        say(f"idle                       {lateness_ms(application, seconds)}\n")
        live.use_model("rib", ModelEntry(path, read_card(path), is_bundled=False))
        session.go_to(rid, 0)

        def step():
            session.go_to(rid, (session.current_frame + 1) % frames)

        say(f"stepping                   {lateness_ms(application, seconds, step)}\n")
        session.drop_predictions(rid)
        live.segment([SegmentItem(rid, frame) for frame in range(frames)])
        say(f"stepping and segmenting    {lateness_ms(application, seconds, step)}\n")
        live.shutdown()
        session.close_study()


if __name__ == "__main__":
    main()
