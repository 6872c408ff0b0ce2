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
}
"""Name of a preset -> id of a command -> its keys."""
