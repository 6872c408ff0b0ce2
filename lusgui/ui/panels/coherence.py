"""The strip under the timeline: area, movement and overlap of the masks; what does not fit can be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolButton, QToolTip, QWidget

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent

    from lusgui.core.coherence import FrameCoherence
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.panels.frame_strip import FrameStrip

LEAST_LANE, GAP, TOP = 22, 5, 4
WAIT_MS = 150
MOST_NEW = 24
"""So many masks are looked at at a time, so that the window never waits for it."""
MOST_MODEL_PX = 2_000_000
"""Of the model's masks, which must be made first, so many pixels at a time."""
DOT = 2.2
LANES = ("Area", "Moved", "Overlap")


class CoherenceStrip(QWidget):
    """Three lanes above the same frames as the timeline.

    Parameters
    ----------
    session : Session
        Whose masks.
    actions : Actions
        For the button that goes to the next outlier.
    timeline : FrameStrip
        Its frames are stood under.

    Signals
    -------
    frame_chosen(int)
        0-based frame.
    """

    frame_chosen = Signal(int)

    def __init__(self, session: Session, actions: Actions, timeline: FrameStrip) -> None:
        super().__init__()
        self._session = session
        self._timeline = timeline
        self._found: tuple[FrameCoherence, ...] = ()
        self._model: tuple[FrameCoherence, ...] = ()
        self._is_looking = False
        self._drawn: tuple[tuple[Any, ...], QPixmap] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit_height()
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Coherence of the masks"))
        self.button = QToolButton(self)
        self.button.setObjectName("flat")
        self.button.setDefaultAction(actions["time.next_outlier"])
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._later = Later(self.refresh, self, WAIT_MS)
        self._more = Later(self.refresh, self)
        self._bindings = Bindings()
        for signal in (
            session.mask_changed,
            session.status_changed,
            session.times.changed,
            session.study_changed,
            session.recordings_changed,
            session.view.events.label,
            session.prediction_changed,
            session.view.events.threshold,
            session.view.events.threshold_low,
        ):
            self._bindings.connect(signal, self._later)
        self._bindings.connect(session.frame_changed, self._frame_changed)
        self._bindings.connect(session.view.events.coherence_visible, self._visibility_changed)
        self._shown: tuple[int, str] | None = None
        timeline.installEventFilter(self)
        self._visibility_changed(session.view.coherence_visible)

    def sizeHint(self) -> QSize:
        """Return room for three lanes."""
        return QSize(300, TOP + len(LANES) * (self._lane + GAP))

    @property
    def _lane(self) -> int:
        """Height of a lane: its name must fit."""
        return max(LEAST_LANE, self.fontMetrics().height() + 4)

    def _fit_height(self) -> None:
        self.setFixedHeight(self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Make room for letters of another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_height()

    @property
    def found(self) -> tuple[FrameCoherence, ...]:
        """What is shown."""
        return self._found

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()
        self._more.stop()
        self._timeline.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay under the frames of the timeline when those move."""
        if watched is self._timeline and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place_button()
            self.update()
        return False

    def refresh(self) -> None:
        """Find what is not known yet, a part at a time, and show it."""
        place, label = self._session.place, self._session.view.label
        if place is None or not self._session.view.coherence_visible:
            self._found, self._model, self._shown = (), (), None
            self.update()
            return
        if self._session.is_stroke_open:
            self._later()  # nothing may come between a pen and its stroke
            return
        if self._shown != (place[0], label):
            self._found, self._model, self._shown = (), (), (place[0], label)
        found = self._session.times.coherence.of(place[0], label, MOST_NEW)
        self._is_looking = found is None
        if found is None:
            self._more()
        else:
            self._found = found
            outliers = sum(one.is_outlier for one in found)
            masks = trn("{count} mask", "{count} masks", len(found))
            words = trn("{count} outlier", "{count} outliers", outliers)
            self.setAccessibleDescription(f"{masks}, {words}")
            self.button.setText(tr("Next outlier") if outliers else tr("No outliers"))
            self.button.setVisible(bool(found))
            self._place_button()
            self._refresh_model(place[0], label)
        self.update()

    def _refresh_model(self, recording_id: int, label: str) -> None:
        """Find what the model's masks are like, as far as it has answered; a part at a time too."""
        row = self._session.row(recording_id)
        pixels = 1 if row is None else max(row.shape[0] * row.shape[1], 1)
        most = min(max(MOST_MODEL_PX // pixels, 1), MOST_NEW)
        found = self._session.times.coherence.of_model(recording_id, label, most)
        if found is None:
            self._more()
        else:
            self._model = found

    def _frame_changed(self, recording_id: int, _frame: int) -> None:
        if self._shown is None or self._shown[0] != recording_id:
            self._later()
        self.update()

    def _visibility_changed(self, is_visible: bool) -> None:
        self.setVisible(is_visible)
        self._later()

    # --- the pointer ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the mask nearest to where was pressed."""
        one = self._near(event.position().x())
        if one is not None and event.button() == Qt.MouseButton.LeftButton:
            self.frame_chosen.emit(one.frame)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub from mask to mask."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say of the mask under the pointer what is known."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            one = self._near(event.pos().x())
            QToolTip.showText(event.globalPos(), self._explain() if one is None else self._tell(one), self)
            return True
        return super().event(event)

    def _near(self, x: float) -> FrameCoherence | None:
        """Return the mask nearest to a place; outliers draw the pointer a little."""
        left, right = self._span()
        if not self._found or not left - 12 <= x <= right + 12:
            return None
        x_of = self._timeline.x_of

        def far(one: FrameCoherence) -> float:
            return abs(x_of(one.frame) + left - x) - (4.0 if one.is_outlier else 0.0)

        return min(self._found, key=far)

    def _tell(self, one: FrameCoherence) -> str:
        row = None if self._shown is None else self._session.row(self._shown[0])
        is_mm = row is not None and row.spacing_mm is not None
        area = tr("{area:.1f} mm²", area=one.area) if is_mm else tr("{area:.0f} pixels", area=one.area)
        lines = [tr("Frame {frame}: area {area}", frame=one.frame + 1, area=area)]
        if one.shift is not None:
            moved = "moved {shift:.2f} mm since the mask before"
            if not is_mm:
                moved = "moved {shift:.2f} pixels since the mask before"
            lines.append(tr(moved, shift=one.shift))
        if one.iou is not None:
            lines.append(tr("overlap (IoU) with the mask before {iou:.2f}", iou=one.iou))
        if one.reasons:
            lines.append(
                tr("Outlier: {reasons}, against its neighbours", reasons=", ".join(map(retell, one.reasons)))
            )
        return "\n".join(lines)

    def _explain(self) -> str:
        return tr(
            "How the masks of this label hang together: area, movement of the centre, overlap (IoU)"
            " with\nthe mask before. Hollow dots are ghosts, large ones outliers: click to go there."
            "\nThe faint dashed line: the model's masks, as far as it has answered."
        )

    # --- painting ------------------------------------------------------------------------------

    def x_of(self, frame: int) -> float:
        """Return the x of a frame: straight under it in the timeline."""
        return self._timeline.x_of(frame) + self._shift()

    def _shift(self) -> float:
        return float(self.mapFromGlobal(self._timeline.mapToGlobal(QPoint(0, 0))).x())

    def _span(self) -> tuple[float, float]:
        left = self._shift()
        return left, left + self._timeline.width()

    def _place_button(self) -> None:
        self.button.adjustSize()
        right = self._span()[1]
        room = max(self.width() - int(right) - 4, self.button.width())
        self.button.move(self.width() - room, (self.height() - self.button.height()) // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at the right."""
        super().resizeEvent(event)
        self._place_button()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lanes and where one is, or what is missing."""
        palette = theme.current()
        painter = QPainter(self)
        painter.setPen(QColor(palette.dim))
        if max(len(self._found), len(self._model)) < 2:
            words = tr("Looking at the masks…") if self._is_looking else self._what_is_missing()
            painter.drawText(self.rect().adjusted(12, 0, -12, 0), Qt.AlignmentFlag.AlignCenter, words)
            return
        painter.drawPixmap(0, 0, self._lanes())
        if self._session.place is not None:
            x = self.x_of(self._session.place[1])
            painter.setPen(QColor(palette.text))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _lanes(self) -> QPixmap:
        """Return the lanes as a picture that is drawn once: ten thousand dots need not be for every frame."""
        about = (
            self._found,
            self._model,
            self.size(),
            self._span(),
            theme.current().name,
            self.devicePixelRatioF(),
        )
        drawn = self._drawn
        if drawn is not None and drawn[0][0] is about[0] and drawn[0][1:] == about[1:]:
            return drawn[1]
        picture = QPixmap(self.size() * self.devicePixelRatioF())
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(self.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_lanes(painter)
        painter.end()
        self._drawn = about, picture
        return picture

    def _paint_lanes(self, painter: QPainter) -> None:
        palette = theme.current()
        left, right = self._span()
        both = (*self._found, *self._model)
        most_area = max(one.area for one in both) or 1.0
        most_shift = max((one.shift for one in both if one.shift is not None), default=0.0) or 1.0
        shares: tuple[Callable[[FrameCoherence], float | None], ...] = (
            lambda one: one.area / most_area,
            lambda one: None if one.shift is None else one.shift / most_shift,
            lambda one: one.iou,
        )
        ghosts = self._session.times.ghosts_here()
        for lane, (name, share) in enumerate(zip(LANES, shares, strict=True)):
            top = TOP + lane * (self._lane + GAP)
            painter.setPen(QColor(palette.dim))
            name_room = QRectF(8, top, max(left - 12, 40), self._lane)
            painter.drawText(name_room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tr(name))
            painter.setPen(QColor(palette.groove))
            painter.drawLine(QPointF(left + 6, top + self._lane), QPointF(right - 6, top + self._lane))
            self._paint_lane(painter, top, share, ghosts)

    def _paint_lane(
        self,
        painter: QPainter,
        top: float,
        share: Callable[[FrameCoherence], float | None],
        ghosts: Collection[int],
    ) -> None:
        palette = theme.current()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        faint = QColor(palette.dim)
        faint.setAlphaF(0.7)
        painter.setPen(QPen(faint, 1.0, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF([point for _one, point in self._points(self._model, top, share)]))
        points = self._points(self._found, top, share)
        painter.setPen(QColor(palette.accent))
        painter.drawPolyline(QPolygonF([point for _one, point in points]))
        is_crowded = len(points) > self.width() / 4
        for one, point in points:
            if one.is_outlier:
                painter.setPen(QColor(palette.window))
                painter.setBrush(QColor(palette.warning))
                painter.drawEllipse(point, DOT + 1.6, DOT + 1.6)
            elif not is_crowded:
                painter.setPen(QColor(palette.accent))
                painter.setBrush(QColor(palette.window if one.frame in ghosts else palette.accent))
                painter.drawEllipse(point, DOT, DOT)

    def _points(
        self,
        found: tuple[FrameCoherence, ...],
        top: float,
        share: Callable[[FrameCoherence], float | None],
    ) -> list[tuple[FrameCoherence, QPointF]]:
        shift, x_of = self._shift(), self._timeline.x_of
        return [
            (one, QPointF(x_of(one.frame) + shift, top + self._lane * (1 - 0.92 * value)))
            for one in found
            if (value := share(one)) is not None
        ]

    def _what_is_missing(self) -> str:
        session = self._session
        label = session.label(session.view.label)
        name = session.view.label if label is None else label.name
        return tr("Two masks of {name} in this recording are needed before they can be compared", name=name)
