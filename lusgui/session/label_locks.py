"""Locked labels: nobody changes what is drawn of them until they are unlocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lusgui.core.annotation import PlaneKey
    from lusgui.session.session import Session

SETTING = "locked labels"
"""Name in the study's settings."""


class LabelLocks:
    """Which labels are locked; kept in the study.

    A lock holds for masks, statuses, points and boxes of all frames, for undo too, and whoever asks: a tool,
    a model that is accepted, an import.

    Parameters
    ----------
    session : Session
        Whose labels.

    Signals
    -------
    changed()
        A label was locked or unlocked.
    said(str)
        A short hint: why nothing was changed.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._locked: frozenset[str] = frozenset()
        session.study_changed.connect(self._study_changed)

    @property
    def labels(self) -> frozenset[str]:
        """Keys of the locked labels."""
        return self._locked

    def is_locked(self, label: str) -> bool:
        """Whether a label is locked."""
        return label in self._locked

    def set_locked(self, label: str, locked: bool) -> None:
        """Lock or unlock a label."""
        wanted = self._locked | {label} if locked else self._locked - {label}
        if wanted == self._locked:
            return
        study = self._session.study
        if study is not None and not study.is_read_only:
            with self._session.guarded("The lock was not kept"):
                study.settings.set_setting(SETTING, sorted(wanted))
        self._locked = wanted
        self.changed.emit()

    def reason(self, label: str) -> str | None:
        """Return why nothing of a label can be changed, one sentence, or None when it can."""
        if label not in self._locked:
            return None
        return (
            f"{self._session.label_name(label)} is locked: unlock it with the padlock in the list of labels"
        )

    def refuses(self, planes: Iterable[PlaneKey]) -> bool:
        """Return whether one of the planes is locked, after saying so."""
        if self._locked:
            for key in planes:
                reason = self.reason(key.label)
                if reason is not None:
                    self.said.emit(reason)
                    return True
        return False

    def _study_changed(self) -> None:
        study, kept = self._session.study, None
        if study is not None:
            with self._session.guarded("The locks of labels cannot be read"):
                kept = study.settings.setting(SETTING)
        self._locked = frozenset(filter(_is_text, kept)) if isinstance(kept, list) else frozenset()
        self.changed.emit()


def _is_text(value: object) -> bool:
    return isinstance(value, str)
