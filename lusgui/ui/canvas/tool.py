"""What every tool of the canvas can be told, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from lusgui.core.shape_raster import ShapeMode
    from lusgui.ui.canvas.view import CanvasView


@dataclass(frozen=True)
class Pointer:
    """Mouse or pen over the frame.

    Parameters
    ----------
    row, col : float
        Continuous position in the frame; the centre of pixel (0, 0) is (0.5, 0.5).
    pressure : float
        Pen pressure in (0, 1]; 1 for a mouse.
    alt, shift, ctrl : bool
        Modifier keys held down.
    pen_eraser : bool
        Whether the pen is turned around.
    """

    row: float
    col: float
    pressure: float = 1.0
    alt: bool = False
    shift: bool = False
    ctrl: bool = False
    pen_eraser: bool = False


class CanvasTool:
    """A tool does nothing until it is told otherwise; each real one overrides what it needs.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    """

    takes_double_click = False
    """Whether a quick second press is a press like any other."""
    is_whole_at_any_time = False
    """Whether a gesture that is cut short by another frame is worth keeping, on the frame it began on."""

    @property
    def cursor(self) -> Qt.CursorShape:
        """The mouse cursor over the canvas, now."""
        return Qt.CursorShape.ArrowCursor

    @property
    def sign(self) -> ShapeMode | None:
        """What a press would do to the mask, beside the mouse cursor; None where nothing needs to be said."""
        return None

    @property
    def takes_outside(self) -> bool:
        """Whether it is one outside the image, too; there it fits the frame otherwise."""
        return False

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas

    @property
    def is_drawing(self) -> bool:
        """Whether a gesture is under way that belongs to the frame on screen."""
        return False

    def press(self, pointer: Pointer) -> None:
        """Begin a gesture with the left button or the pen's tip."""

    def move(self, pointer: Pointer) -> None:
        """Go on with the gesture."""

    def release(self, pointer: Pointer) -> None:
        """Finish the gesture."""

    def right_click(self, pointer: Pointer) -> bool:
        """Learn that the right button was pressed and let go without moving; say whether it was used."""
        return False

    def wheel(self, steps: float) -> bool:
        """Learn that the wheel was turned; say whether it was used, so that nothing is zoomed."""
        return False

    def hover(self, pointer: Pointer) -> None:
        """Follow the pointer with no button down."""

    def cancel(self) -> None:
        """Give the gesture up and leave everything as it was."""

    def leave(self) -> None:
        """Learn that the pointer has left the canvas."""

    def activate(self) -> None:
        """Become the tool in use."""

    def deactivate(self) -> None:
        """Make room for another tool."""
        self.cancel()
