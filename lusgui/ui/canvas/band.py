"""The stability band: what the model's mask would gain and lose at a slightly lower and higher threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem

from lusgui.core.annotation import PlaneKey
from lusgui.core.stability import StabilityBand, stability_band
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.canvas.layer import Layer
from lusgui.ui.canvas.outline import Outline

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView

TINT = 0.35
RIM = QColor(0, 0, 0, 200)
DOTS = (1.6, 2.8)
"""Screen pixels drawn and left out."""


class BandItem(QGraphicsItem):
    """The ground between the two contours, in pixel coordinates of the frame (x = column, y = row)."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._wide = self._narrow = self._between = Outline()
        self._color = QColor("white")
        self._layer = Layer(self._draw)
        self.setZValue(9)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @property
    def between(self) -> QPainterPath:
        """The ground between the contours."""
        return self._between.path

    def show_band(self, band: StabilityBand | None, color: str = "#ffffff") -> None:
        """Show a band in the colour of its label, or nothing."""
        self.prepareGeometryChange()
        self._color = QColor(color)
        self._shape = (0, 0) if band is None else band.wide.shape
        self._wide = Outline(None if band is None else band.wide)
        self._narrow = Outline(None if band is None else band.narrow)
        self._between = Outline(None if band is None else band.wide & ~band.narrow)
        self._layer.forget()
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the frame, with room for the width of the lines."""
        return QRectF(-2, -2, self._shape[1] + 4, self._shape[0] + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Show the tinted ground between, and both contours dotted."""
        if not self._wide.is_empty:
            self._layer.paint(painter, option.exposedRect)

    def _draw(self, painter: QPainter, needed: QRectF | None) -> None:
        tint = QColor(self._color)
        tint.setAlphaF(TINT)
        self._between.tint(painter, tint)
        for outline in (self._wide, self._narrow):
            outline.stroke(painter, [(RIM, 2.6), (self._color, 1.2)], DOTS)


class BandView(QObject):
    """Keeps the band in step with the frame on screen, the label and the threshold.

    Parameters
    ----------
    canvas : CanvasView
        Where it is shown.
    session : Session
        Whose answers.
    presenter : FramePresenter
        Knows which frame is on screen.

    Signals
    -------
    changed(object)
        The StabilityBand that is shown, or None.
    """

    changed = Signal(object)

    def __init__(self, canvas: CanvasView, session: Session, presenter: FramePresenter) -> None:
        super().__init__(canvas)
        self._session = session
        self._presenter = presenter
        self._is_hidden = False
        self.item = BandItem()
        canvas.add_item(self.item)
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()
        events = session.view.events
        for signal in (
            session.seeing.events.band,
            session.prediction_changed,
            session.study_changed,
            session.labels_changed,
            events.label,
            events.threshold,
            events.threshold_low,
            events.least_area,
            events.fill_holes,
            events.keep_largest,
            events.overlay_visible,
            events.band_delta,
        ):
            self._bindings.connect(signal, self._later)
        presenter.frame_shown.connect(self.refresh)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def hide_while(self, hide: bool) -> None:
        """Show nothing while asked to."""
        self._is_hidden = hide
        self.item.setVisible(not hide)

    def refresh(self, *_: object) -> None:
        """Show what belongs to the frame on screen."""
        session, view, shown = self._session, self._session.view, self._presenter.shown
        band = None
        label = session.label(view.label)
        if session.seeing.band and shown is not None:
            probability = session.prediction(PlaneKey(*shown, view.label))
            if probability is not None:
                settings = session.threshold_settings_of(view.label)
                band = stability_band(probability, settings, view.band_delta)
        is_drawn = band is not None and view.overlay_visible
        self.item.show_band(band if is_drawn else None, "#ffffff" if label is None else label.color)
        self.changed.emit(band)
