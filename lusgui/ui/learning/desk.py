"""Where learning meets the window: its page, the line at the bottom, notes that come up, the gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from lusgui.base.errors import LearnError
from lusgui.base.translate import tr, trn
from lusgui.core.learning.changes import read_changes
from lusgui.core.learning.status import IDLE, FinishReason, LearnStatus
from lusgui.session.problems import Problem, problem_from_error
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.learning.toast import Toast
from lusgui.ui.learning.words import (
    BOXES,
    Told,
    Tone,
    describe_found,
    describe_verdict,
    dice_text,
    listed,
)
from lusgui.ui.panels.learning import LearningPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QTabWidget, QWidget

    from lusgui.core.learning.version import ModelVersion
    from lusgui.ui.learning.gallery import GalleryDialog
    from lusgui.ui.main_window import MainWindow

    Offers = list[tuple[str, str, Callable[[], object]]]

TITLE = "Learn"
BUSY_TITLE = "Learn ●"


class LearningDesk(QObject):
    """Puts learning into a window.

    Parameters
    ----------
    window : MainWindow
        Its canvas must be there; its tabs come with `add_to`.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._learner = window.services.learning
        self._tabs: QTabWidget | None = None
        self._page: QWidget | None = None
        self._gallery: GalleryDialog | None = None
        self._last = self._session.learning.status
        self._waiting: list[Callable[[], None]] = []
        self.panel = LearningPanel(window.session, window.actions_by_id, window.services)
        self.panel.changes_asked.connect(self.show_changes)
        self.entry = window.status_bar.learning
        self.entry.clicked.connect(self.show)
        self.toast = Toast(window.canvas)
        self._offer_later = Later(self._offer_to_go_on, self)
        self._bindings = Bindings()
        self._bindings.connect(self._session.learn_status_changed, self._follow)
        self._bindings.connect(self._session.stroke_open_changed, self._stroke_changed)
        self._bindings.connect(self._session.study_changed, self._study_changed)
        self._follow(self._last)
        self._offer_later()

    def add_to(self, tabs: QTabWidget, page: QWidget) -> None:
        """Remember the tabs that the page was put into."""
        self._tabs, self._page = tabs, page
        tabs.addTab(page, TITLE)
        tabs.setTabToolTip(tabs.indexOf(page), tr("Learn from what was reviewed ({key:learn.start})"))

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._offer_later.stop()
        self._waiting.clear()
        self.toast.close_panel()
        self.panel.close_panel()
        if self._gallery is not None:
            self._gallery.reject()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.panel.apply_theme()
        self.entry.apply_theme()

    # --- what commands ask ---------------------------------------------------------------------

    def show(self) -> None:
        """Show the page."""
        if self._tabs is not None and self._page is not None:
            self._tabs.setCurrentWidget(self._page)

    def learn(self, what: str) -> None:
        """Do what a command asks: start, stop, cancel, resume, suggest, points, boxes."""
        if what == "stop":
            self._learner.stop_and_keep()
        elif what == "cancel":
            self._learner.cancel()
        elif what == "resume":
            self._resume()
        else:
            self._start(what)

    def _start(self, what: str) -> None:
        session, settings = self._session, self.panel.settings
        label = session.view.label
        options: dict[str, object] = {"started_by": "hand"}
        labels: tuple[str, ...] = (label,)
        if what == "start":
            labels = (label, *settings.further())
            counted = session.learning.count(label)
            if not counted.positives and (counted.boxes or counted.points):
                options["kind"] = "boxes" if counted.boxes else "points"
        else:
            options["kind"] = what
        if self._learner.start(labels, **options):
            self.show()

    def _resume(self) -> None:
        folder = self._session.learning.resumable()
        if folder is None:
            self._window.say(tr("There is no interrupted run to go on with"))
        elif self._learner.resume(folder):
            self.show()

    def show_changes(self, version_id: int = 0) -> None:
        """Show what a version changed; the newest of the present label where none is named."""
        from lusgui.ui.learning.gallery import GalleryDialog

        session = self._session
        label = session.view.label
        version = session.models.get(version_id) if version_id else self.panel.newest(label)
        if version is None:
            session.report(
                Problem(
                    tr("There is nothing to compare yet"),
                    tr("No model was learnt for {name_of} in this study.", name_of=self.panel.name_of(label)),
                    tr("Review a few frames, then let lusgui learn them ({key:learn.start})."),
                )
            )
            return
        path = session.models.changes(version)
        try:
            changes = () if path is None else read_changes(path)
        except LearnError as error:
            session.report(problem_from_error(error, "What changed cannot be shown"))
            changes = ()
        if self._gallery is not None:
            self._gallery.reject()
        self._gallery = GalleryDialog(session, version, changes, self._window)
        self._gallery.frame_asked.connect(session.go_to)
        self._gallery.finished.connect(self._gallery_closed)
        self._gallery.show()

    @property
    def gallery(self) -> GalleryDialog | None:
        """The gallery, while it is open."""
        return self._gallery

    def _gallery_closed(self, _result: int) -> None:
        self._gallery = None

    # --- what happens --------------------------------------------------------------------------

    def _follow(self, status: LearnStatus) -> None:
        before, self._last = self._last, status
        name = listed(map(self.panel.name_of, status.labels))
        versions = [] if status.state.is_busy else self._versions_of(status)
        ended = None
        if versions:
            told = [describe_verdict(one, self.panel.name_of(one.label)) for one in versions]
            ended = (f"{name}: {_short(versions)}", told[0].tone)
        self.entry.show_status(status, name, ended)
        if before.state is not status.state:
            self._window.actions_by_id.refresh()
        if before.state.is_busy != status.state.is_busy:
            if self._tabs is not None and self._page is not None:
                title = BUSY_TITLE if status.state.is_busy else TITLE
                self._tabs.setTabText(self._tabs.indexOf(self._page), title)
            if before.state.is_busy and status != IDLE:
                self.panel.refresh()
                self._announce(status, versions)

    def _versions_of(self, status: LearnStatus) -> list[ModelVersion]:
        found = (self.panel.version_of(status.run_id, label) for label in status.labels)
        return [version for version in found if version is not None]

    def _announce(self, status: LearnStatus, versions: list[ModelVersion]) -> None:
        reason = status.reason or FinishReason.COMPLETED
        if status.problem is not None:
            self._when_hand_is_free(lambda: self._tell_problem(status))
            return
        if not reason.has_result:
            return  # thrown away by the person
        if not versions:
            label = status.labels[0] if status.labels else self._session.view.label
            boxes = self._session.detections_of(label) if status.strategy == BOXES else None
            if boxes is not None:
                found = len(boxes.frames())
                told = describe_found(found, boxes.looked_at, self.panel.name_of(label))
                works: Offers = [
                    ("Work on these", "Put them on the worklist", lambda: self._work_on_found(label))
                ]
                self._when_hand_is_free(lambda: self.toast.show_told(told, works if found else ()))
                return
            count = len(self._session.learning.suggestions(label))
            if count:
                told = Told(
                    trn("{count} frame worth drawing next", "{count} frames worth drawing next", count),
                    tr("{key:learn.next} goes from one to the next."),
                )
                shows: Offers = [("Show them", "Open the page on learning", self.show)]
                self._when_hand_is_free(lambda: self.toast.show_told(told, shows))
            return
        first = versions[0]
        verdicts = [describe_verdict(one, self.panel.name_of(one.label)) for one in versions]
        told = verdicts[0]
        if len(versions) > 1:
            lines = "\n".join(f"{verdict.headline}. {verdict.detail}" for verdict in verdicts)
            told = Told(
                trn("{count} model learnt", "{count} models learnt", len(versions)), lines, verdicts[0].tone
            )
        offers: Offers = []
        if self._session.models.changes(first) is not None:
            offers.append(
                (
                    "What changed…",
                    "Gained and lost pixels, frame by frame",
                    lambda: self.show_changes(first.id),
                )
            )
        active = [one for one in versions if one.is_active]
        if active:
            offers.append(("Undo", "Use the model from before again", lambda: self._undo(active)))
        else:
            offers.append(("Use it anyway", "Let it answer all the same", lambda: self._use(first)))
        self._when_hand_is_free(lambda: self.toast.show_told(told, offers))

    def _work_on_found(self, label: str) -> None:
        self._session.view.label = label
        self._window.actions_by_id["worklist.found"].trigger()

    def _tell_problem(self, status: LearnStatus) -> None:
        """Say what went wrong in a note; its log comes up in a dialog on request."""
        problem = status.problem
        if problem is None:
            return
        told = Told(
            problem.title, " ".join(part for part in (problem.message, problem.remedy) if part), Tone.BAD
        )
        whole = Problem(problem.title, problem.message, problem.remedy, "\n".join(status.log[-20:]))
        offers: Offers = []
        if self._session.learning.resumable() is not None:
            offers.append(("Go on", "Take the run up again where it was", self._resume))
        offers.append(("Details…", "What the training said last", lambda: self._session.report(whole)))
        self.toast.show_told(told, offers)

    def _undo(self, versions: list[ModelVersion]) -> None:
        for version in versions:
            present = self._session.models.active(version.label)
            if present is not None and present.id == version.id:
                self._session.models.roll_back(version.label)
        self._window.say(tr("The model from before is in use again"))

    def _use(self, version: ModelVersion) -> None:
        if self._session.models.promote(version.id):
            self._window.say(tr("{name} is in use", name=version.name))

    def _when_hand_is_free(self, act: Callable[[], None]) -> None:
        """Do something now, or when the stroke that is under way has ended."""
        if self._session.is_stroke_open:
            self._waiting.append(act)
        else:
            act()

    def _stroke_changed(self, is_open: bool) -> None:
        if not is_open:
            waiting, self._waiting = self._waiting, []
            for act in waiting:
                act()

    def _study_changed(self) -> None:
        self.toast.put_away()
        self._waiting.clear()
        if self._gallery is not None:
            self._gallery.reject()
        self._offer_later()

    def _offer_to_go_on(self) -> None:
        """Offer to go on with a run that was interrupted when the study was closed."""
        learning = self._session.learning
        if learning.status.state.is_busy or self._session.is_read_only:
            return
        folder = learning.resumable()
        if folder is None:
            return
        told = Told(
            "A run of learning was interrupted",
            "It can go on where it was; nothing that you drew depends on it.",
            Tone.WARNING,
        )
        self.toast.show_told(
            told,
            [
                ("Go on", "Take the run up again", self._resume),
                ("Throw it away", "Forget what it had learnt", self._decline),
            ],
        )

    def _decline(self) -> None:
        folder = self._session.learning.resumable()
        if folder is not None:
            self._session.learning.decline_resume(folder)
        self.panel.refresh()


def _short(versions: list[ModelVersion]) -> str:
    """Say in a few words what became of the models of a run."""
    parts = []
    for version in versions:
        score = tr(
            "Dice {dice_before} → {dice}, ",
            dice_before=dice_text(version.dice_before),
            dice=dice_text(version.dice),
        )
        is_judged = version.dice is not None
        parts.append(f"{score if is_judged else ''}{'in use' if version.is_active else 'kept aside'}")
    return "; ".join(parts)
