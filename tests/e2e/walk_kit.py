"""What must hold after each step of a random walk in the real window, whatever was done."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import Qt, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from walk_hand import Hand
from walk_steps import Broken

from lusgui.core.annotation import PlaneKey
from lusgui.session.painting_guard import Where
from lusgui.session.view_state import Tool

OF_A_GESTURE = ("Brush", "Eraser", "Lasso", "Smooth brush", "Magic wand", "Fill")
"""Names of edits that belong to one press of the button."""
LIMITED = (*OF_A_GESTURE, "Polygon", "Live-wire", "Grow", "Shrink", "Smooth", "Fill holes")


ROUNDING = 16
"""So many pixels may differ: corners of lines that were drawn in parts."""


def _differing(one, other):
    """Return in how many pixels two pictures of one size differ."""
    pictures = [image.convertToFormat(QImage.Format.Format_RGB32) for image in (one, other)]
    size = pictures[0].height(), pictures[0].bytesPerLine() // 4
    pixels = [np.frombuffer(picture.constBits(), np.uint32).reshape(size) for picture in pictures]
    return int((pixels[0] != pixels[1]).sum())


@dataclass
class Pushed:
    """An edit as it reached the masks, and what was known at that moment."""

    edit: object
    is_undo: bool
    allowed: dict = field(default_factory=dict)


class Walk(Hand):
    """Walks in a running program.

    Parameters
    ----------
    app : App
        With recordings open, all labels there, nothing drawn.
    monkeypatch : MonkeyPatch
        Of the walk: edits are watched while it lasts.
    """

    def __init__(self, app, monkeypatch):
        super().__init__(app)
        self.troubles, self.log = [], []
        self._watch(monkeypatch)
        self.session.problem_reported.connect(self._problem)
        self.shadow = self.masks()

    def do(self, step):
        """Do one step and see whether all still holds."""
        self.log.clear()
        locked = self.session.locks.labels
        self.do_step_of(step)
        self.check(step[0], locked & self.session.locks.labels)

    # watching

    def _watch(self, monkeypatch):
        from lusgui.session.masks import Masks

        walk = self

        def watched(name):
            original = getattr(Masks, name)

            def call(masks, *words):
                allowed = {}
                if name == "push":
                    allowed = {patch.key: walk.allowed(patch.key) for patch in words[0].patches}
                answer = original(masks, *words)
                edit = answer[0] if name == "push" else answer
                if edit is not None:
                    walk.log.append(Pushed(edit, name == "undo", allowed))
                return answer

            monkeypatch.setattr(Masks, name, call)

        for name in ("push", "undo", "redo"):
            watched(name)
        monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: self._raised(error, trace))

    def _raised(self, error, trace):
        self.troubles.append("".join(traceback.format_exception(type(error), error, trace)))

    def _problem(self, problem):
        if problem.title == "Something unexpected happened" or problem.details:
            self.troubles.append(f"{problem.title}: {problem.details}")

    def listen(self):
        """Hear what Qt says; return what gives its former listener back."""

        def heard(kind, context, text):
            is_bad = kind.name in ("QtWarningMsg", "QtCriticalMsg", "QtFatalMsg")
            if is_bad and "This plugin does not support" not in text and "QDBusError" not in text:
                self.troubles.append(f"Qt: {text}")

        before = qInstallMessageHandler(heard)
        return lambda: qInstallMessageHandler(before)

    # larger things

    def do_all_back(self):
        """Undo to the beginning gives what was there then; redo gives what was there now."""
        if self.buttons:
            return
        session, locks = self.session, self.session.locks
        for label in list(locks.labels):
            locks.set_locked(label, False)
        session.moving.finish()
        now, count = self.masks(), 0
        while session.can_undo:
            if session.undo() is None:
                raise Broken(f"undo of {session.undo_name!r} did nothing")
            count += 1
        left = {key: mask.sum() for key, mask in self.masks().items() if mask.any()}
        if left:
            raise Broken(f"masks are left after undoing all: {left}")
        for _ in range(count):
            if session.redo() is None:
                raise Broken("redo did nothing")
        self._same(self.masks(), now, "after undoing and redoing all")

    def do_tidy(self):
        """Give everything up that is not in the study: nothing of it may be left on the canvas."""
        self.let_go()
        session = self.session
        if self.window.timeline.is_playing:
            self.window.timeline.toggle_play()
        if not self.window.presenter.is_up_to_date:
            self.settle()
        for _ in range(4):
            QTest.keyClick(self.canvas, Qt.Key.Key_Escape)
        if session.shaping.shape is not None:
            raise Broken(f"Escape leaves a {session.shaping.shape.name} open")
        if self.canvas.gestures.is_dragging or session.is_stroke_open:
            raise Broken("a gesture goes on without a button")
        session.shapes.forget_all()
        session.clicking.forget_all()
        session.times.drop_everything()
        session.view.tool = Tool.PAN
        self.do_leave()
        self.settle()
        before = self.viewport.grab().toImage()
        here = session.place
        row = session.row(here[0])
        session.go_to(here[0], (here[1] + 1) % row.frames)
        self.settle()
        session.go_to(*here)
        self.settle()
        self.do_leave()
        after = self.viewport.grab().toImage()
        if before.size() == after.size() and _differing(before, after) > ROUNDING:
            before.save("/tmp/walk_before.png")
            after.save("/tmp/walk_after.png")
            raise Broken("something was left on the canvas (/tmp/walk_before.png, /tmp/walk_after.png)")

    def close(self):
        """Close the window as a person does, dropping what is not in the study; return the masks."""
        self.let_go()
        for _ in range(6):
            self.session.moving.finish()
            kept = self.masks()
            self.window.close()
            QTest.qWait(0)
            if not self.session.is_open:
                break
            for box in self.window.findChildren(QMessageBox):
                if box.isVisible():
                    next(each for each in box.buttons() if "Drop" in each.text()).click()
            QTest.qWait(0)
        if self.session.is_open:
            raise Broken("the window does not close")
        return kept

    # what must hold

    def masks(self):
        """Return a copy of every mask of the study."""
        found = {}
        for row in self.session.recording_rows():
            for frame in range(row.frames):
                for label in self.labels:
                    key = PlaneKey(row.id, frame, label)
                    found[key] = np.array(self.session.mask(key))
        return found

    def _same(self, one, other, when):
        wrong = [key for key in other if not np.array_equal(one[key], other[key])]
        if wrong:
            raise Broken(f"masks differ {when}: {wrong}")

    def allowed(self, key):
        """Return where the limits let this plane be painted, found anew; None without limits."""
        guard, presenter = self.session.guard, self.window.presenter
        if not guard.is_on or not guard.has_limits:
            return None
        allowed = np.ones(self.session.mask(key).shape, bool)
        low, high = guard.range
        if (low, high) != (0.0, 1.0):
            if presenter.shown != (key.recording_id, key.frame):
                return np.zeros_like(allowed)
            allowed &= (presenter.despeckled >= low) & (presenter.despeckled <= high)
        where, other = guard.where
        for label in [other] if other else self.labels:
            if label != key.label and where is not Where.ANYWHERE:
                mask = self.session.mask(PlaneKey(key.recording_id, key.frame, label))
                allowed &= mask if where is Where.INSIDE else ~mask
        return allowed

    def check(self, word, locked):
        """Raise `Broken` if something does not hold after a step."""
        if self.troubles:
            raise Broken("\n".join(self.troubles))
        if self.session.study_path is None:
            raise Broken("the study is gone")
        found = self.masks()
        expected = {key: self.shadow.get(key, np.zeros_like(mask)).copy() for key, mask in found.items()}
        for pushed in self.log:
            edit = pushed.edit
            if not edit.name:
                raise Broken("an edit without a name")
            for patch in edit.patches:
                expected[patch.key][patch.box.slices] ^= patch.flipped
            self._check_edit(word, pushed, locked)
        self._same(found, expected, f"from what the edits say after {word}")
        self.shadow = found
        if word in ("move", "wheel", "wait", "resize", "leave", "text", "predict", "view") and self.log:
            raise Broken(f"{word} changed a mask: {[pushed.edit.title for pushed in self.log]}")
        if word in ("press", "release", "double") and len(self.log) > 1:
            raise Broken(f"{word} made {[pushed.edit.title for pushed in self.log]}")
        self._check_screen(word)

    def _check_edit(self, word, pushed, locked):
        edit, name = pushed.edit, pushed.edit.name
        if locked & {key.label for key in edit.planes} and word != "all back":
            raise Broken(f"{edit.title} changed a locked label")
        if word in ("release", "pen") and name.startswith(OF_A_GESTURE):
            shown, label = self.gesture
            if {(key.recording_id, key.frame) for key in edit.planes} != {shown}:
                raise Broken(f"{edit.title} is not of the frame on which its gesture began ({shown})")
            if {key.label for key in edit.planes} != {label}:
                raise Broken(f"{edit.title} is not of the label with which its gesture began ({label})")
        if name.startswith(LIMITED) and not pushed.is_undo:
            for patch in edit.patches:
                allowed = pushed.allowed.get(patch.key)
                if allowed is not None and (patch.flipped & ~allowed[patch.box.slices]).any():
                    raise Broken(f"{edit.title} painted outside the limits")

    def _check_screen(self, word):
        gestures, session = self.canvas.gestures, self.session
        if not self.buttons and not self.pen_is_down and gestures.is_dragging and word in ("release", "tidy"):
            raise Broken("a gesture goes on without a button")
        if session.is_stroke_open and not gestures.is_dragging:
            raise Broken("a stroke counts as open although none is under way")
        shown = self.window.presenter.shown
        if shown is None or gestures.tool.is_drawing or session.moving.piece is not None:
            return
        for label in self.labels:
            overlay = self.window.presenter.overlay_of(label)
            key = PlaneKey(*shown, label)
            if not np.array_equal(overlay._codes.astype(bool), session.mask(key)):
                raise Broken(f"the screen shows another mask of {key} than there is")
