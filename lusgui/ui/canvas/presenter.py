"""Puts the session's place on the canvas: frame, masks, model; keeps the three in step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from lusgui.core.annotation import PlaneKey
from lusgui.session.view_state import BrushUnit, OverlayStyle, Tool
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.canvas.colormaps import lookup_table
from lusgui.ui.canvas.marks import ShownMarks
from lusgui.ui.canvas.overlay import LabelOverlay
from lusgui.ui.canvas.pick import delete_piece
from lusgui.ui.canvas.tool_box import ToolBox
from lusgui.ui.canvas.windowing import screen_gray

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.geometry import Box
    from lusgui.session.session import Session
    from lusgui.ui.canvas.shown_frame import ShownFrame
    from lusgui.ui.canvas.tool import CanvasTool
    from lusgui.ui.canvas.view import CanvasView

BRUSH_STEP = 1.15


class FramePresenter(QObject):
    """Shows the frame the session is at, as soon as it has been read.

    A frame and its masks change on screen together: until the new frame has been read the old one
    stays, with its own masks, and nothing can be drawn on it.

    Parameters
    ----------
    canvas : CanvasView
        Where it is shown.
    session : Session
        What is shown.
    fetch : callable
        Returns a frame that has been read, by recording and frame, or None.

    Signals
    -------
    message(str)
        A short hint for the status bar.
    frame_shown(int, int)
        Recording and frame now on screen.
    gray_changed()
        The frame on screen, its contrast, or which of raw and despeckled is shown, has changed.
    """

    message = Signal(str)
    frame_shown = Signal(int, int)
    gray_changed = Signal()

    def __init__(
        self, canvas: CanvasView, session: Session, fetch: Callable[[int, int], ShownFrame | None]
    ) -> None:
        super().__init__(canvas)
        self._fetch = fetch
        self._canvas = canvas
        self._session = session
        self._overlays: dict[str, LabelOverlay] = {}
        self._shown: tuple[int, int] | None = None
        self._raw: NDArray[np.float32] | None = None
        self._gray: NDArray[np.float32] | None = None
        self._stored: NDArray[Any] | None = None
        self._peeks_raw = False
        self._hides_overlay = False
        self._hidden: set[str] = set()
        self._marks = ShownMarks(canvas, session, lambda: self._shown)
        self.tools = ToolBox(canvas, session, self, self._marks, self.message.emit)
        self._borrowed: CanvasTool | None = None
        self._later_model = Later(self._refresh_models, self)
        self._later_gray = Later(self._refresh_gray, self)
        self._later_look = Later(self._refresh_look, self)
        self._bindings = Bindings()
        self._bind()
        self._rebuild_overlays()
        self._refresh_tool()

    def _bind(self) -> None:
        session, view = self._session, self._session.view.events
        bind = self._bindings.connect
        bind(session.frame_changed, self._place_changed)
        bind(session.frame_ready, self.show_frame)
        bind(session.study_changed, self._study_changed)
        bind(session.recordings_changed, self._recordings_changed)
        bind(session.labels_changed, self._rebuild_overlays)
        bind(session.mask_changed, self._mask_changed)
        bind(session.proposal_changed, self._proposal_changed)
        for signal in (session.locks.said, session.guard.said):
            bind(signal, self.message.emit)
        bind(session.prediction_changed, self._prediction_changed)
        for each in (view.threshold, view.threshold_low, view.least_area, view.fill_holes, view.keep_largest):
            bind(each, self._later_model)
        for signal in (view.window, view.level, view.show_raw):
            bind(signal, self._later_gray)
        for signal in (view.opacity, view.overlay_visible, view.model_visible):
            bind(signal, self._later_look)
        for signal in (view.label, view.all_labels):
            bind(signal, self._label_changed)
        bind(view.overlay_style, self._style_changed)
        bind(view.colormap, self._colormap_changed)
        bind(view.tool, self._refresh_tool)
        for signal in (view.brush_size_mm, view.brush_size_px, view.brush_unit, view.erase):
            bind(signal, self.tools.refresh_cursor)
        self._canvas.window_level_dragged.connect(self.change_window_level)
        self._canvas.brush_size_wheeled.connect(self.step_brush_size)
        self._canvas.component_clicked.connect(self._delete_at)
        self._canvas.stroke_changed.connect(self._session.set_stroke_open)
        self._colormap_changed(self._session.view.colormap)

    def close(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._marks.close()
        self.tools.close()
        for later in (self._later_model, self._later_gray, self._later_look):
            later.stop()

    # --- what others ask -----------------------------------------------------------------------

    @property
    def shown(self) -> tuple[int, int] | None:
        """Recording and frame on screen."""
        return self._shown

    @property
    def is_up_to_date(self) -> bool:
        """Whether the frame on screen is the one the session is at."""
        return self._shown is not None and self._shown == self._session.place

    @property
    def raw(self) -> NDArray[np.float32] | None:
        """Gray (H, W) of the frame on screen before despeckling."""
        return self._raw

    @property
    def despeckled(self) -> NDArray[np.float32] | None:
        """Gray (H, W) of the frame on screen after despeckling."""
        return self._gray

    @property
    def shows_raw(self) -> bool:
        """Whether the frame is shown before despeckling."""
        return self._session.view.show_raw != self._peeks_raw

    @property
    def other(self) -> NDArray[np.float32] | None:
        """Gray (H, W) that is not shown: despeckled where raw is, and the reverse; None where alike."""
        return None if self._gray is self._raw else self._gray if self.shows_raw else self._raw

    @property
    def hidden_labels(self) -> frozenset[str]:
        """Labels of which nothing is to be shown."""
        return frozenset(self._hidden)

    @property
    def dynamic_range_db(self) -> float:
        """Width of the log compression of the frame on screen."""
        mapping = None if self._shown is None else self._session.mapping(self._shown[0])
        return 60.0 if mapping is None else mapping.dynamic_range_db

    def stored_value(self, row: int, col: int) -> str | None:
        """Return the stored number at a pixel of the frame on screen, as text."""
        if self._stored is None:
            return None
        value = self._stored[row, col]
        return str(value) if isinstance(value, np.integer) else f"{float(value):.4g}"

    def drawing_key(self) -> PlaneKey | None:
        """Return the plane on screen that may be drawn on now, or None after saying why not."""
        if self._shown is None:
            self.message.emit("Open a recording first")
            return None
        reason = self._session.can_draw(self._shown[0])
        if not self.is_up_to_date:  # drawing now would hit the wrong frame
            reason = "The next frame is still being read: draw when it is there"
        if reason is not None:
            self.message.emit(reason)
            return None
        view = self._session.view
        if self._session.locks.refuses((PlaneKey(*self._shown, view.label),)):
            return None
        if not view.overlay_visible:
            view.overlay_visible = True
        if view.overlay_style is OverlayStyle.OFF:
            view.overlay_style = OverlayStyle.OUTLINE
        return PlaneKey(*self._shown, view.label)

    def overlay_of(self, label: str) -> LabelOverlay | None:
        """Return the overlay of a label."""
        return self._overlays.get(label)

    def borrow_tool(self, tool: CanvasTool) -> None:
        """Use a tool that is not in the tool bar until another is chosen."""
        self._borrowed = tool
        self._canvas.set_tool(tool)

    def return_tool(self) -> None:
        """Go back to the tool of the tool bar."""
        self._borrowed = None
        self._refresh_tool()

    def peek_raw(self, peek: bool) -> None:
        """Show the other of raw and despeckled while a key is held."""
        self._peeks_raw = peek
        self._refresh_gray()

    def hide_overlay(self, hide: bool) -> None:
        """Show no overlay at all while a key is held."""
        self._hides_overlay = hide
        self._refresh_look()

    def change_window_level(self, window: float, level: float) -> None:
        """Add to window and level."""
        view = self._session.view
        view.window = view.window + window
        view.level = view.level + level

    def step_brush_size(self, steps: int) -> None:
        """Grow (or shrink) the brush."""
        view = self._session.view
        if view.brush_unit is BrushUnit.MM and self._canvas.spacing_mm is not None:
            view.brush_size_mm = round(view.brush_size_mm * BRUSH_STEP**steps, 2)
        else:
            size = round(view.brush_size_px * BRUSH_STEP**steps)
            view.brush_size_px = size if size != view.brush_size_px else view.brush_size_px + steps

    # --- from the loader -----------------------------------------------------------------------

    def show_frame(self, recording_id: int, frame: int) -> None:
        """Show a frame that has been read."""
        loaded = self._fetch(recording_id, frame)
        if loaded is None or (recording_id, frame) != self._session.place:
            return  # an answer to a question that nobody asks any more
        is_new = self._shown != (recording_id, frame)
        if is_new and (told := self._canvas.gestures.leave_frame()):
            self.message.emit(told)
        self._raw, self._gray, self._stored = loaded.gray_raw, loaded.gray, loaded.stored
        shape = loaded.gray_raw.shape
        row = self._session.row(recording_id)
        if self._canvas.shape != shape or is_new:
            self._canvas.set_geometry(shape, row.spacing_mm if row is not None else None)
        for overlay in self._overlays.values():
            if is_new or overlay.frame_shape != shape:
                overlay.set_shape(shape)
        self._shown = (recording_id, frame)
        self._session.guard.show(self._shown, self._gray)
        self._refresh_gray()
        if is_new:
            self._refresh_masks()
            self._marks.refresh()
        self._refresh_models()
        self.frame_shown.emit(recording_id, frame)

    # --- from the session ----------------------------------------------------------------------

    def _study_changed(self) -> None:
        if self._session.place is None:
            self._forget()
        self._rebuild_overlays()

    def _recordings_changed(self) -> None:
        if self._session.place is None:
            self._forget()
        elif self._shown is not None:
            row = self._session.row(self._shown[0])
            if row is not None and self._canvas.has_frame:
                self._canvas.set_geometry(self._canvas.shape, row.spacing_mm)

    def _place_changed(self, recording_id: int, frame: int) -> None:
        if told := self._canvas.gestures.leave_frame():
            self.message.emit(told)

    def _forget(self) -> None:
        self._shown = self._raw = self._gray = self._stored = None
        self._canvas.clear()
        self._marks.refresh()
        for overlay in self._overlays.values():
            overlay.set_shape((0, 0))
        self.gray_changed.emit()

    def _mask_changed(self, key: PlaneKey, box: Box) -> None:
        overlay = self._overlays.get(key.label)
        if overlay is not None and self._shown == (key.recording_id, key.frame):
            overlay.set_human(self._session.mask(key), box)
            if not self._canvas.gestures.is_dragging and not box.is_empty:
                self._canvas.centre_on((box.row0 + box.row1) / 2, (box.col0 + box.col1) / 2)

    def _proposal_changed(self, key: PlaneKey) -> None:
        overlay = self._overlays.get(key.label)
        if overlay is not None and self._shown == (key.recording_id, key.frame):
            overlay.set_proposal(self._session.proposal(key))

    def _prediction_changed(self, recording_id: int, frame: int, label: str) -> None:
        if self._shown == (recording_id, frame):
            self._later_model()
            self._later_look()  # it may be of another model now

    def _label_changed(self, *_: object) -> None:
        self._refresh_look()
        self._later_model()
        self.tools.refresh_cursor()

    def _style_changed(self, style: OverlayStyle) -> None:
        self._refresh_look()
        self._refresh_models()

    def _colormap_changed(self, name: str) -> None:
        self._canvas.set_colormap(lookup_table(name))

    def _delete_at(self, row: float, col: float) -> None:
        if self._session.view.tool is Tool.CALLIPER:
            self.tools.calliper.delete_or_say(row, col)
            return
        key = self.drawing_key()
        if key is None or not self._canvas.is_inside(row, col):
            return
        ways: list[Callable[[PlaneKey, float, float], bool]]
        ways = [self._marks.delete_at, partial(delete_piece, self._session)]
        if self._session.view.tool not in (Tool.POINT, Tool.BOX):
            ways.reverse()
        if not any(way(key, row, col) for way in ways):
            self.message.emit("Ctrl+click deletes a piece of your own mask, a point or a box; none is here")

    # --- onto the canvas -----------------------------------------------------------------------

    def _refresh_gray(self) -> None:
        shown = self._raw if self.shows_raw else self._gray
        if shown is not None and self._shown is not None:
            view = self._session.view
            self._canvas.show_gray(screen_gray(shown, view.window, view.level))
        self.gray_changed.emit()

    def _refresh_masks(self) -> None:
        if self._shown is None:
            return
        for label, overlay in self._overlays.items():
            key = PlaneKey(*self._shown, label)
            overlay.set_human(self._session.mask(key))
            overlay.set_proposal(self._session.proposal(key))

    def _refresh_models(self) -> None:
        if self._shown is None:
            return
        shown = self._session.model_labels_shown()
        for label, overlay in self._overlays.items():
            key = PlaneKey(*self._shown, label)
            is_seen = label in shown  # an outline that nobody sees need not be found
            mask = self._session.model_mask(key) if is_seen else None
            overlay.set_model(mask, self._session.prediction(key) if is_seen else None)

    def _refresh_look(self) -> None:
        view, shown = self._session.view, self._session.model_labels_shown()
        visible = view.overlay_visible and not self._hides_overlay
        for label in self._session.labels:
            overlay = self._overlays.get(label.key)
            if overlay is not None:
                overlay.set_look(
                    label.color,
                    view.overlay_style,
                    view.opacity,
                    current=label.key == view.label,
                    model=view.model_visible and label.key in shown,
                )
                overlay.setVisible(visible and label.key not in self._hidden)
        self._marks.set_look(visible=visible, hidden=frozenset(self._hidden))

    def set_label_visible(self, label: str, visible: bool) -> None:
        """Show or hide everything of one label."""
        self._hidden = self._hidden - {label} if visible else self._hidden | {label}
        self._refresh_look()

    def _rebuild_overlays(self) -> None:
        wanted = {label.key: label for label in self._session.labels}
        for key in [key for key in self._overlays if key not in wanted]:
            self._canvas.remove_item(self._overlays.pop(key))
        for key, label in wanted.items():
            if key not in self._overlays:
                self._overlays[key] = overlay = LabelOverlay.of(label)
                self._canvas.add_item(overlay)
                if self._canvas.has_frame:
                    overlay.set_shape(self._canvas.shape)
        self._refresh_look()
        self._refresh_masks()
        self._refresh_models()

    def _refresh_tool(self, *_: object) -> None:
        self._borrowed = None
        self._canvas.set_tool(self.tools[self._session.view.tool])
