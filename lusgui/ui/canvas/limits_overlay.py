"""Shows where painting does not count while it is limited: the frame is dimmed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QGraphicsItem

from lusgui.session.view_state import Tool
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.geometry import Box
    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView

DIM = QColor(20, 30, 60, 150)
PAINTING = (Tool.BRUSH, Tool.SMOOTH, Tool.WAND, Tool.LASSO, Tool.POLYGON, Tool.LIVEWIRE)
"""Tools that keep to the limits."""


class LimitsItem(QGraphicsItem):
    """A veil over the pixels that may not be painted, in frame coordinates."""

    def __init__(self) -> None:
        super().__init__()
        self._codes = np.zeros((0, 0), np.uint8)
        self._image: QImage | None = None
        self.setZValue(5)

    @property
    def veiled(self) -> NDArray[np.bool_]:
        """The pixels (H, W) under the veil; (0, 0) without one."""
        return self._codes.astype(bool)

    def set_allowed(self, allowed: NDArray[np.bool_] | None) -> None:
        """Dim what is not allowed (H, W), or nothing."""
        self.prepareGeometryChange()
        self._image = None
        self._codes = np.zeros((0, 0), np.uint8)
        if allowed is not None:
            self._codes = np.ascontiguousarray(~allowed, dtype=np.uint8)
            rows, cols = allowed.shape
            form = QImage.Format.Format_Indexed8
            self._image = QImage(self._codes.data, cols, rows, self._codes.strides[0], form)
            self._image.setColorTable([0, DIM.rgba()])
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the frame."""
        return QRectF(0, 0, self._codes.shape[1], self._codes.shape[0])

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the veil."""
        if self._image is not None:
            painter.drawImage(self.boundingRect(), self._image)


class LimitsView(QObject):
    """Keeps the veil in step with the limits, the frame on screen and the tool.

    Parameters
    ----------
    canvas : CanvasView
        Where it is shown.
    session : Session
        Whose guard.
    presenter : FramePresenter
        Knows which frame is on screen.
    """

    def __init__(self, canvas: CanvasView, session: Session, presenter: FramePresenter) -> None:
        super().__init__(canvas)
        self._session = session
        self._presenter = presenter
        self.item = LimitsItem()
        canvas.add_item(self.item)
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()
        events = session.view.events
        for signal in (
            session.guard.changed,
            session.locks.changed,
            session.frame_changed,
            session.study_changed,
            events.label,
            events.tool,
            events.overlay_visible,
        ):
            self._bindings.connect(signal, self._later)
        self._bindings.connect(session.mask_changed, self._mask_changed)
        presenter.frame_shown.connect(self._later)
        self.refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def refresh(self) -> None:
        """Show the limits of the plane on screen, if a tool that keeps to them is in use."""
        session = self._session
        key = session.key()
        is_seen = session.guard.is_on and session.view.tool in PAINTING and session.view.overlay_visible
        if key is None or not is_seen or not self._presenter.is_up_to_date:
            allowed = None
        else:
            allowed = session.guard.allowed(key)
        if allowed is not None or self.item.veiled.size:
            self.item.set_allowed(allowed)

    def _mask_changed(self, key: PlaneKey, _box: Box) -> None:
        # What is inside or outside of another label may be another place now.
        if self._session.guard.is_on and key.label != self._session.view.label:
            self._later()
