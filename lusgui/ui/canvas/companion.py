"""The second picture beside the first: another frame, or raw beside despeckled, zoomed and moved in step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGraphicsItem,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.core.annotation import PlaneKey
from lusgui.session.seeing import Beside
from lusgui.ui.bindings import Bindings, Later, set_quietly
from lusgui.ui.canvas.colormaps import lookup_table
from lusgui.ui.canvas.overlay import LabelOverlay
from lusgui.ui.canvas.pan import PanTool
from lusgui.ui.canvas.view import CanvasView
from lusgui.ui.canvas.windowing import screen_gray
from lusgui.ui.keys import calm_focus

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QStyleOptionGraphicsItem

    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.shown_frame import ShownFrame

TITLES = {
    Beside.PREVIOUS: "Previous",
    Beside.NEXT: "Next",
    Beside.OTHER: "Raw / despeckled",
    Beside.PINNED: "Pinned",
}
ARM = 7.0
"""Screen pixels from the middle of the cross to its ends."""


class PlaceMark(QGraphicsItem):
    """A cross at the place where the pointer is in the other picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(40)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setVisible(False)

    def boundingRect(self) -> QRectF:
        """Return the cross with its rim."""
        return QRectF(-ARM - 3, -ARM - 3, 2 * ARM + 6, 2 * ARM + 6)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the cross, light with a dark rim."""
        for color, width in ((QColor(0, 0, 0, 170), 3.5), (QColor("white"), 1.5)):
            painter.setPen(QPen(color, width))
            for along in (QPointF(ARM, 0), QPointF(0, ARM)):
                painter.drawLine(-along, along * -0.35)
                painter.drawLine(along * 0.35, along)


class Companion(QFrame):
    """Shows, never changes: masks are drawn in the first picture alone.

    Parameters
    ----------
    session : Session
        Says what is to be shown.
    presenter : FramePresenter
        Knows what is on screen in the first picture.
    first : CanvasView
        The first picture.
    fetch : callable
        Returns a frame that has been read, by recording and frame, or None.
    """

    def __init__(
        self,
        session: Session,
        presenter: FramePresenter,
        first: CanvasView,
        fetch: Callable[[int, int], ShownFrame | None],
    ) -> None:
        super().__init__()
        self._session = session
        self._presenter = presenter
        self._first = first
        self._fetch = fetch
        self._overlays: dict[str, LabelOverlay] = {}
        self._place: tuple[int, int] | None = None
        self._is_following = False
        self._is_hidden = False
        self.setObjectName("companion")
        self.setAccessibleName(tr("Second picture"))
        self._build()
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()
        events = session.view.events
        for signal in (
            session.seeing.events.beside,
            session.seeing.events.pinned,
            session.seeing.arrived,
            session.mask_changed,
            session.proposal_changed,
            session.prediction_changed,
            session.labels_changed,
            session.recordings_changed,
            session.study_changed,
            events.threshold,
            events.threshold_low,
            events.least_area,
            events.fill_holes,
            events.keep_largest,
            events.label,
            events.all_labels,
            events.opacity,
            events.overlay_style,
            events.overlay_visible,
            events.model_visible,
            events.colormap,
        ):
            self._bindings.connect(signal, self._later)
        presenter.gray_changed.connect(self._later)
        presenter.frame_shown.connect(self._later)
        first.pointer_moved.connect(self._point)
        first.zoom_changed.connect(self._first_moved)
        self.canvas.zoom_changed.connect(self._moved)
        self.canvas.window_level_dragged.connect(presenter.change_window_level)
        calm_focus(self)

    def _build(self) -> None:
        seeing = self._session.seeing
        self.choice = QComboBox()
        for beside, title in TITLES.items():
            self.choice.addItem(tr(title), beside)
        self.choice.setAccessibleName(tr("What the second picture shows"))
        self.choice.setToolTip(
            tr(
                "The previous or next frame, this one raw or despeckled (whichever the first picture is"
                " not), or one that you pinned"
            )
        )
        self.choice.setMinimumContentsLength(5)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.activated.connect(
            lambda index: setattr(seeing, "beside", Beside(self.choice.itemData(index)))
        )
        self.pin = _button(
            tr("Pin"), tr("Keep the frame of the first picture here, whatever is looked at next")
        )
        self.pin.clicked.connect(self._pin)
        self.visit = _button(tr("Go there"), tr("Look at this frame in the first picture"))
        self.visit.clicked.connect(self._visit)
        self.close_button = _button(tr("Close"), tr("Put the second picture away ({key:view.side_by_side})"))
        self.close_button.clicked.connect(lambda: setattr(seeing, "side_by_side", False))
        self.caption = caption_label("What is shown in the second picture")
        self.head = QWidget()
        row = QHBoxLayout()
        row.setSpacing(5)
        row.addWidget(self.choice, 1)
        for button in (self.pin, self.visit, self.close_button):
            row.addWidget(button)
        lines = QVBoxLayout(self.head)
        lines.setContentsMargins(6, 4, 6, 2)
        lines.setSpacing(2)
        lines.addLayout(row)
        lines.addWidget(self.caption)
        self.canvas = CanvasView()
        self.canvas.setObjectName("canvas of the second picture")
        self.canvas.setAccessibleName(tr("Second image"))
        self.canvas.setAccessibleDescription(tr("Another frame to compare with; drag moves both pictures"))
        self.canvas.setMinimumSize(160, 160)
        self.canvas.setFocusProxy(self._first)  # keys pressed next are for the first picture
        self.canvas.set_tool(PanTool(self.canvas))
        self.mark = PlaceMark()
        self.canvas.add_item(self.mark)
        self.empty = QLabel()
        self.empty.setObjectName("note")
        self.empty.setWordWrap(True)
        self.empty.setAccessibleName(tr("Why the second picture is empty"))
        over = QVBoxLayout(self.canvas)
        over.setContentsMargins(16, 16, 16, 16)
        over.addWidget(self.empty, 0, Qt.AlignmentFlag.AlignCenter)
        self.empty.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.canvas, 1)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.canvas.apply_theme()

    def hide_while(self, hide: bool) -> None:
        """Show no masks while asked to."""
        self._is_hidden = hide
        self._refresh_masks()

    @property
    def shown(self) -> tuple[int, int] | None:
        """Recording and frame in the second picture."""
        return self._place

    def refresh(self) -> None:
        """Show the frame that belongs beside the present one, as soon as it has been read."""
        session, seeing = self._session, self._session.seeing
        if not seeing.side_by_side:
            return
        set_quietly(self.choice, self.choice.setCurrentIndex, self.choice.findData(seeing.beside))
        place = self._presenter.shown
        row = None if place is None else session.row(place[0])
        wanted = seeing.place_beside(place, 0 if row is None else row.frames)
        other = None if wanted is None else session.row(wanted[0])
        if wanted is None or other is None:
            self._show_nothing(self._why_nothing())
            return
        loaded = self._fetch(*wanted)
        if loaded is None:
            seeing.wanted.emit(*wanted)
            if self._place is None:
                self.caption.setText(tr("Reading…"))
            return
        raw = self._presenter.shows_raw != (seeing.beside is Beside.OTHER)
        gray = loaded.gray_raw if raw else loaded.gray
        self._place = wanted
        self.empty.hide()
        self.pin.setEnabled(place is not None)
        self.visit.setEnabled(wanted != place)
        self._is_following = True
        self.canvas.set_geometry(gray.shape, other.spacing_mm)
        self._is_following = False
        self.canvas.set_colormap(lookup_table(session.view.colormap))
        self.canvas.show_gray(screen_gray(gray, session.view.window, session.view.level))
        name = "" if place is not None and wanted[0] == place[0] else other.name
        state = "" if loaded.gray is loaded.gray_raw else tr("raw") if raw else tr("despeckled")
        if seeing.beside is Beside.OTHER and not state:
            state = tr("alike, despeckling is off")
        parts = (name, tr("frame {frame}", frame=wanted[1] + 1), state)
        self.caption.setText(", ".join(part for part in parts if part))
        self._refresh_masks()
        self._first_moved()

    def _why_nothing(self) -> str:
        seeing = self._session.seeing
        if self._presenter.shown is None:
            return tr("Open a recording: what stands beside its frames is shown here.")
        return {
            Beside.PREVIOUS: "This is the first frame: there is none before it.",
            Beside.NEXT: "This is the last frame: there is none after it.",
            Beside.PINNED: "Nothing is pinned: press Pin to keep the present frame here.",
        }.get(seeing.beside, "")

    def _show_nothing(self, why: str) -> None:
        self._place = None
        self.caption.setText(tr("no frame"))
        self.empty.setText(why)
        self.empty.setVisible(bool(why))
        self.visit.setEnabled(False)
        self._is_following = True
        self.canvas.clear()
        self._is_following = False
        self.mark.setVisible(False)
        self._refresh_masks()

    def _refresh_masks(self) -> None:
        session, view = self._session, self._session.view
        labels = {label.key: label for label in session.labels}
        for gone in [key for key in self._overlays if key not in labels]:
            self.canvas.remove_item(self._overlays.pop(gone))
        shown = session.model_labels_shown()
        visible = view.overlay_visible and not self._is_hidden and self._place is not None
        for key, label in labels.items():
            overlay = self._overlays.get(key)
            if overlay is None:
                overlay = self._overlays[key] = LabelOverlay.of(label)
                self.canvas.add_item(overlay)
            overlay.setVisible(visible and key not in self._presenter.hidden_labels)
            is_model = view.model_visible and key in shown
            overlay.set_look(
                label.color, view.overlay_style, view.opacity, current=key == view.label, model=is_model
            )
            if overlay.frame_shape != self.canvas.shape:
                overlay.set_shape(self.canvas.shape)
            if self._place is None:
                continue
            plane = PlaneKey(*self._place, key)
            overlay.set_human(session.mask(plane))
            overlay.set_proposal(session.proposal(plane))
            overlay.set_model(
                session.model_mask(plane) if is_model else None,
                session.prediction(plane) if is_model else None,
            )

    # --- in step -------------------------------------------------------------------------------

    def _is_in_register(self) -> bool:
        first, second = self._first, self.canvas
        return (
            self._session.seeing.side_by_side
            and second.has_frame
            and (first.shape, first.spacing_mm) == (second.shape, second.spacing_mm)
        )

    def _first_moved(self, *_: object) -> None:
        self._follow(self._first, self.canvas)

    def _moved(self, *_: object) -> None:
        self._follow(self.canvas, self._first)

    def _follow(self, leader: CanvasView, follower: CanvasView) -> None:
        if self._is_following or not self._is_in_register():
            return
        self._is_following = True
        follower.see(*leader.seen)
        self._is_following = False

    def _point(self, row: float, col: float) -> None:
        is_inside = self._is_in_register() and self._first.is_inside(row, col)
        self.mark.setVisible(is_inside)
        if is_inside:
            self.mark.setPos(col, row)

    def _pin(self) -> None:
        self._session.seeing.pinned = self._presenter.shown
        self._session.seeing.beside = Beside.PINNED

    def _visit(self) -> None:
        if self._place is not None:
            self._session.go_to(*self._place)


def _button(text: str, tooltip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("small")
    button.setToolTip(tooltip)
    button.setAccessibleName(text)
    return button


def caption_label(name: str) -> QLabel:
    """Return the line above a picture that says what it shows."""
    label = QLabel()
    label.setObjectName("dim")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    label.setMinimumWidth(1)  # a long name is cut off rather than widening the window
    return label
