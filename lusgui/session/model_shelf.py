"""What can be done with models: name them, hand them on, throw them away, make one the default of a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.base.errors import ModelError
from lusgui.session.model_rows import Origin, model_rows

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.session.model_rows import ModelRow
    from lusgui.session.session import Session


@dataclass(frozen=True)
class Removed:
    """A model that was deleted and can be brought back.

    Parameters
    ----------
    row : ModelRow
        What it was.
    hidden : Path or None
        Where the file of one's own model lies meanwhile.
    """

    row: ModelRow
    hidden: Path | None = None


class ModelShelf:
    """Acts on rows of the model manager; errors become problems of the session.

    Parameters
    ----------
    session : Session
        Whose study and labels.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, label: str = "") -> list[ModelRow]:
        """Return every model, or those that know a label."""
        return [row for row in model_rows(self._session) if not label or label in row.labels or not row.key]

    def find(self, row_id: str) -> ModelRow | None:
        """Return a row by its id, as it is now."""
        return next((row for row in model_rows(self._session) if row.id == row_id), None)

    def why_not_deleted(self, row: ModelRow) -> str:
        """Return why a model cannot be deleted; empty where it can."""
        if row.origin is Origin.BUNDLED:
            return "It came with lusgui and stays."
        if row.answers_for:
            return "It answers now: let another model answer first."
        if row.origin is Origin.STUDY and self._session.is_read_only:
            return "The study is open for reading only."
        return ""

    def why_not_renamed(self, row: ModelRow) -> str:
        """Return why a model cannot have another name; empty where it can."""
        if row.origin is Origin.BUNDLED:
            return "It came with lusgui and keeps its name."
        if row.origin is Origin.OWN and row.card is None:
            return "The file cannot be read."
        if row.origin is Origin.OWN and row.answers_for:
            return "It answers now: let another model answer first."
        if row.origin is Origin.STUDY and self._session.is_read_only:
            return "The study is open for reading only."
        return ""

    def rename(self, row: ModelRow, name: str) -> str:
        """Give a model another name; return the id of its row afterwards, empty if it was refused."""
        if row.origin is Origin.STUDY:
            done = [self._session.models.rename(version.id, name) for version in row.versions]
            return row.id if done and all(done) else ""
        with self._session.guarded("The model was not renamed"):
            from lusgui.io.model_install import rename_model

            entry = rename_model(_file_of(row), name)
            self._session.labels_changed.emit()  # the lists of models are read anew
            return f"{Origin.OWN}:{'' if entry.card is None else entry.card.key}"
        return ""

    def delete(self, row: ModelRow) -> Removed | None:
        """Take a model off the list; None if it was refused. `restore` brings it back."""
        if row.origin is Origin.STUDY:
            done = [self._session.models.delete(version.id) for version in row.versions]
            return Removed(row) if done and all(done) else None
        with self._session.guarded("The model was not deleted"):
            from lusgui.io.model_install import remove_model

            hidden = remove_model(_file_of(row))
            self._session.labels_changed.emit()
            return Removed(row, hidden)
        return None

    def restore(self, removed: Removed) -> bool:
        """Bring a deleted model back."""
        if removed.hidden is None:
            done = [self._session.models.restore(version.id) for version in removed.row.versions]
            return bool(done) and all(done)
        with self._session.guarded("The model was not brought back"):
            from lusgui.io.model_install import restore_model

            restore_model(removed.hidden)
            self._session.labels_changed.emit()
            return True
        return False

    def forget_removed(self) -> None:
        """Delete for good what was taken off the list of own models."""
        from lusgui.io.model_install import purge_removed

        purge_removed()

    def set_default(self, row: ModelRow | None, label: str) -> bool:
        """Make a model the default of a label wherever a study has chosen no other; None lets lusgui choose.

        A model of this study is first copied to the person's own ones: another study does not know of it.
        """
        with self._session.guarded("The default was not set"):
            from lusgui.io.model_defaults import set_default
            from lusgui.io.model_install import add_model

            key = None
            if row is not None:
                if row.card is None or label not in row.labels:
                    raise ModelError(f"'{row.name}' does not know this label", remedy="Choose another model")
                key = row.card.key
                if row.origin is Origin.STUDY:
                    add_model(_file_of(row))
            set_default(label, key)
            self._session.models.tell(label, self._session.models.active(label))
            return True
        return False

    def export(self, row: ModelRow, target: Path) -> tuple[Path, Path] | None:
        """Copy a model and its card to a place that was asked for; None if that failed."""
        with self._session.guarded("The model was not exported"):
            from lusgui.io.model_install import export_model

            return export_model(_file_of(row), target, overwrite=True)
        return None


def _file_of(row: ModelRow) -> Path:
    if row.path is None:
        raise ModelError(
            f"the file of '{row.name}' is missing", remedy="Put it back, or choose another model"
        )
    return row.path
