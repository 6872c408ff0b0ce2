"""Every tool of the canvas, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.session.view_state import Tool
from lusgui.ui.canvas.box import BoxTool
from lusgui.ui.canvas.brush import BrushTool
from lusgui.ui.canvas.calliper_tool import CalliperTool
from lusgui.ui.canvas.click_tool import ClickTool
from lusgui.ui.canvas.lasso_tool import LassoTool
from lusgui.ui.canvas.livewire_tool import LivewireTool
from lusgui.ui.canvas.move_tool import MoveTool
from lusgui.ui.canvas.pan import PanTool
from lusgui.ui.canvas.pick import PickTool
from lusgui.ui.canvas.point import PointTool
from lusgui.ui.canvas.polygon_tool import PolygonTool
from lusgui.ui.canvas.smooth_tool import SmoothTool
from lusgui.ui.canvas.wand_tool import WandTool
from lusgui.ui.canvas.window_level import WindowLevelTool

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session
    from lusgui.ui.canvas.marks import ShownMarks
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.tool import CanvasTool
    from lusgui.ui.canvas.view import CanvasView


class ToolBox:
    """The tools of one canvas.

    Parameters
    ----------
    canvas : CanvasView
        Where they work.
    session : Session
        What they change.
    place : FramePresenter
        What is on screen.
    marks : ShownMarks
        Points and boxes on screen.
    say : callable
        Shows a short hint.
    """

    def __init__(
        self,
        canvas: CanvasView,
        session: Session,
        place: FramePresenter,
        marks: ShownMarks,
        say: Callable[[str], None],
    ) -> None:
        self.brush = BrushTool(canvas, session, place)
        self.click = ClickTool(canvas, session, place, say)
        self.lasso = LassoTool(canvas, session, place)
        self.polygon = PolygonTool(canvas, session, place)
        self.livewire = LivewireTool(canvas, session, place)
        self.move = MoveTool(canvas, session, place, say)
        self.smooth = SmoothTool(canvas, session, place)
        self.calliper = CalliperTool(canvas, session, place, say)
        self._tools: dict[Tool, CanvasTool] = {
            Tool.CALLIPER: self.calliper,
            Tool.CLICK: self.click,
            Tool.LASSO: self.lasso,
            Tool.POLYGON: self.polygon,
            Tool.LIVEWIRE: self.livewire,
            Tool.WAND: WandTool(canvas, session, place, say),
            Tool.SMOOTH: self.smooth,
            Tool.MOVE: self.move,
            Tool.PAN: PanTool(canvas),
            Tool.BRUSH: self.brush,
            Tool.ACCEPT: PickTool(canvas, session, place, say),
            Tool.WINDOW_LEVEL: WindowLevelTool(canvas),
            Tool.POINT: PointTool(canvas, session, place, marks, say),
            Tool.BOX: BoxTool(canvas, session, place, marks, say),
        }

    def __getitem__(self, tool: Tool) -> CanvasTool:
        return self._tools[tool]

    def refresh_cursor(self) -> None:
        """Let the brush in use follow a change of size, label or sign while the pointer rests."""
        brush = self.smooth if self.brush.canvas.gestures.tool is self.smooth else self.brush
        brush.refresh_cursor()

    def close(self) -> None:
        """Let tools stop listening."""
        self.move.close()
