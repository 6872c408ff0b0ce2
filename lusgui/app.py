"""The composition root of the window: what is built, in which order, and how it all ends."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError
from lusgui.base.translate import ENGLISH, choose_language, language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.runtime.frame_reader import LoadedFrame
    from lusgui.ui.main_window import MainWindow

READY_FILE = "LUSGUI_READY_FILE"
"""Environment variable naming a file that gets the time at which the first frame was on screen."""
SHOT_SIZE = "1440x900"
DIALOGS_DELAY_MS = 1500
GC_DELAY_MS = 2500
SHOT_TIMEOUT_MS = 25_000
SHOT_SETTLE_MS = 250
SHOT_EMPTY_MS = 1500


def _log_qt_message(kind: object, context: object, text: str) -> None:
    """Put what Qt says into the log; people can do nothing about it."""
    level = {"QtWarningMsg": logging.WARNING, "QtCriticalMsg": logging.ERROR, "QtFatalMsg": logging.CRITICAL}
    logging.getLogger("lusgui.qt").log(level.get(getattr(kind, "name", ""), logging.DEBUG), "%s", text)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the words after ``lusgui``."""
    parser = argparse.ArgumentParser(
        prog="lusgui", description="Annotate and segment ultrasound recordings. Research use only."
    )
    parser.add_argument("files", nargs="*", type=Path, help="recordings, folders, or one .lusgui study")
    parser.add_argument("--study", type=Path, help="open this study, made if it is not there")
    parser.add_argument("--sample", action="store_true", help="open the bundled sample study")
    parser.add_argument("--theme", choices=("dark", "light", "system"), help="look of the window")
    parser.add_argument("--language", default="", help="language of the window, e.g. de")
    parser.add_argument("--device", default="auto", help="where the model runs: auto, cpu, cuda, mps")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="draw the window to a PNG and end")
    parser.add_argument("--size", default="", metavar="WxH", help="size of the window in pixels")
    parser.add_argument("--recording", type=int, default=0, help="recording to show, 1 is the first")
    parser.add_argument("--frame", type=int, default=0, help="frame to show, 1 is the first")
    parser.add_argument("--label", default="", help="label to draw, e.g. rib or cerebellum")
    parser.add_argument("--ready-file", type=Path, help="write the time at which the first frame was seen")
    return parser.parse_args(list(words))


class App:
    """Everything that lives as long as the window does.

    Parameters
    ----------
    words : argparse.Namespace
        From `parse`.
    """

    def __init__(self, words: argparse.Namespace) -> None:
        from PySide6.QtCore import QSettings
        from PySide6.QtWidgets import QApplication

        from lusgui.base.paths import config_dir
        from lusgui.runtime.errors import install_error_handling
        from lusgui.runtime.inference import InferenceClient
        from lusgui.runtime.live import LiveSegmentation
        from lusgui.runtime.live_clicks import LiveClicks
        from lusgui.runtime.services import AppServices
        from lusgui.session.session import Session
        from lusgui.ui.main_window import MainWindow
        from lusgui.ui.text_size import restore as restore_text_size
        from lusgui.ui.theme import Theme

        self.words = words
        existing = QApplication.instance()
        self.qt = existing if isinstance(existing, QApplication) else QApplication(["lusgui"])
        self.qt.setApplicationName("lusgui")
        self.qt.setApplicationDisplayName("")
        self.qt.setDesktopFileName("lusgui")
        self.settings = QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)
        self.session = Session()
        self.client = InferenceClient(device=words.device)
        self.live = LiveSegmentation(self.session, client=self.client)
        self.live.chooser.is_on = not words.label  # what was named is not guessed
        self.clicks = LiveClicks(self.session, self.live)
        self.services = AppServices(self.session, self.live)
        look = Theme(self.qt)
        self._choose_language(words.language or str(self.settings.value("language", ENGLISH)))
        saved_theme = str(self.settings.value("theme", "dark"))
        self.session.view.theme = words.theme or saved_theme
        restore_text_size(self.session, self.settings.value("text_scale", 1.0))
        look.apply(self.session.view.theme, self.session.view.text_scale)
        self._restore_keys()
        self.window: MainWindow = MainWindow(self.session, self.services, look, self._fetch, self.settings)
        self.window.closing.connect(self.shut_down)
        self.client.status_changed.connect(
            lambda status: self.window.status_bar.show_worker(str(status.state), status.device, status.note)
        )
        self.session.labels_changed.connect(self.live.choose_default_models)
        self.session.study_changed.connect(self._study_changed)
        self.session.view.events.theme.connect(self._remember_theme)
        self.session.view.events.text_scale.connect(self._remember_text_size)
        self._is_down = False
        self.errors = install_error_handling(self.session.report)

    def _fetch(self, recording_id: int, frame: int) -> LoadedFrame | None:
        return self.live.loader.get(recording_id, frame, self.session.view.despeckle)

    def _remember_theme(self, name: str) -> None:
        self.settings.setValue("theme", name)

    def _remember_text_size(self, scale: float) -> None:
        self.settings.setValue("text_scale", scale)

    def _choose_language(self, code: str) -> None:
        """Speak the language that was chosen; English where its catalogue cannot be used."""
        try:
            choose_language(code)
        except LusguiError as error:
            choose_language(ENGLISH)
            logging.getLogger(__name__).warning("the window stays English: %s", error.message)
        self.session.view.language = language()
        self.session.view.events.language.connect(self._remember_language)

    def _remember_language(self, code: str) -> None:
        self.settings.setValue("language", code)

    def _restore_keys(self) -> None:
        """Take the keys that were chosen; of settings that cannot be used nothing is taken."""
        saved = self.settings.value("keys")
        if saved:
            try:
                self.session.key_map.from_json(str(saved))
            except LusguiError as error:
                logging.getLogger(__name__).warning("saved keys are not used: %s", error.message)
        self.session.key_map.changed.connect(self._remember_keys)

    def _remember_keys(self) -> None:
        self.settings.setValue("keys", self.session.key_map.to_json())

    def _study_changed(self) -> None:
        self.live.choose_default_models()
        self.show_recent()

    def _prepare_dialogs(self) -> None:
        """Load what the first frame did not need."""
        if self._is_down:
            return
        path = self.session.study_path
        if path is not None:
            self.window.asking.dialogs.recent.add(path)
        self.show_recent()
        self.window.banner.refresh()

    def show_recent(self) -> None:
        """List studies opened lately on the welcome page."""
        if not self.session.is_open:
            self.window.welcome.set_recent(self.window.asking.dialogs.recent.paths()[:5])

    # --- beginning -----------------------------------------------------------------------------

    def open_what_was_named(self) -> None:
        """Open the files, study or sample of the command line."""
        words, session = self.words, self.session
        studies = [path for path in words.files if path.suffix == ".lusgui"]
        others = [path for path in words.files if path.suffix != ".lusgui"]
        study = words.study or (studies[0] if studies else None)
        if study is not None:
            if study.exists() or not words.study:
                session.open_study(study)
            else:
                session.new_study(study)
        elif words.sample:
            sample = self.services.sample_study()
            if sample is not None:
                session.open_study(sample)
        if others:
            self.services.add_recordings([path.absolute() for path in others])
        rows = session.recording_rows()
        if rows and (words.recording or words.frame):
            row = rows[min(max(words.recording, 1), len(rows)) - 1]
            session.go_to(row.id, min(max(words.frame, 1), row.frames) - 1)
        if words.label and session.label(words.label) is not None:
            session.view.label = words.label

    def announce_first_frame(self) -> None:
        """Write the time of the first frame where the environment or an option asks for it."""
        target = self.words.ready_file or os.environ.get(READY_FILE)
        if not target:
            return
        from PySide6.QtCore import QTimer

        presenter = self.window.presenter

        def painted() -> None:
            # The canvas has been painted by the time the next turn of the event loop comes.
            Path(target).write_text(repr(time.time()), encoding="utf-8")

        def shown(recording_id: int, frame: int) -> None:
            presenter.frame_shown.disconnect(shown)
            self.window.canvas.viewport().repaint()
            QTimer.singleShot(0, painted)

        presenter.frame_shown.connect(shown)

    def draw_picture(self, target: Path) -> None:
        """Draw the window to a PNG once frame and model are there, then close."""
        from PySide6.QtCore import QTimer

        session, window = self.session, self.window
        done = [False]

        def take() -> None:
            if done[0]:
                return
            done[0] = True
            target.parent.mkdir(parents=True, exist_ok=True)
            window.grab().save(str(target), "PNG")
            window.close()

        def settle(*_: object) -> None:
            key = session.key()
            if key is None or not window.presenter.is_up_to_date:
                return
            if session.model_mask(key) is not None or session.active_model(key.label) is None:
                QTimer.singleShot(SHOT_SETTLE_MS, take)

        session.prediction_changed.connect(settle)
        window.presenter.frame_shown.connect(settle)

        def give_up_early() -> None:
            if session.place is None and not self.services.jobs.active():
                take()

        QTimer.singleShot(SHOT_TIMEOUT_MS, take)
        QTimer.singleShot(SHOT_EMPTY_MS, give_up_early)

    def run(self) -> int:
        """Show the window and stay until it is closed."""
        from PySide6.QtCore import QTimer

        # Start-up makes many objects that stay: looking for garbage among them costs a fifth of the time.
        QTimer.singleShot(GC_DELAY_MS, gc.enable)
        self.announce_first_frame()
        size = self.words.size or (SHOT_SIZE if self.words.screenshot is not None else "")
        if size:
            width, _, height = size.partition("x")
            self.window.resize(int(width), int(height))
        self.window.show()
        if self.words.screenshot is not None:
            self.draw_picture(self.words.screenshot.absolute())
        QTimer.singleShot(0, self.open_what_was_named)
        QTimer.singleShot(DIALOGS_DELAY_MS, self._prepare_dialogs)
        return int(self.qt.exec())

    # --- end -----------------------------------------------------------------------------------

    def shut_down(self) -> None:
        """End everything, in order: no new questions, workers, threads, then the study; idempotent."""
        if self._is_down:
            return
        self._is_down = True
        self.session.study_changed.disconnect(self._study_changed)
        self.session.labels_changed.disconnect(self.live.choose_default_models)
        self.services.cancel_work()
        self.services.stop_learning()
        self.clicks.shutdown()
        self.live.shutdown()
        self.services.shutdown()
        self.session.save_place()
        self.session.close_study()
        self.settings.sync()
        self.errors.uninstall()


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window; return the exit status."""
    from PySide6.QtCore import QTimer, qInstallMessageHandler

    words = parse(sys.argv[1:] if argv is None else argv)
    if words.screenshot is not None and "QT_QPA_PLATFORM" not in os.environ:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    gc.disable()
    qInstallMessageHandler(_log_qt_message)
    application = App(words)
    for name in ("SIGINT", "SIGTERM"):
        # Ends like a click on the close button; heard when the clock of the services next ticks. Not at once:
        # a handler runs in the middle of whatever Python is doing, and ending would delete it under its feet.
        signal.signal(getattr(signal, name), lambda *_: QTimer.singleShot(0, application.window.close))
    try:
        return application.run()
    finally:
        application.shut_down()
