"""The models that were learnt in a study: which answers for a label, and how to go back."""

from __future__ import annotations

import contextlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lusgui.base.errors import LearnError, LusguiError
from lusgui.core.networks import SEGMENT
from lusgui.io.learn_folder import file_sha256, find_file, models_folder, read_result
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from lusgui.core.learning.result import RunResult
    from lusgui.core.learning.version import ModelVersion
    from lusgui.io.models import ModelEntry
    from lusgui.io.study import Study
    from lusgui.session.session import Session

_DELETED = ".deleted-"

CHOSEN = "chosen_models"
"""Setting of a study: for each label the key of the model that answers where no version does."""


class Models:
    """The versions of the open study; without a study every answer is empty.

    Errors are reported by the session, as with everything that it does.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._whole: dict[tuple[str, int, int], str] = {}

    # what there is

    def versions(self, label: str, task: str | None = SEGMENT) -> tuple[ModelVersion, ...]:
        """Return the versions of a label, newest first.

        Parameters
        ----------
        label : str
            Which label.
        task : {"segment", "locate", "detect"} or None
            Only models that do this; None for all.
        """
        study = self._session.study
        if study is None:
            return ()
        with self._session.guarded("The models of the study cannot be read"):
            return tuple(one for one in study.versions.all(label) if task in (None, task_of(one)))
        return ()

    def get(self, version_id: int) -> ModelVersion | None:
        """Return a version."""
        study = self._session.study
        if study is not None:
            with self._session.guarded("A model of the study cannot be read"):
                return study.versions.get(version_id)
        return None

    def active(self, label: str) -> ModelVersion | None:
        """Return the version that answers for a label; None where the default model does."""
        study = self._session.study
        if study is not None:
            with self._session.guarded("The model in use cannot be read"):
                return study.versions.active(label)
        return None

    def path(self, version: ModelVersion) -> Path | None:
        """Return the file of a version; None if it is missing, or not what it was."""
        study = self._session.study
        if study is None:
            return None
        path = models_folder(study.path) / PurePosixPath(version.path)
        if self._hash(path) == version.sha256:
            return path
        return find_file(study.path, version.path, version.sha256)

    def _hash(self, path: Path) -> str:
        try:
            stat = path.stat()
            known = (str(path), stat.st_size, stat.st_mtime_ns)
            if known not in self._whole:
                self._whole[known] = file_sha256(path)
            return self._whole[known]
        except (OSError, LearnError):
            return ""

    def entry(self, version: ModelVersion) -> ModelEntry | None:
        """Return a version as a model file that can be used; None if its file is missing or damaged."""
        from lusgui.io.models import ModelEntry, read_card

        path = self.path(version)
        if path is None:
            return None
        with contextlib.suppress(LusguiError):
            return ModelEntry(path, read_card(path), False)
        return None

    def answering(self, label: str) -> ModelEntry | None:
        """Return the model that answers: the active version if its file is whole, else that of `base`."""
        version = self.active(label)
        entry = None if version is None else self.entry(version)
        return entry if entry is not None else self.base(label)

    def base(self, label: str) -> ModelEntry | None:
        """Return the model that answers where no version does, and from which every run starts.

        One that was chosen for this study (`choose`) goes, while it is there, before the default.
        """
        from lusgui.io.models import default_model, model_with_key

        key = self.chosen(label)
        entry = None if key is None else model_with_key(key, label)
        return entry if entry is not None else default_model(label)

    def changes(self, version: ModelVersion) -> Path | None:
        """Return the file of what a version changed on the reviewed frames; None without one."""
        folder, result = self._run_of(version), self.result(version)
        if folder is None or result is None or result.changes is None:
            return None
        path = folder / PurePosixPath(result.changes)
        return path if path.is_file() else None

    def result(self, version: ModelVersion) -> RunResult | None:
        """Return what the run of a version found; None where it is no longer there."""
        folder = self._run_of(version)
        if folder is not None:
            with contextlib.suppress(LusguiError):
                return read_result(folder)
        return None

    def _run_of(self, version: ModelVersion) -> Path | None:
        path = self.path(version)
        return None if path is None or not version.run_id else path.parent

    # choosing

    def promote(self, version_id: int) -> bool:
        """Let a version answer for its label from now on."""
        with self._session.guarded("The model was not taken into use"):
            study, version = self._writable(version_id)
            if task_of(version) != SEGMENT:
                raise LearnError(f"'{version.name}' gives no masks", remedy="Choose a model that draws masks")
            if self.entry(version) is None:
                raise LearnError(
                    f"the file of '{version.name}' is missing or damaged",
                    path=models_folder(study.path) / version.path,
                    remedy="Put it back, choose another version, or learn anew",
                )
            study.versions.promote(version_id)
            self.tell(version.label, study.versions.active(version.label))
            return True
        return False

    def roll_back(self, label: str) -> ModelVersion | None:
        """Let the model answer again that did before the present one; None when that is the default model."""
        before: ModelVersion | None = None
        with self._session.guarded("The model was not taken back"):
            study = self._open()
            if study.versions.active(label) is None:
                return None
            before = study.versions.roll_back(label)
            while before is not None and self.entry(before) is None:
                self._session.report(
                    Problem(
                        "An older model is gone",
                        f"The file of '{before.name}' is missing or damaged; the one before it is used.",
                    )
                )
                before = study.versions.roll_back(label)
            self.tell(label, before)
        return before

    def use_default(self, label: str) -> bool:
        """Let the default model answer for a label; every version stays."""
        return self.choose(label, None)

    def chosen(self, label: str) -> str | None:
        """Return the key of the model, not learnt here, that was chosen for a label of this study."""
        return self._chosen().get(label)

    def _chosen(self) -> dict[str, str]:
        study = self._session.study
        if study is not None:
            with self._session.guarded("Which models were chosen cannot be read"):
                kept = study.settings.setting(CHOSEN)
                if isinstance(kept, dict):
                    return {label: key for label, key in kept.items() if isinstance(key, str)}
        return {}

    def choose(self, label: str, key: str | None) -> bool:
        """Let a model that was not learnt here answer for a label of this study; None is the default model.

        Every version stays. The choice is kept in the study.
        """
        with self._session.guarded("The model was not taken into use"):
            study, kept = self._open(), self._chosen()
            is_other = kept.get(label) != key
            if is_other:
                kept.pop(label, None)
                study.settings.set_setting(CHOSEN, kept if key is None else kept | {label: key})
            if study.versions.use_default(label) or is_other or key is not None:
                self.tell(label, None)
            return True
        return False

    def tell(self, label: str, active: ModelVersion | None) -> None:
        """Say that another model answers for a label."""
        self._session.versions_changed.emit(label)
        self._session.version_promoted.emit(active, label)

    # names and files

    def rename(self, version_id: int, name: str) -> bool:
        """Give a version another name."""
        with self._session.guarded("The model was not renamed"):
            study, version = self._writable(version_id)
            name = " ".join(name.split())[:80]
            if not name:
                raise LearnError("a model needs a name", remedy="Write one")
            study.versions.rename(version_id, name)
            self._session.versions_changed.emit(version.label)
            return True
        return False

    def delete(self, version_id: int) -> bool:
        """Take a version off the list, with its file; not the one in use. What it was stays written down.

        The file is gone when the study is closed; until then `restore` brings it back.
        """
        with self._session.guarded("The model was not deleted"):
            study, version = self._writable(version_id)
            path = self.path(version)
            study.versions.delete(version_id)
            if path is not None and not study.versions.is_file_wanted(version.path):
                with contextlib.suppress(OSError):
                    path.replace(path.with_name(_DELETED + path.name))
            self._session.versions_changed.emit(version.label)
            return True
        return False

    def restore(self, version_id: int) -> bool:
        """Bring back a version that was deleted since the study was opened."""
        with self._session.guarded("The model was not brought back"):
            study, version = self._writable(version_id)
            path = models_folder(study.path) / PurePosixPath(version.path)
            kept = path.with_name(_DELETED + path.name)
            if not path.exists() and kept.is_file():
                with contextlib.suppress(OSError):
                    kept.replace(path)
            if self.path(version) is None:
                raise LearnError(f"the file of '{version.name}' is gone", remedy="Let it learn anew")
            study.versions.restore(version_id)
            self._session.versions_changed.emit(version.label)
            return True
        return False

    def purge(self) -> None:
        """Throw away the files of deleted versions: nobody can bring them back any more."""
        study = self._session.study
        if study is None or study.is_read_only:
            return
        with contextlib.suppress(OSError):  # a disk that is gone must not keep a study from being closed
            for path in models_folder(study.path).glob(f"run-*/{_DELETED}*"):
                path.unlink()

    def check(self) -> None:
        """Tell the person of models in use whose files are missing or damaged."""
        for label in self._session.labels:
            version = self.active(label.key)
            if version is not None and self.entry(version) is None:
                self._session.report(
                    Problem(
                        "A model that was learnt here is missing",
                        f"The file of '{version.name}' ({version.path}) is not there or damaged; the default"
                        f" model answers for {label.name} meanwhile.",
                        "Put the folder of models back beside the study, or choose another version.",
                    )
                )

    def _open(self) -> Study:
        study = self._session.study
        if study is None:
            raise LearnError("no study is open", remedy="Open one first")
        study.check_writable()
        return study

    def _writable(self, version_id: int) -> tuple[Study, ModelVersion]:
        study = self._open()
        version = study.versions.get(version_id)
        if version is None:
            raise LearnError(f"the study knows of no version {version_id}", remedy="Choose another")
        return study, version


def task_of(version: ModelVersion) -> str:
    """Return whether a version gives masks (``segment``), points (``locate``) or boxes (``detect``)."""
    from lusgui.core.networks import NETWORKS

    spec = NETWORKS.get(str(version.card.get("architecture", "")))
    return SEGMENT if spec is None else spec.task
