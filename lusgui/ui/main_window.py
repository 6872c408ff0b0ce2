"""The window: puts canvas, panels and bars together. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.session.commands import COMMANDS
from lusgui.ui import theme
from lusgui.ui.actions import Actions
from lusgui.ui.asking import Asking
from lusgui.ui.bindings import Bindings
from lusgui.ui.canvas.click_view import ClickView
from lusgui.ui.canvas.limits_overlay import LimitsView
from lusgui.ui.canvas.presenter import FramePresenter
from lusgui.ui.canvas.see_views import SeeViews
from lusgui.ui.canvas.shape_view import ShapeView
from lusgui.ui.canvas.uncertainty import UncertaintyView
from lusgui.ui.canvas.view import CanvasView
from lusgui.ui.keys import KeyKeeper, calm_focus
from lusgui.ui.language import Translator
from lusgui.ui.learning.desk import LearningDesk
from lusgui.ui.mask_bar import MaskBar
from lusgui.ui.measure_desk import MeasureDesk
from lusgui.ui.panels.banner import Banner
from lusgui.ui.panels.brush import BrushPanel
from lusgui.ui.panels.coherence import CoherenceStrip
from lusgui.ui.panels.display import DisplayPanel
from lusgui.ui.panels.ghosts import GhostBar
from lusgui.ui.panels.labels import LabelPanel
from lusgui.ui.panels.limits import LimitsPanel
from lusgui.ui.panels.mask import MaskPanel
from lusgui.ui.panels.metrics import MetricsPanel
from lusgui.ui.panels.parts import scrolled, tidy_number_boxes
from lusgui.ui.panels.recordings import RecordingsPanel
from lusgui.ui.panels.status_bar import StatusBar
from lusgui.ui.panels.threshold import ThresholdPanel
from lusgui.ui.panels.timeline import Timeline
from lusgui.ui.panels.welcome import WelcomePage
from lusgui.ui.panels.worklist import WorklistPanel
from lusgui.ui.review.desk import ReviewDesk
from lusgui.ui.text_size import FITS_CONTENT, TextSize
from lusgui.ui.tool_bar import ToolBar, show_rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from lusgui.session.session import Session
    from lusgui.ui.canvas.shown_frame import ShownFrame
    from lusgui.ui.services import Services

LEFT_WIDTH = 190
TOOL_COMMANDS = tuple(command.id for command in COMMANDS if command.id.startswith("tool."))


class MainWindow(QMainWindow):
    """The one window; also the desk that commands speak to.

    Parameters
    ----------
    session : Session
        What is drawn.
    services : Services
        Long work and models.
    look : Theme
        Puts themes on.
    fetch : callable
        Returns a frame that has been read, or None.
    settings : QSettings
        Where the geometry is remembered.

    Signals
    -------
    closing()
        The person closes the window; everything must end.
    """

    closing = Signal()

    def __init__(
        self,
        session: Session,
        services: Services,
        look: theme.Theme,
        fetch: Callable[[int, int], ShownFrame | None],
        settings: QSettings,
    ) -> None:
        super().__init__()
        self.session = session
        self.services = services
        self._look = look
        self._settings = settings
        self._is_closed = False
        self.setAcceptDrops(True)
        self.setWindowIcon(theme.app_icon())
        self.actions_by_id = Actions(self, self)
        self.canvas = CanvasView()
        self.presenter = FramePresenter(self.canvas, session, fetch)
        self.uncertainty = UncertaintyView(self.canvas, session, self.presenter)
        self.clicks = ClickView(self.canvas, session, self.presenter, self.actions_by_id, self.say)
        self.see = SeeViews(self.canvas, session, self.presenter, fetch)
        self.shapes = ShapeView(self.canvas, session, self.presenter, self.actions_by_id, self.say)
        self.mask_bar = MaskBar(self.canvas, session, self.actions_by_id)
        self.veil = LimitsView(self.canvas, session, self.presenter)
        self.asking = Asking(self)
        self._build()
        self.keys = KeyKeeper(self, self, self.canvas)
        self.text_size = TextSize(self)
        self.translator = Translator(self)
        self._bindings = Bindings()
        for signal in (session.study_changed, session.recordings_changed, session.frame_changed):
            self._bindings.connect(signal, self._refresh_title)
        self._bindings.connect(session.view.events.theme, self.apply_theme)
        self._bindings.connect(session.problem_reported, self.asking.tell)
        self._bindings.connect(session.times.told, self.say)
        calm_focus(self)
        tidy_number_boxes(self)
        self._restore_geometry()
        self._refresh_title()
        self.canvas.setFocus()

    # --- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        session, actions = self.session, self.actions_by_id
        actions.fill(self.menuBar())
        self.menuBar().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.status_bar = StatusBar(session, self.presenter, self.services)
        self.status_bar.model_clicked.connect(lambda: self.ask("model"))
        self.status_bar.cancel_asked.connect(self.services.cancel_work)
        self.status_bar.worker_clicked.connect(self.asking.show_worker_menu)
        self.setStatusBar(self.status_bar)
        self.tools = ToolBar(actions)
        self.addToolBar(self.tools)
        self.addToolBar(self.tools.verdict)

        self.recordings = RecordingsPanel(session, actions)
        self.recordings.remove_asked.connect(self.asking.remove_recording)
        self.recordings.locate_asked.connect(self.asking.locate_recording)
        self.recordings.recipe_asked.connect(self.asking.recipe)
        self.recordings.spacing_asked.connect(self.asking.spacing)
        self.labels = LabelPanel(session, actions, self.services)
        self.labels.visibility_changed.connect(self.presenter.set_label_visible)
        self.labels.edit_asked.connect(self.asking.edit_label)
        self.threshold = ThresholdPanel(session, actions, self.services)
        self.see.band.changed.connect(self.threshold.show_band)
        self.brush = BrushPanel(session, actions)
        self.masks, self.limits = MaskPanel(session, actions), LimitsPanel(session, actions)
        self.display = DisplayPanel(session, actions)
        self.metrics = MetricsPanel(self.canvas, self.presenter)
        for tool in TOOL_COMMANDS:  # choosing the tool that is shown already must end the drawing of a region
            actions[tool].triggered.connect(self.presenter.return_tool)
        self.worklist = WorklistPanel(session, actions)
        self.timeline = Timeline(session, actions)
        self.ghosts = GhostBar(session, actions)
        self.coherence = CoherenceStrip(session, actions, self.timeline.strip)
        self.coherence.frame_chosen.connect(self.timeline.strip.frame_chosen)
        self.welcome = WelcomePage(actions)
        self.welcome.recent_chosen.connect(self.asking.open_study)
        self.banner = Banner(session, self.asking)
        self.presenter.frame_shown.connect(self.canvas.paint_now)
        self.presenter.frame_shown.connect(self.timeline.frame_shown)
        self.presenter.message.connect(self.say)
        self.canvas.pointer_moved.connect(self.status_bar.show_pointer)

        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        annotate = scrolled(self.labels, self.threshold, self.brush, self.masks, self.limits)
        self.tabs.addTab(annotate, "Annotate")
        self.tabs.addTab(scrolled(self.display, self.metrics), "Image")
        self.tabs.addTab(scrolled(self.worklist), "Worklist")
        self.learning = LearningDesk(self)
        self.learning.add_to(self.tabs, scrolled(self.learning.panel))
        self.review = ReviewDesk(self)
        self.review.add_to(self.tabs, scrolled(self.review.panel))
        self.measure = MeasureDesk(self)
        self.measure.add_to(self.tabs, scrolled(self.measure.panel))
        self.tabs.setObjectName("side")
        middle = QWidget()
        middle.setObjectName("workplace")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.banner)
        column.addWidget(self.review.bar)
        column.addWidget(self.review.adjudication)
        column.addWidget(self.see.pictures, 1)
        column.addWidget(self.ghosts)
        column.addWidget(self.timeline)
        column.addWidget(self.coherence)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(5)
        left = QWidget()
        left.setObjectName("side")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        holder = QHBoxLayout(left)
        holder.setContentsMargins(0, 0, 0, 0)
        holder.addWidget(self.recordings)
        left.setMinimumWidth(LEFT_WIDTH)
        left.setProperty(FITS_CONTENT, True)  # names are elided: the image needs the room
        for part in (left, middle, self.tabs):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([236, 800, self.tabs.minimumSizeHint().width()])
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.splitter)
        self.setCentralWidget(self.pages)

    # --- the desk ------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Show a short hint."""
        self.status_bar.say(text)

    def ask(self, what: str) -> None:
        """Open a dialog or page."""
        self.asking.ask(what)

    def fit(self) -> None:
        """Show the whole frame."""
        self.canvas.fit()

    def zoom(self, factor: float) -> None:
        """Magnify about the middle."""
        self.canvas.zoom(factor)

    def pointer(self) -> tuple[float, float] | None:
        """Return where in the frame the pointer is."""
        return self.canvas.gestures.pointer

    def step_brush_size(self, steps: int) -> None:
        """Grow or shrink the brush."""
        self.presenter.step_brush_size(steps)

    def toggle_play(self) -> None:
        """Start or stop the cine loop."""
        self.timeline.toggle_play()

    def peek_raw(self, peek: bool) -> None:
        """Show raw instead of despeckled, or the reverse, while asked to."""
        self.presenter.peek_raw(peek)

    def hide_overlay(self, hide: bool) -> None:
        """Show no overlay while asked to."""
        self.presenter.hide_overlay(hide)
        self.uncertainty.hide_while(hide)
        self.clicks.hide_while(hide)
        self.measure.view.hide_while(hide)
        self.shapes.hide_while(hide)
        self.see.hide_while(hide)

    def hold_space(self, held: bool) -> bool:
        """Let the left button pan while asked to; when it ends, say whether it panned."""
        return bool(self.canvas.gestures.set_space_held(held))

    def segment(self, what: str) -> None:
        """Segment the recording, or the worklist, in the background."""
        place = self.session.place
        if what == "worklist":
            self.services.segment(self.session.worklist, "Segment worklist")
        elif place is not None:
            row = self.session.row(place[0])
            frames = row.frames if row is not None else 0
            self.services.segment([(place[0], frame) for frame in range(frames)], "Segment recording")

    def learn(self, what: str) -> None:
        """Start, stop, cancel or resume a run of learning, or look for frames worth drawing."""
        self.learning.learn(what)

    def cancel_work(self) -> None:
        """Stop what runs in the background."""
        self.services.cancel_work()

    def quit(self) -> None:
        """Close the window."""
        self.close()

    # --- looks ---------------------------------------------------------------------------------

    def apply_theme(self, name: str) -> None:
        """Put a theme on everywhere."""
        self._look.apply(name, self.session.view.text_scale)
        self.actions_by_id.refresh_icons()
        self.tools.apply_theme()
        show_rest(self.menuBar(), "qt_menubar_ext_button", tr("Further menus"))
        self.canvas.apply_theme()
        self.see.apply_theme()
        self.welcome.refresh_icons()
        self.labels.rebuild()
        self.status_bar.apply_theme()
        self.banner.refresh()
        self.learning.apply_theme()
        self.review.apply_theme()
        self.update()

    def _refresh_title(self, *_: object) -> None:
        session = self.session
        place = session.place
        row = None if place is None else session.row(place[0])
        has_recordings = bool(session.recording_rows())
        self.pages.setCurrentIndex(1 if has_recordings else 0)
        parts = [] if row is None else [row.name]
        if session.study_path is not None:
            parts.append(session.study_path.stem)
        self.setWindowTitle(" – ".join([*parts, "lusgui"]))

    def _restore_geometry(self) -> None:
        self.resize(1400, 880)
        geometry = self._settings.value("geometry")
        splitter = self._settings.value("splitter")
        if geometry is not None:
            self.restoreGeometry(geometry)
        if splitter is not None:
            self.splitter.restoreState(splitter)
        screen = QApplication.primaryScreen()
        if screen is not None and geometry is None:  # type: ignore[redundant-expr]  # none without a display
            room = screen.availableSize()
            self.resize(self.size().boundedTo(QSize(room.width(), room.height() - 40)))

    # --- files dropped, the end ----------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.asking.open_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the geometry and let everything end, once."""
        if not self._is_closed:
            if not self.asking.may_close():
                event.ignore()
                return
            self._is_closed = True
            self._settings.setValue("geometry", self.saveGeometry())
            self._settings.setValue("splitter", self.splitter.saveState())
            self.closing.emit()
            self._stop_listening()
        event.accept()

    def _stop_listening(self) -> None:
        self.asking.close()
        self.keys.close()
        self.text_size.close()
        self.translator.close()
        self._bindings.disconnect()
        self.actions_by_id.close()
        self.presenter.close()
        for panel in (
            self.uncertainty,
            self.clicks,
            self.shapes,
            self.see,
            self.recordings,
            self.labels,
            self.threshold,
            self.brush,
            self.masks,
            self.limits,
            self.mask_bar,
            self.veil,
            self.display,
            self.metrics,
            self.worklist,
            self.learning,
            self.review,
            self.measure,
            self.timeline,
            self.ghosts,
            self.coherence,
            self.banner,
            self.status_bar,
        ):
            panel.close_panel()
