"""Anything at any moment: random walks in the real window, after each step of which all still holds.

Longer: ``LUSGUI_WALK_SEEDS=1:200 LUSGUI_WALK_STEPS=400 pytest tests/e2e/test_random_walk.py``. One that
fails is walked again with fewer and fewer steps where ``LUSGUI_WALK_SHORTEN=1``; the steps are printed. With
``LUSGUI_WALK_MODELS=1`` the real models answer, in their own processes and time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parent))

from walk_hand import FakeClicks
from walk_kit import Walk
from walk_steps import LABELS, Broken, draw_steps, shortened

from lusgui.io.study import Study

FIRST, _, LAST = os.environ.get("LUSGUI_WALK_SEEDS", "1:4").partition(":")
STEPS = int(os.environ.get("LUSGUI_WALK_STEPS", "120"))


def write_clips(folder):
    """Write a clip of bright blobs and a smaller one of another shape."""
    folder.mkdir()
    noise = np.random.default_rng(3)
    for name, frames, rows, cols in (("long", 4, 60, 44), ("wide", 2, 36, 70)):
        down, right = np.ogrid[:rows, :cols]
        clip = np.empty((frames, rows, cols), np.uint8)
        for number in range(frames):
            bright = ((down - 0.4 * rows - number) / 9) ** 2 + ((right - 0.5 * cols) / 13) ** 2 <= 1
            clip[number] = np.clip(
                np.where(bright, 180, 60) * noise.rayleigh(0.8, (rows, cols)) ** 0.3, 0, 255
            )
        tifffile.imwrite(folder / f"{name}.tif", clip, photometric="minisblack")
    return folder


@pytest.fixture
def walk_of(qapp, qtbot, tmp_path, monkeypatch):
    """Return a function that walks steps in a program of its own and says what broke, or None."""
    from lusgui.app import App, parse

    if not os.environ.get("LUSGUI_WALK_MODELS"):
        monkeypatch.setattr("lusgui.runtime.live.LiveSegmentation.choose_default_models", lambda self: None)
        monkeypatch.setattr("lusgui.runtime.live_clicks.ClickClient", FakeClicks)
    number = 0

    def walk(steps):
        nonlocal number
        number += 1
        folder = write_clips(tmp_path / f"clinic{number}")
        with monkeypatch.context() as patch:
            app = App(parse(["--label", "organ", "--study", str(folder / "walk.lusgui"), str(folder)]))
            app.window.resize(1280, 860)
            app.window.show()
            app.open_what_was_named()
            walking, listening = None, lambda: None
            try:
                for name in LABELS:
                    app.session.add_label(name)
                walking = Walk(app, patch)
                listening = walking.listen()
                walking.settle()
                return walked(walking, steps)
            finally:
                listening()
                app.session.shapes.forget_all()
                app.session.clicking.forget_all()
                app.session.times.drop_everything()
                app.window.close()
                app.shut_down()
                app.window.deleteLater()
                QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    return walk


def walked(walking, steps):
    """Walk; return what broke and how far it went, or None."""
    path, done = walking.session.study_path, 0
    try:
        for step in steps:
            walking.do(step)
            done += 1
        for step in (("tidy",), ("all back",)):
            walking.do(step)
        kept = walking.close()
        study = Study.open(path)
        wrong = [key for key, mask in kept.items() if not _is_alike(study.mask(key), mask)]
        study.close()
        if wrong:
            raise Broken(f"the study has other masks than were on screen: {wrong}")
    except Broken as broken:
        return f"{broken}\nafter {steps[done] if done < len(steps) else 'all steps'}", done
    return None


def _is_alike(stored, mask):
    return not mask.any() if stored is None else np.array_equal(stored, mask)


@pytest.mark.qt_log_ignore("This plugin does not support", "QDBusError")
@pytest.mark.parametrize("seed", range(int(FIRST), int(LAST or FIRST) + 1))
def test_whatever_is_done_nothing_is_lost_and_nothing_left(walk_of, seed):
    steps = draw_steps(seed, STEPS)
    broken = walk_of(steps)
    if broken is None:
        return
    words, done = broken
    steps = steps[: done + 1]
    if os.environ.get("LUSGUI_WALK_SHORTEN"):
        steps = shortened(steps, lambda fewer: walk_of(fewer) is not None)
        words = (walk_of(steps) or broken)[0]
    pytest.fail(f"seed {seed}: {words}\n" + "\n".join(map(str, steps[-60:])))
