"""What a random walk does: plain steps drawn from a seed, so that it can be walked again, and shortened."""

from __future__ import annotations

import random

from lusgui.session.commands import COMMANDS
from lusgui.session.view_state import OverlayStyle

LABELS = ("Organ", "Shadow", "Vessel")
BUTTONS = ("left", "right", "middle")
MODIFIERS = ("", "alt", "shift", "ctrl", "alt+shift")
LEFT_OUT = (
    *("file.", "study.", "masks.", "app.", "learn.", "model.", "help.guide", "label.add", "recording.re"),
    *("measure.export", "measure.guide", "review.", "worklist.", "view.theme", "label.manage"),
)
"""Begin the ids of commands that lead out of the study or take long."""
IDS = tuple(
    command.id
    for command in COMMANDS
    if not command.id.startswith(LEFT_OUT) or command.id in ("review.flag", "app.keys")
)
CHORDS = tuple(keys for command in COMMANDS if command.id in IDS for keys in command.keys)
TOOL_IDS = tuple(command.id for command in COMMANDS if command.id.startswith("tool."))


class Broken(AssertionError):
    """Something that must hold does not."""


def draw_steps(seed, number):
    """Return steps, each a tuple of a word and plain values; the same for the same seed."""
    dice = random.Random(seed)
    steps = []
    while len(steps) < number:
        steps += _some(dice)
    return steps[:number]


def _spot(dice):
    """Return a place: of the frame mostly, else of the canvas, beyond its edges too, or of the window."""
    where = dice.choices(("frame", "canvas", "window"), (84, 12, 4))[0]
    if where == "frame" and dice.random() < 0.7:
        return where, round(dice.gauss(0.5, 0.15), 3), round(dice.gauss(0.45, 0.15), 3)  # where things are
    room = 0.02 if where == "frame" else 0.08
    return where, round(dice.uniform(-room, 1 + room), 3), round(dice.uniform(-room, 1 + room), 3)


def _near(dice, spot):
    where, across, down = spot
    return where, round(across + dice.gauss(0, 0.12), 3), round(down + dice.gauss(0, 0.12), 3)


def _held(dice):
    return dice.choices(MODIFIERS, (70, 9, 9, 7, 5))[0]


def _button(dice):
    return dice.choices(BUTTONS, (86, 9, 5))[0]


def _drag(dice):
    """A gesture, in the middle of which anything may happen."""
    button, held, at = _button(dice), _held(dice), _spot(dice)
    steps = [("move", at, held), ("press", at, button, held)]
    for _ in range(dice.randrange(1, 7)):
        at = _near(dice, at)
        steps.append(("move", at, held))
        if dice.random() < 0.12:
            steps += _odd(dice)
    if dice.random() < 0.95:
        steps.append(("release", at, button, held))
    return steps


def _clicks(dice):
    at, held = _spot(dice), _held(dice)
    steps = []
    for _ in range(dice.randrange(1, 7)):
        button = _button(dice)
        steps += [("move", at, held), ("press", at, button, held), ("release", at, button, held)]
        if dice.random() < 0.1:
            steps += [("double", at, button, held), ("release", at, button, held)]
        at = _near(dice, at) if dice.random() < 0.85 else at
    return steps


def _pen(dice):
    at, turned = _spot(dice), dice.random() < 0.3
    steps = [("pen", "down", at, dice.random(), turned)]
    for _ in range(dice.randrange(1, 5)):
        at = _near(dice, at)
        steps.append(("pen", "move", at, dice.random(), turned))
    return [*steps, ("pen", "up", at, 0.0, turned)]


def _odd(dice):
    """Something that is not drawing."""
    kind = dice.choices(
        (
            *("command", "chord", "step", "wheel", "wait", "resize", "lock", "limit", "predict", "answer"),
            *("view", "label", "leave", "text", "dialog", "reopen", "all back", "tidy", "hold", "spacing"),
            "rename",
        ),
        (16, 18, 8, 4, 6, 2, 3, 4, 3, 9, 4, 6, 2, 1, 6, 1, 2, 2, 4, 1, 1),
    )[0]
    if kind == "command":
        return [("command", dice.choice(IDS))]
    if kind == "chord":
        likely = ("Ctrl+Z", "Ctrl+Shift+Z", "Return", "Esc", "Backspace", "Ctrl+Z", "Return", "Del")
        return [("chord", dice.choice(likely if dice.random() < 0.5 else CHORDS))]
    if kind == "hold":
        steps = [("key down", dice.choice("BEFPWIJSRMQ")), *_drag(dice)]
        return [*steps, ("key up", steps[0][1])]
    values = {
        "step": (dice.choice((-1, 1, 1, 2)),),
        "wheel": (_spot(dice), dice.choice((-2, -1, 1, 2)), _held(dice)),
        "wait": (dice.choice((0, 0, 20, 80)),),
        "resize": (dice.randrange(900, 1500), dice.randrange(620, 1000)),
        "lock": (dice.randrange(len(LABELS)),),
        "limit": (dice.randrange(6), round(dice.random(), 2), round(dice.random(), 2)),
        "predict": (dice.randrange(1000), dice.randrange(len(LABELS))),
        "answer": (dice.choices(("disc", "nothing", "lost"), (8, 1, 1))[0],),
        "view": (dice.choice(_VIEWS),),
        "label": (dice.randrange(len(LABELS)),),
        "text": (dice.choice((0.8, 1.0, 1.5)),),
        "dialog": (dice.choice(("escape", "return", "tab", "words")),),
        "spacing": (dice.choice((0.2, 0.5, 1.0)), dice.choice((0.2, 0.6, 1.0))),
        "rename": (dice.randrange(len(LABELS)), dice.choice(("#CC79A7", "#F0E442", "#56B4E9"))),
    }
    return [(kind, *values.get(kind, ()))]


_VIEWS = tuple(
    [("overlay_style", str(style)) for style in OverlayStyle]
    + [
        (name, value)
        for name in ("overlay_visible", "model_visible", "all_labels")
        for value in (False, True)
    ]
    + [(name, value) for name in ("show_raw", "outline_strokes", "click_negative") for value in (False, True)]
    + [("threshold_low", 0.2), ("threshold_low", 0.0), ("threshold", 0.3), ("threshold", 0.8)]
    + [("brush_size_mm", 0.5), ("brush_size_mm", 6.0), ("uncertainty_visible", True)]
    + [("coherence_visible", True), ("colormap", "inferno"), ("opacity", 0.9), ("erase", True)]
)


def _some(dice):
    kind = dice.choices(("tool", "drag", "clicks", "pen", "odd", "mask"), (18, 34, 18, 5, 22, 7))[0]
    if kind == "tool":
        return [("command", dice.choice(TOOL_IDS))]
    if kind == "mask":
        return [("command", dice.choice([name for name in IDS if name.startswith(("mask.", "time."))]))]
    return {"drag": _drag, "clicks": _clicks, "pen": _pen, "odd": _odd}[kind](dice)


def shortened(steps, fails, most=200):
    """Return a shorter list of steps that still fails, by leaving out parts (delta debugging)."""
    size, tries = max(len(steps) // 2, 1), 0
    while tries < most:
        start, is_shorter = 0, False
        while start < len(steps) and tries < most:
            fewer = steps[:start] + steps[start + size :]
            tries += 1
            if fewer and fails(fewer):
                steps, is_shorter = fewer, True
            else:
                start += size
        if size == 1 and not is_shorter:
            break
        size = max(size // 2, 1)
    return steps
