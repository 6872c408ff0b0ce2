"""A window without widgets that draws and learns until somebody kills it: ``STUDY FAKE_TRAINER STEPS``.

What is certain is printed: ``drawn FRAME`` after a stroke has returned, ``active KEY`` after a promotion.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QTimer

from lusgui.core.annotation import PlaneKey, Status
from lusgui.runtime.learning.supervisor import Supervisor
from lusgui.session.session import Session


def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main():
    study, trainer, steps = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    application = QCoreApplication([])
    session = Session()
    session.problem_reported.connect(lambda problem: say("problem", problem.title))
    if not session.open_study(study):
        sys.exit(3)
    session.version_promoted.connect(lambda version, label: say("active", version.key if version else "-"))
    supervisor = Supervisor(session, program=[sys.executable, "-I", trainer, "complete", f"steps={steps}"])
    (row,) = session.recording_rows()
    drawn = [sum(status.is_reviewed for status in session.statuses(row.id).values())]

    def draw():
        frame = drawn[0] % row.frames
        key = PlaneKey(row.id, frame, "rib")
        mask = np.zeros(row.shape, bool)
        mask[3 : 5 + drawn[0] % 30, 4:9] = True
        session.push_masks("Brush", {key: mask}, replace=True)
        session.set_status(key, Status.ACCEPTED)
        drawn[0] += 1
        say("drawn", frame, int(mask.sum()))

    def learn():
        if not supervisor.is_running:
            folder = session.learning.resumable()
            say("resumed" if folder else "started")
            supervisor.start(("rib",)) if folder is None else supervisor.resume(folder)

    for slot, pause in ((draw, 25), (learn, 30)):
        timer = QTimer(application)
        timer.setInterval(pause)
        timer.timeout.connect(slot)
        timer.start()
    draw()
    say("ready")
    application.exec()


if __name__ == "__main__":
    main()
