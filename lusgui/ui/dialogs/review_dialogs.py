"""The dialogs of the Review menu, by the names under which commands ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QMessageBox

from lusgui.base.translate import tr, trn
from lusgui.session.leaving import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDialog, QWidget

    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs


def openers(
    session: Session, jobs: Jobs | None, window: QWidget | None, show: Callable[..., QDialog]
) -> dict[str, Callable[[], object]]:
    """Return what opens each dialog.

    Parameters
    ----------
    session : Session
        What is reviewed.
    jobs : Jobs or None
        Where long work runs.
    window : QWidget or None
        Parent of the dialogs.
    show : callable
        Opens a dialog under a name, or brings it to the front.
    """

    def second_read() -> None:
        from lusgui.ui.dialogs.second_read import SecondReadDialog

        if session.is_open and not session.is_blinded:
            show("second read", lambda: SecondReadDialog(session, window))

    def merge() -> None:
        from lusgui.ui.dialogs.merge import MergeDialog

        if jobs is not None:
            own = jobs
            show("merge", lambda: MergeDialog(session, own, window))

    def replay() -> None:
        from lusgui.io.study_replay import read_replay
        from lusgui.ui.dialogs.replay import ReplayDialog

        key = session.key()
        if key is None or session.study is None:
            return
        with session.guarded("The strokes cannot be shown"):
            found = read_replay(session.study, key)
            presenter: Any = getattr(window, "presenter", None)
            is_shown = presenter is not None and presenter.is_up_to_date
            gray = presenter.raw if is_shown else None
            show("replay", lambda: ReplayDialog(session, key, found, gray, window))

    return {
        "second read": second_read,
        "replay": replay,
        "finish second read": lambda: ask_to_finish(session, window),
        "merge": merge,
        "agree everywhere": lambda: ask_to_agree(session, window),
    }


def ask_to_finish(session: Session, window: QWidget | None) -> QMessageBox | None:
    """Ask whether a second read is finished for good, and lock it then."""
    reading = session.second_reading
    if not reading.is_blinded:
        return None
    done, total = reading.progress()
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(tr("Finish the second read"))
    box.setText(tr("{done} of {total} frames have been read. Finish now?", done=done, total=total))
    box.setInformativeText(tr("A finished read can be looked at and compared, and never changed again."))
    finish = box.addButton(tr("Finish and lock"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    finish.clicked.connect(lambda: session.leaving.go(reading.finish, Purpose.CLOSE))
    return _open(box)


def ask_to_agree(session: Session, window: QWidget | None) -> QMessageBox | None:
    """Ask how all frames that are left to decide shall be decided, and do it as one edit."""
    from lusgui.core.consensus import Consensus

    judge = session.adjudicating
    left = len(judge.left())
    if left == 0:
        return None
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(tr("Consensus of all readers"))
    box.setText(
        trn(
            "{count} mask is left to decide. Make it what the readers agree on?",
            "{count} masks are left to decide. Make them what the readers agree on?",
            left,
        )
    )
    box.setInformativeText(
        tr(
            "Majority: what more than half of the readers drew. STAPLE: readers who agree with the rest count"
            " more. Either is one edit, which {key:edit.undo} takes back, and every reader's own mask stays."
        )
    )
    for how, title in ((Consensus.MAJORITY, "Majority"), (Consensus.STAPLE, "STAPLE")):
        button = box.addButton(title, QMessageBox.ButtonRole.ActionRole)
        button.clicked.connect(lambda _checked=False, how=how: judge.agree_everywhere(how))
    box.addButton(QMessageBox.StandardButton.Cancel)
    return _open(box)


def _open(box: QMessageBox) -> QMessageBox:
    box.finished.connect(box.deleteLater)
    box.open()
    return box
