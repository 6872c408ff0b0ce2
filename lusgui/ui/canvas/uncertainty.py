"""Where the model is undecided: a heat over the frame, with a legend that says what its colours mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QFrame, QGraphicsItem, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.annotation import PlaneKey
from lusgui.core.confidence import TYPICAL_ERROR, describe_expected_dice, uncertainty_codes
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QStyleOptionGraphicsItem

    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView

SHOWN_FROM = 0.8
"""Less uncertainty leaves the tissue as it is: a probability below a quarter or above three quarters.
Probabilities are calibrated near outlines; far from them faint ones say little and would veil everything."""

STOPS = ((0.8, (112, 26, 117)), (0.89, (219, 39, 119)), (0.95, (251, 146, 60)), (1.0, (254, 240, 138)))
"""Colours by uncertainty, darker to lighter; none is that of a label alone."""

MOST_OPAQUE = 0.85
MARGIN = 10

EXPLANATION = (
    "<p>Coloured where the model cannot decide whether a pixel belongs: pale yellow means that both answers"
    " are as likely, no colour that it is at least three quarters sure. It may be sure and wrong.</p>"
    "<p>Predicted Dice is a guess from these probabilities, made without knowing the truth. On recordings"
    " that the bundled models had never seen it was off by 0.12 to {most:.2f} on average, and it"
    " takes for granted that the structure is in the frame. Use it to choose where to look first, not as a"
    " measurement.</p>"
)


def explanation() -> str:
    """Return what uncertainty and predicted Dice are, for those who point at them."""
    return tr(EXPLANATION, most=TYPICAL_ERROR)


def color_table(opacity: float) -> list[int]:
    """Return 256 colours (ARGB) from certain to undecided.

    Parameters
    ----------
    opacity : float in [0, 1]
        Of the masks' fills; the heat follows it.
    """
    steps = np.linspace(0.0, 1.0, 256)
    at = [stop for stop, _ in STOPS]
    channels = [np.interp(steps, at, [color[i] for _, color in STOPS]) for i in range(3)]
    alpha = np.clip((steps - SHOWN_FROM) / (1 - SHOWN_FROM), 0, 1) ** 0.6 * min(opacity * 2.0, MOST_OPAQUE)
    return [
        QColor(round(r), round(g), round(b), round(255 * a)).rgba()
        for r, g, b, a in zip(*channels, alpha, strict=True)
    ]


class UncertaintyItem(QGraphicsItem):
    """The heat, in pixel coordinates of the frame (x = column, y = row), below the masks.

    Parameters
    ----------
    is_drawing : callable
        Whether a stroke is down: then the tissue stays free.
    """

    def __init__(self, is_drawing: Callable[[], bool]) -> None:
        super().__init__()
        self._is_drawing = is_drawing
        self._codes = np.zeros((0, 0), np.uint8)
        self._image: QImage | None = None
        self._table = color_table(0.4)
        self.setZValue(5)

    @property
    def has_heat(self) -> bool:
        """Whether there is something to draw."""
        return self._image is not None

    def set_probability(self, probability: NDArray[np.floating] | None) -> None:
        """Show the uncertainty of a probability (H, W) in [0, 1], or nothing."""
        if probability is None and self._image is None:
            return
        shape = (0, 0) if probability is None else probability.shape
        if shape != self._codes.shape:
            self.prepareGeometryChange()
        self._image = None
        self._codes = np.zeros((0, 0), np.uint8)
        if probability is not None:
            self._codes = np.ascontiguousarray(uncertainty_codes(probability))
            rows, cols = self._codes.shape
            # the image looks at the array, which is therefore kept
            self._image = QImage(
                self._codes.data, cols, rows, self._codes.strides[0], QImage.Format.Format_Indexed8
            )
            self._image.setColorTable(self._table)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Follow the opacity of the masks' fills."""
        self._table = color_table(opacity)
        if self._image is not None:
            self._image.setColorTable(self._table)
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the frame."""
        return QRectF(0, 0, self._codes.shape[1], self._codes.shape[0])

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the heat, unless a stroke is down."""
        if self._image is not None and not self._is_drawing():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.boundingRect(), self._image)


class _Bar(QWidget):
    """The colours from certain to undecided."""

    def sizeHint(self) -> QSize:
        return QSize(96, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#202020"))
        gradient = QLinearGradient(0, 0, self.width(), 0)
        table = color_table(1.0)
        first = round(SHOWN_FROM * 255) - 12
        for i in range(first, 256, 3):
            gradient.setColorAt((i - first) / (255 - first), QColor.fromRgba(table[i]))
        painter.fillRect(self.rect(), gradient)


class UncertaintyLegend(QFrame):
    """Says what the colours mean and what Dice the frame's mask is likely to have; lies on the canvas.

    Parameters
    ----------
    canvas : CanvasView
        On which it lies, in the upper right corner.
    """

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Uncertainty of the model"))
        self.setToolTip(explanation())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title = QLabel()
        self.bar = _Bar()
        self.dice = QLabel()
        self.dice.setObjectName("dim")
        self.scale = QWidget()
        ends = QHBoxLayout(self.scale)
        ends.setContentsMargins(0, 0, 0, 0)
        for part in (QLabel("sure"), self.bar, QLabel("undecided")):
            ends.addWidget(part, int(part is self.bar))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(3)
        for widget in (self.title, self.scale, self.dice):
            layout.addWidget(widget)
        self.setVisible(False)
        canvas.installEventFilter(self)

    def show_state(self, title: str, dice: str, *, has_scale: bool) -> None:
        """Show a heading and a line below the colours."""
        self.title.setText(f"<b>{title}</b>")
        self.dice.setText(dice)
        self.dice.setVisible(bool(dice))
        self.scale.setVisible(has_scale)
        self.setAccessibleDescription(f"{title}. {dice}")
        self.setVisible(True)
        self.place()

    def place(self) -> None:
        """Go to the upper right corner of the canvas."""
        self.adjustSize()
        self.move(max(self._canvas.width() - self.width() - MARGIN, 0), MARGIN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the canvas changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)


class UncertaintyView(QObject):
    """Keeps heat and legend in step with the frame on screen, the label and its model.

    Parameters
    ----------
    canvas : CanvasView
        Where it is shown.
    session : Session
        Whose answers.
    presenter : FramePresenter
        Knows which frame is on screen.
    """

    def __init__(self, canvas: CanvasView, session: Session, presenter: FramePresenter) -> None:
        super().__init__(canvas)
        self._session = session
        self._presenter = presenter
        self._is_hidden = False
        self.item = UncertaintyItem(lambda: canvas.gestures.is_dragging)
        canvas.add_item(self.item)
        self.legend = UncertaintyLegend(canvas)
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()
        events = session.view.events
        for signal in (
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
            events.uncertainty_visible,
        ):
            self._bindings.connect(signal, self._later)
        self._bindings.connect(events.opacity, self.item.set_opacity)
        presenter.frame_shown.connect(self.refresh)
        self.item.set_opacity(session.view.opacity)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def hide_while(self, hide: bool) -> None:
        """Show nothing while asked to."""
        self._is_hidden = hide
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show what belongs to the frame on screen."""
        session = self._session
        shown, view = self._presenter.shown, session.view
        if not view.uncertainty_visible or not view.overlay_visible or self._is_hidden or shown is None:
            self.item.set_probability(None)
            self.legend.setVisible(False)
            return
        key = PlaneKey(*shown, view.label)
        label, probability = session.label(view.label), session.prediction(key)
        name = view.label if label is None else label.name
        self.item.set_probability(probability)
        if probability is not None:
            value = session.confidence.expected_dice(key)
            self.legend.show_state(tr("Uncertainty: {name}", name=name), describe(value), has_scale=True)
        elif session.active_model(view.label) is None:
            self.legend.show_state(
                tr("No model knows {name}", name=name), "Choose another label, or draw.", has_scale=False
            )
        else:
            self.legend.show_state(
                tr("Uncertainty: {name}", name=name), "The model is looking…", has_scale=False
            )


def describe(value: float | None) -> str:
    """Say predicted Dice in one line."""
    words = describe_expected_dice(value)
    return (
        words[:1].upper() + words[1:]
        if value is None
        else tr("Predicted Dice {value:.2f}: {words}", value=value, words=words)
    )
