"""From mouse, pen and wheel events to what they mean: a tool's gesture, pan, window and level, zoom."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QPointingDevice

from lusgui.base.translate import tr
from lusgui.ui.canvas.signed_cursor import signed_cross
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QTabletEvent, QWheelEvent

    from lusgui.core.shape_raster import ShapeMode
    from lusgui.ui.canvas.view import CanvasView

CLICK_SLACK = 4.0
"""Screen pixels a click may wander before it is a drag."""
WINDOW_LEVEL_PER_PIXEL = 1 / 400


class Drag(Enum):
    """What a button held down is doing."""

    NONE = auto()
    TOOL = auto()
    PAN = auto()
    WINDOW_LEVEL = auto()


class Gestures:
    """Decides what a drag is when it begins and keeps to it until it ends.

    Left: the tool; with Space held, pan; with Ctrl, window and level (a Ctrl+click that does not move
    picks a component). Middle: pan. Right: window and level; without moving, the tool's own business.
    Wheel: zoom; with Shift the brush.

    Parameters
    ----------
    canvas : CanvasView
        Where the events come from.
    """

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._tool = CanvasTool(canvas)
        self._drag = Drag.NONE
        self._is_stroke_told = self._is_drawing_told = False
        self._button = Qt.MouseButton.NoButton
        self._start = QPointF()
        self._last = QPointF()
        self._wandered = False
        self._ctrl_click = False
        self._last_pointer = Pointer(0.0, 0.0)
        self._is_over = False
        self._pen_is_down = False
        self._shown_cursor: tuple[Qt.CursorShape, ShapeMode | None] | None = None
        self.space_is_held = False
        self.panned_with_space = False

    @property
    def tool(self) -> CanvasTool:
        """The tool in use."""
        return self._tool

    @property
    def is_dragging(self) -> bool:
        """Whether a gesture is under way."""
        return self._drag is not Drag.NONE

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where in the frame (row, column) the pointer is, or None where it is elsewhere."""
        at = (self._last_pointer.row, self._last_pointer.col)
        return at if self._is_over and self._canvas.is_inside(*at) else None

    def set_tool(self, tool: CanvasTool) -> None:
        """Put one tool away and take another."""
        if tool is self._tool:
            return
        if self._drag is Drag.TOOL:
            self._drag = Drag.NONE
        self._tool.deactivate()
        self._tell_stroke()
        self._tool = tool
        tool.activate()
        self.show_cursor()

    def set_space_held(self, held: bool) -> bool:
        """Notice Space, which makes the left button pan; when let go, say whether it has."""
        has_panned = self.panned_with_space
        self.space_is_held, self.panned_with_space = held, False
        self.show_cursor()
        return has_panned

    def show_cursor(self) -> None:
        """Show the mouse cursor that says what a press would do."""
        if self._drag is Drag.PAN:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self.space_is_held:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._drag is Drag.WINDOW_LEVEL:
            shape = Qt.CursorShape.SizeAllCursor
        else:
            shape, sign = self._shown_cursor = self._tool.cursor, self._tool.sign
            if sign is not None:
                self._canvas.viewport().setCursor(signed_cross(sign, self._canvas.devicePixelRatioF()))
                return
        self._canvas.viewport().setCursor(shape)

    def show_sign(self, *_: object) -> None:
        """Let the mouse cursor follow what a press would do now."""
        if (self._tool.cursor, self._tool.sign) != self._shown_cursor:
            self.show_cursor()

    # --- mouse ---------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """Decide what this drag is."""
        event.accept()
        if self._drag is not Drag.NONE or not self._canvas.has_frame:
            return
        self._start = self._last = event.position()
        self._wandered = self._ctrl_click = False
        self._button = event.button()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._button == Qt.MouseButton.MiddleButton or (
            self._button == Qt.MouseButton.LeftButton and self.space_is_held
        ):
            self._drag = Drag.PAN
            self.panned_with_space = self.space_is_held
        elif self._button == Qt.MouseButton.RightButton or ctrl:
            self._drag = Drag.WINDOW_LEVEL
            self._ctrl_click = ctrl and self._button == Qt.MouseButton.LeftButton
        elif self._button == Qt.MouseButton.LeftButton:
            self._drag = Drag.TOOL
            self._tell_stroke()
            self._tool.press(self._pointer(event))
            self._tell_drawing()
        self.show_cursor()

    def double_click(self, event: QMouseEvent) -> None:
        """Fit the frame, unless the tool dabs."""
        row, col = self._canvas.to_frame(event.position())
        is_left = event.button() == Qt.MouseButton.LeftButton
        is_for_tool = self._canvas.is_inside(row, col) or self._tool.takes_outside
        if is_left and not (self._tool.takes_double_click and is_for_tool):
            event.accept()
            self._canvas.fit()
        else:
            self.press(event)

    def move(self, event: QMouseEvent) -> None:
        """Go on with the drag, or hover."""
        event.accept()
        if self._pen_is_down:
            return
        position = event.position()
        delta = position - self._last
        self._last = position
        pointer = self._pointer(event)
        if (position - self._start).manhattanLength() > CLICK_SLACK:
            self._wandered = True
        if self._drag is Drag.TOOL:
            self._tool.move(pointer)
        elif self._drag is Drag.PAN:
            self._canvas.pan(delta.x(), delta.y())
        elif self._drag is Drag.WINDOW_LEVEL:
            if self._wandered:
                self._canvas.window_level_dragged.emit(
                    delta.x() * WINDOW_LEVEL_PER_PIXEL, -delta.y() * WINDOW_LEVEL_PER_PIXEL
                )
        else:
            self._tool.hover(pointer)
        self.show_sign()
        self._canvas.pointer_moved.emit(pointer.row, pointer.col)

    def release(self, event: QMouseEvent) -> None:
        """End the drag that this button began."""
        event.accept()
        if event.button() != self._button or self._drag is Drag.NONE:
            return
        ended, self._drag = self._drag, Drag.NONE
        pointer = self._pointer(event)
        if ended is Drag.TOOL:
            self._tool.release(pointer)
            self._tell_stroke()
        elif ended is Drag.WINDOW_LEVEL and not self._wandered:
            if self._ctrl_click:
                self._canvas.component_clicked.emit(pointer.row, pointer.col)
            elif self._button == Qt.MouseButton.RightButton:
                self._tool.right_click(pointer)
        self.show_cursor()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom to the pointer; size the brush with Shift."""
        event.accept()
        # Some systems turn Shift+wheel into a horizontal wheel.
        steps = (event.angleDelta().y() or event.angleDelta().x()) / 120.0
        if steps and self._tool.wheel(steps):
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if steps:
                self._canvas.brush_size_wheeled.emit(1 if steps > 0 else -1)
            return
        self._canvas.zoom(1.25**steps, event.position())
        pointer = self._at(event.position(), event.modifiers())
        self._canvas.pointer_moved.emit(pointer.row, pointer.col)

    # --- pen -----------------------------------------------------------------------------------

    def tablet(self, event: QTabletEvent) -> None:
        """Treat the pen's tip as the left button with pressure; its other end erases.

        What a mouse does with Space, Ctrl or another button the pen does too: Qt makes mouse events of what
        is left to it here.
        """
        if self._is_for_the_mouse(event):
            event.ignore()
            return
        event.accept()
        if not self._canvas.has_frame:
            return
        turned = event.pointerType() == QPointingDevice.PointerType.Eraser
        pressure = event.pressure() if event.pressure() > 0 else 1.0
        pointer = self._at(event.position(), event.modifiers(), pressure, turned)
        kind = event.type()
        if kind == QEvent.Type.TabletPress and event.button() == Qt.MouseButton.LeftButton:
            self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
            self._pen_is_down, self._drag = True, Drag.TOOL
            self._button = Qt.MouseButton.NoButton
            self._tell_stroke()
            self._tool.press(pointer)
            self._tell_drawing()
        elif kind == QEvent.Type.TabletMove:
            if self._pen_is_down:
                self._tool.move(pointer)
            else:
                self._tool.hover(pointer)
        elif kind == QEvent.Type.TabletRelease and self._pen_is_down:
            self._pen_is_down, self._drag = False, Drag.NONE
            self._tool.release(pointer)
            self._tell_stroke()
        self._canvas.pointer_moved.emit(pointer.row, pointer.col)

    def _is_for_the_mouse(self, event: QTabletEvent) -> bool:
        """Whether the pen pans, changes the contrast, or picks, and draws nothing."""
        if self._pen_is_down:
            return False
        if event.type() == QEvent.Type.TabletPress:
            is_tip = event.button() == Qt.MouseButton.LeftButton
            is_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            return not is_tip or is_ctrl or self.space_is_held or self._drag is not Drag.NONE
        return self._drag is not Drag.NONE

    # --- keys and leaving ----------------------------------------------------------------------

    def key(self, event: QKeyEvent, *, down: bool) -> bool:
        """Let Alt change the brush at once and Escape cancel; say whether the key was used."""
        if event.key() == Qt.Key.Key_Alt and not self.is_dragging:
            last = self._last_pointer
            self._tool.hover(Pointer(last.row, last.col, 1.0, down, last.shift, last.ctrl))
            self.show_sign()
            return True  # or the menu bar would take the focus
        if down and event.key() == Qt.Key.Key_Escape and self._drag is Drag.TOOL:
            self.give_up()
            return True
        return False

    def finish(self) -> None:
        """End the tool's gesture where the pointer is, as if the button had been let go."""
        if self._drag is Drag.TOOL:
            self._drag = Drag.NONE
            self._pen_is_down = False
            self._tool.release(self._last_pointer)
            self._tell_stroke()
            self.show_cursor()

    def leave_frame(self) -> str:
        """End what is being drawn, because another frame is looked at; say what became of it.

        A stroke of the brush is kept on the frame it began on; half an outline is nothing.
        """
        if self._drag is not Drag.TOOL or not self._tool.is_drawing:
            return ""
        if self._tool.is_whole_at_any_time:
            self.finish()
            return tr("Another frame: the stroke ended on the one it began on; {key:edit.undo} takes it back")
        self.give_up()
        return tr("Another frame: what you were drawing was given up; let go before you change frames")

    def give_up(self) -> None:
        """Cancel the tool's gesture."""
        if self._drag is Drag.TOOL:
            self._drag = Drag.NONE
            self._pen_is_down = False
            self._tool.cancel()
            self._tell_stroke()
            self.show_cursor()

    def _tell_stroke(self) -> None:
        """Say that a gesture of the tool has begun, or has left what it leaves."""
        if self._is_stroke_told != (self._drag is Drag.TOOL):
            self._is_stroke_told = not self._is_stroke_told
            self._canvas.stroke_changed.emit(self._is_stroke_told)
        self._tell_drawing()

    def _tell_drawing(self) -> None:
        """Say that something is being drawn at this moment, or no longer."""
        is_drawing = self._drag is Drag.TOOL and self._tool.is_drawing
        if self._is_drawing_told != is_drawing:
            self._is_drawing_told = is_drawing
            self._canvas.drawing_changed.emit(is_drawing)

    def leave(self) -> None:
        """Tell the tool that the pointer has gone."""
        self._is_over = False
        if self._drag is Drag.NONE:
            self._tool.leave()

    def _pointer(self, event: QMouseEvent) -> Pointer:
        return self._at(event.position(), event.modifiers())

    def _at(
        self, position: QPointF, held: Qt.KeyboardModifier, pressure: float = 1.0, turned: bool = False
    ) -> Pointer:
        row, col = self._canvas.to_frame(position)
        keys = Qt.KeyboardModifier
        self._is_over = True
        self._last_pointer = Pointer(
            row,
            col,
            pressure,
            bool(held & keys.AltModifier),
            bool(held & keys.ShiftModifier),
            bool(held & keys.ControlModifier),
            turned,
        )
        return self._last_pointer
