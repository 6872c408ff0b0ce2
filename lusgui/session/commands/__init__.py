"""Every command: id, title, keys, when it can be used, what it does. The one place for shortcuts."""

from __future__ import annotations

from lusgui.session.commands import (
    access,
    click,
    draw,
    edit,
    files,
    frame,
    help_menu,
    learn,
    mask,
    measure,
    model,
    review,
    see,
    shape,
    time,
    view,
)
from lusgui.session.commands.command import Command

__all__ = ["COMMANDS", "GROUPS", "POINTER_HINTS", "Command"]

COMMANDS: tuple[Command, ...] = (
    *files.commands(),
    *edit.commands(),
    *frame.commands(),
    *time.commands(),
    *draw.commands(),
    *click.commands(),
    *shape.commands(),
    *mask.commands(),
    *measure.commands(),
    *view.commands(),
    *see.commands(),
    *model.commands(),
    *learn.commands(),
    *review.commands(),
    *access.commands(),
    *help_menu.commands(),
)
GROUPS = (
    "File",
    "Edit",
    "Frame",
    "Time",
    "Draw",
    "Mask",
    "Measure",
    "View",
    "Model",
    "Learn",
    "Review",
    "Help",
)
POINTER_HINTS = (
    ("Left button", "Use the tool"),
    ("Alt while painting", "Erase (or paint, with the eraser)"),
    ("Right drag, Ctrl+drag", "Contrast and brightness"),
    ("Ctrl+click", "Delete one piece of your mask, a centre point or a box"),
    ("Shift+click with the centre point", "Mark this frame and go to the next"),
    ("Middle drag, Space+drag", "Move the picture"),
    ("Wheel", "Zoom to the pointer"),
    ("Shift+wheel", "Size of the brush"),
    ("Double-click outside the image", "Fit to window"),
    ("Right click while clicking to segment", "Take away ({key:click.sign} swaps, Alt while held)"),
    ("Drag, Shift+drag while clicking to segment", "A box around the structure, a scribble over it"),
    ("Ctrl+click, right click with the callipers", "Delete a calliper"),
    ("Click with polygon or live-wire", "A corner; again on the last one, or on the first, finishes"),
    ("Alt, Shift at the first press of a shape", "Take away, or keep only what lies inside"),
    ("Right click on a corner of a shape", "Take that corner away"),
    ("Esc", "Give the stroke, or the clicks, up"),
)
"""What the pointer does on the canvas, for the shortcut sheet."""
