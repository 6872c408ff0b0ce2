"""Keys for hands that learnt another program: what differs from the table of commands.

A preset takes its keys away from whoever has them in the table; commands that it does not name keep the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PRESET = "lusgui"

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    DEFAULT_PRESET: {},
    # The habits of AnnotateUltrasound (https://github.com/SlicerUltrasound/SlicerUltrasound): one key to add
    # and one to remove for each of two structures, A saves and goes on.
    "Slicer ultrasound": {
        "label.paint1": ("W",),
        "label.paint2": ("S",),
        "label.erase1": ("E",),
        "label.erase2": ("D",),
        "frame.accept_next": ("A", "V"),
        "view.swap_style": ("L", "O"),
        "tool.eraser": ("Shift+B",),
        "tool.click": ("Alt+S",),
        "view.all_labels": ("Shift+L",),
        "tool.livewire": ("Alt+W",),
    },
    # CVAT's default shortcuts (https://github.com/cvat-ai/cvat, shortcuts-reducer.ts): D and F step, C and V
    # step further, Space plays, K is a key frame, Ctrl+B carries on, L locks, H hides, F2 opens the settings.
    "CVAT": {
        "frame.next": ("F", "Right"),
        "frame.previous": ("D", "Left"),
        "frame.next10": ("V", "Ctrl+Right"),
        "frame.previous10": ("C", "Ctrl+Left"),
        "cine.play": ("Space",),
        "time.propagate": ("Ctrl+B", "Ctrl+P"),
        "view.overlay": ("H",),
        "view.peek": ("Shift+H",),
        "mask.lock": ("L",),
        "view.all_labels": ("Shift+L",),
        "app.settings": ("F2", "Ctrl+,"),
        "app.keys": ("Shift+F2",),
        "frame.accept_next": ("Shift+Space",),
        "tool.lasso": ("Alt+S",),
    },
    # napari's keys of a labels layer (https://github.com/napari/napari, utils/shortcuts.py): P paints, E
    # erases, F fills, Z moves the picture, V shows and hides, X and the brackets as here, Ctrl+R shows all.
    "napari": {
        "tool.brush": ("P", "B"),
        "tool.wand": ("F", "I"),
        "tool.pan": ("Z", "M"),
        "view.overlay": ("V", "Space"),
        "view.fit": ("Ctrl+R", "Ctrl+F"),
        "help.keys": ("?", "F1", "Ctrl+Alt+/"),
        "frame.accept_next": ("Shift+Space",),
        "tool.polygon": ("Shift+P",),
        "tool.lasso": ("Shift+L",),
        "view.wipe": ("Alt+Z",),
        "model.segment_recording": ("Ctrl+Shift+L",),
    },
}
"""Name of a preset -> id of a command -> its keys."""
