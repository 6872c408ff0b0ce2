"""Files and studies as the File menu, a drop and the recent list bring them: asked for, opened, saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.session.leaving import Purpose
from lusgui.session.opening import sample_path
from lusgui.session.problems import Problem
from lusgui.ui.dialogs.choose import MODELS, RECORDINGS, STUDIES, Kind, choose

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from lusgui.session.session import Session
    from lusgui.ui.dialogs.recent import RecentStudies
    from lusgui.ui.services import Services

SUFFIX = ".lusgui"
MODEL_SUFFIX = ".safetensors"


class FileActs:
    """Asks for files and carries them to the session and the services.

    Parameters
    ----------
    session : Session
        Whose study is left, opened or saved.
    services : Services or None
        Opens recordings in the background.
    recent : RecentStudies
        Studies opened lately.
    window : QWidget or None
        Parent of the system's own dialogs.
    """

    def __init__(
        self, session: Session, services: Services | None, recent: RecentStudies, window: QWidget | None
    ) -> None:
        self._session = session
        self._services = services
        self._window = window
        self.recent = recent

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what commands ask for, by name."""
        leaving = self._session.leaving
        return {
            "open": self._ask_recordings,
            "open folder": self._ask_folder,
            "sample": self._open_sample,
            "new study": self._ask_new_study,
            "open study": self._ask_study,
            "save": self._save,
            "save copy": self.ask_copy,
            "close study": lambda: leaving.go(self._session.close_study, Purpose.CLOSE),
            "add model": self._ask_model,
        }

    def open_files(self, paths: list[Path]) -> None:
        """Open what was dropped or chosen: studies as studies, the rest as recordings."""
        studies = [path for path in paths if path.suffix.lower() == SUFFIX]
        models = [path for path in paths if path.suffix.lower() == MODEL_SUFFIX]
        others = [path for path in paths if path not in (*studies, *models)]

        def open_others() -> None:
            if others and self._services is not None:
                self._services.add_recordings(others)
            for path in models:
                self._use_model(path)

        if not studies:
            open_others()
            return
        if len(studies) > 1:
            names = ", ".join(path.name for path in studies[1:])
            self._session.report(
                Problem(
                    tr("One study at a time"),
                    tr("Not opened: {names}.", names=names),
                    tr("Open it from the File menu."),
                )
            )
        self.open_study(studies[0], open_others)

    def open_study(self, path: Path, after: Callable[[], object] | None = None) -> None:
        """Open a study, asking first what becomes of what is not in the present one.

        A study that is gone is taken off the list of recent ones.

        Parameters
        ----------
        path : Path
            The study.
        after : callable, optional
            Called once it is open.
        """
        if not path.exists():
            self.recent.forget(path)
        self._session.leaving.open_study(path, after)

    def _folder(self) -> Path:
        """Return the folder that a file dialog begins in."""
        row = None if self._session.place is None else self._session.row(self._session.place[0])
        if row is not None and row.path.parent.is_dir():
            return row.path.parent
        study = self._session.study_path
        return study.parent if study is not None else Path.home()

    def _ask_recordings(self) -> None:
        choose(
            self._window,
            tr("Open recordings"),
            Kind.FILES,
            self.open_files,
            filters=RECORDINGS,
            start=self._folder(),
        )

    def _ask_folder(self) -> None:
        choose(
            self._window,
            tr("Open a folder of recordings"),
            Kind.FOLDER,
            self.open_files,
            start=self._folder(),
        )

    def _ask_study(self) -> None:
        choose(
            self._window,
            tr("Open a study"),
            Kind.FILE,
            lambda paths: self.open_study(paths[0]),
            filters=STUDIES,
            start=self._folder(),
        )

    def _ask_model(self) -> None:
        choose(
            self._window,
            tr("Use a model file"),
            Kind.FILE,
            lambda paths: self._use_model(paths[0]),
            filters=MODELS,
            start=self._folder(),
        )

    def _use_model(self, path: Path) -> None:
        if not self._session.is_open:
            self._session.report(
                Problem(
                    tr("No study is open"),
                    tr("{name} is a model.", name=path.name),
                    tr("Open a recording, then add it."),
                )
            )
        elif self._services is not None:
            self._services.add_model(path)

    def _ask_new_study(self) -> None:
        choose(
            self._window,
            tr("New study"),
            Kind.NEW_FILE,
            lambda paths: self._session.leaving.go(lambda: self._session.new_study(paths[0])),
            filters=STUDIES,
            start=self._folder() / f"study{SUFFIX}",
            suffix=SUFFIX[1:],
        )

    def ask_copy(self, then: Callable[[], object] | None = None) -> None:
        """Ask where a copy of the study shall be, and go on there.

        Parameters
        ----------
        then : callable, optional
            Called once the copy is written.
        """

        def save(paths: list[Path]) -> None:
            if self._session.save_copy_to(paths[0]) and then is not None:
                then()

        if not self._session.is_open:
            return
        present = self._session.study_path or Path.home() / f"study{SUFFIX}"
        choose(
            self._window,
            tr("Save a copy of the study and go on there"),
            Kind.NEW_FILE,
            save,
            filters=STUDIES,
            start=present.with_name(f"{present.stem} copy{SUFFIX}"),
            suffix=SUFFIX[1:],
        )

    def _open_sample(self) -> None:
        services = self._services
        if services is None:
            return

        def make() -> None:
            made = services.sample_study()
            if made is not None:
                self._session.open_study(made)
                return
            self._session.report(
                Problem(
                    tr("The sample is not there"),
                    tr("The sample recordings are missing."),
                    tr("Install lusgui again."),
                )
            )

        known = sample_path()
        if known.exists():
            self.open_study(known)
        else:
            self._session.leaving.go(make)

    def _save(self) -> None:
        self._session.save_place()
        if self._session.retry_saving() and self._session.callipers.write_again():
            say = getattr(self._window, "say", None)
            if say is not None:
                say(tr("Everything is saved; every stroke is, as it is made"))
        else:
            self._session.report(
                Problem(
                    tr("Not everything is saved"),
                    tr(
                        "{unsaved_count} edits could not be written to the study.",
                        unsaved_count=self._session.unsaved_count,
                    ),
                    tr("Save a copy in another place."),
                )
            )
