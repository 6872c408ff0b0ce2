"""Draw the pictures of the guide's page on learning: a real run in the real window.

Called by ``screenshots.py``; takes as long as a run of learning from five masks does.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lusgui.app import App

GROUP = "g_vir1"
"""Frames of J. W. Tsung, D. O. Kessler, V. P. Shah, Crit Ultrasound J 2012, 4:16, CC BY 2.0."""

MASKS = 5
SIZE = (1280, 820)
GALLERY_SIZE = (940, 640)
LONGEST_MS = 600_000
SETTLE_MS = 1500
NAMES = ("learning.png", "learning-changed.png")


def make_study(folder: Path) -> Path:
    """Write a recording of the project's own drawn frames and a study with a few of their masks."""
    from collections import Counter

    import numpy as np
    import tifffile

    from lusgui.base.paths import resources_dir
    from lusgui.core.annotation import PlaneKey
    from lusgui.session.session import Session
    from training.dataset import load_ribs

    sets = (resources_dir() / "datasets" / name for name in ("ribs", "ribs_more"))
    drawn = [one for each in sets for one in load_ribs(each) if one.group == GROUP]
    drawn = [one for one in drawn if one.masks["rib"].any()]
    shape = Counter(one.frame.shape for one in drawn).most_common(1)[0][0]
    drawn = sorted((one for one in drawn if one.frame.shape == shape), key=lambda one: one.name)
    clip, study = folder / "clip.tif", folder / "ribs.lusgui"
    tifffile.imwrite(clip, np.stack([one.frame for one in drawn]))
    session = Session()
    session.new_study(study)
    (recording_id,) = session.add_recordings([clip])
    for frame in range(0, MASKS * (len(drawn) // MASKS), len(drawn) // MASKS):
        key = PlaneKey(recording_id, frame, "rib")
        session.push_masks("Drawn", {key: drawn[frame].masks["rib"]})
        session.accept(key)
    session.close_study()
    return study


def draw(app: App, folder: Path) -> None:
    """Start a run in a window, and draw it with what comes of it; closes the window."""
    from PySide6.QtCore import QTimer

    window, desk = app.window, app.window.learning
    has_gone_on = [False]

    def begin() -> None:
        desk.show()
        window.actions_by_id["learn.start"].trigger()

    def look() -> None:
        session = app.session
        if not has_gone_on[0] and desk.toast.isVisible():
            has_gone_on[0] = True
            window.actions_by_id["learn.next"].trigger()
        key = session.key()
        if has_gone_on[0] and key is not None and session.model_mask(key) is not None:
            clock.stop()
            QTimer.singleShot(SETTLE_MS, take)

    def take() -> None:
        window.grab().save(str(folder / NAMES[0]), "PNG")
        desk.show_changes()
        if desk.gallery is not None:
            desk.gallery.resize(*GALLERY_SIZE)
        QTimer.singleShot(SETTLE_MS, take_gallery)

    def take_gallery() -> None:
        if desk.gallery is not None:
            desk.gallery.grab().save(str(folder / NAMES[1]), "PNG")
        window.close()

    clock = QTimer(window)
    clock.timeout.connect(look)
    clock.start(200)
    QTimer.singleShot(LONGEST_MS, window.close)
    QTimer.singleShot(SETTLE_MS, begin)


def main() -> int:
    """Draw into the folder that is named; return 0 if both pictures are there."""
    from PySide6.QtCore import QTimer

    from lusgui.app import App, parse

    folder = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory() as made:
        study = make_study(Path(made))
        size = f"{SIZE[0]}x{SIZE[1]}"
        app = App(parse(["--study", str(study), "--label", "rib", "--theme", "dark", "--size", size]))
        before = [path.stat().st_mtime_ns for name in NAMES if (path := folder / name).exists()]
        QTimer.singleShot(0, lambda: draw(app, folder))
        app.run()
        after = [path.stat().st_mtime_ns for name in NAMES if (path := folder / name).exists()]
    return 0 if len(after) == len(NAMES) and after != before else 1


if __name__ == "__main__":
    sys.exit(main())
