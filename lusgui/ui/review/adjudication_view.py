"""Readers side by side above the canvas: what each drew, how well they agree, and what is taken of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.panels.parts import action_button
from lusgui.ui.panels.statuses import STATUS_LOOKS
from lusgui.ui.review.reader_pane import COLORS, ReaderPane, close_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.agreement import Agreement
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.canvas.presenter import FramePresenter

HEIGHT = 290
LEAST_WIDTH = 190
"""Of a reader's pane; where there is no room for all of them they are scrolled."""
FEW = 3
"""Of more readers not every pair is told in the line, only how they agree at large."""
STEPS = ("review.previous_dispute", "review.next_dispute")
WAYS = ("review.majority", "review.staple", "review.agree_all")


class AdjudicationView(QFrame):
    """Shown while a joined study is adjudicated; the canvas below is the third annotation.

    Parameters
    ----------
    session : Session
        What the readers drew.
    actions : Actions
        For the buttons.
    presenter : FramePresenter
        Whose frame is shown.
    """

    def __init__(self, session: Session, actions: Actions, presenter: FramePresenter) -> None:
        super().__init__()
        self._session, self._presenter = session, presenter
        self.setObjectName("workplace")
        self.setAccessibleName(tr("Readers side by side"))
        self.panes: dict[str, ReaderPane] = {}
        self.takes: dict[str, QToolButton] = {}
        self._words: dict[str, QLabel] = {}
        self.text = QLabel()
        self.text.setAccessibleName(tr("Agreement of the readers"))
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 2)
        column.setSpacing(4)
        holder = QWidget()
        self._holders: dict[str, QWidget] = {}
        self._left_out: set[str] = set()
        self._row = QHBoxLayout(holder)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self.panes_area = QScrollArea()
        self.panes_area.setWidget(holder)
        self.panes_area.setWidgetResizable(True)
        self.panes_area.setFrameShape(QFrame.Shape.NoFrame)
        self.panes_area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.panes_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.panes_area.setAccessibleName(tr("Readers side by side"))
        column.addWidget(self.panes_area, 1)
        foot = QHBoxLayout()
        foot.setSpacing(6)
        column.addWidget(self.text)
        for command in STEPS:
            foot.addWidget(action_button(actions[command]))
        self.which = QToolButton()
        self.which.setObjectName("plain")
        self.which.setText(tr("Readers"))
        self.which.setToolTip(tr("Which readers are shown; all of them count for Majority and STAPLE"))
        self.which.setAccessibleName(tr("Which readers are shown"))
        self.which.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.which.setMenu(QMenu(self.which))
        foot.addWidget(self.which)
        foot.addStretch(1)
        for command in WAYS:
            button = action_button(actions[command], text=True)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            foot.addWidget(button)
        self.close_button = action_button(actions["review.adjudicate"])
        foot.addWidget(self.close_button)
        column.addLayout(foot)
        self._later = Later(self.refresh, self, 30)
        self._bindings = Bindings()
        judge = session.adjudicating
        self._bindings.connect(judge.changed, self._rebuild)
        for signal in (session.mask_changed, session.status_changed, session.frame_changed):
            self._bindings.connect(signal, self._ask_again)
        for signal in (session.view.events.label, session.view.events.show_raw, session.labels_changed):
            self._bindings.connect(signal, self._ask_again)
        presenter.frame_shown.connect(self._ask_again)
        self._rebuild()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def _ask_again(self, *_: object) -> None:
        if self._session.adjudicating.is_shown:
            self._later()

    def _rebuild(self) -> None:
        """Make one pane a reader."""
        judge = self._session.adjudicating
        if tuple(self.panes) != judge.readers:
            while (item := self._row.takeAt(0)) is not None:
                old = item.widget()
                if old is not None:
                    old.hide()
                    old.deleteLater()
            self.panes.clear()
            self.takes.clear()
            self._words.clear()
            self._holders.clear()
            self._left_out.clear()
            for number, reader in enumerate(judge.readers):
                holder = self._pane(reader, COLORS[number % len(COLORS)])
                self._holders[reader] = holder
                self._row.addWidget(holder, 1)
            self._list_readers()
        self.setVisible(judge.is_shown and judge.has_readings)
        self.refresh()

    def _list_readers(self) -> None:
        """Offer every reader by name, to be shown or not."""
        menu = self.which.menu()
        menu.clear()
        for reader in self._holders:
            act = QAction(reader.replace("&", "&&"), menu)
            act.setCheckable(True)
            act.setChecked(True)
            act.toggled.connect(lambda shown, reader=reader, act=act: self._show_reader(reader, shown, act))
            menu.addAction(act)
        self.which.setVisible(len(self._holders) > 2)

    def _show_reader(self, reader: str, is_shown: bool, act: QAction) -> None:
        if not is_shown and len(self._left_out) + 1 == len(self._holders):
            act.setChecked(True)  # one of them stays
            return
        (self._left_out.discard if is_shown else self._left_out.add)(reader)
        self._holders[reader].setVisible(is_shown)
        shown = len(self._holders) - len(self._left_out)
        words = tr("Readers: {shown} of {total}", shown=shown, total=len(self._holders))
        self.which.setText(words if self._left_out else tr("Readers"))

    def _pane(self, reader: str, color: str) -> QWidget:
        holder = QWidget()
        holder.setMinimumWidth(theme.scaled(LEAST_WIDTH))
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        head = QHBoxLayout()
        words = QLabel()
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        take = QToolButton()
        take.setObjectName("plain")
        take.setText(tr("Take this"))
        take.setAccessibleName(tr("Take {reader}'s mask", reader=reader))
        take.setToolTip(
            tr(
                "Take {reader}'s mask over into the third annotation; {key:edit.undo} takes it back",
                reader=reader,
            )
        )
        take.clicked.connect(lambda: self._session.adjudicating.take(reader))
        head.addWidget(words, 1)
        head.addWidget(take)
        column.addLayout(head)
        pane = ReaderPane(color)
        pane.setAccessibleName(tr("What {reader} drew", reader=reader))
        pane.setToolTip(
            tr("Striped: what not everybody drew. Click there to take it into the result, or out")
        )
        pane.clicked.connect(self._session.adjudicating.swap_region)
        column.addWidget(pane, 1)
        self.panes[reader], self.takes[reader], self._words[reader] = pane, take, words
        return holder

    def refresh(self) -> None:
        """Show the readers of the present frame and label."""
        session, judge = self._session, self._session.adjudicating
        if not judge.is_shown:
            return
        self.setFixedHeight(theme.scaled(HEIGHT))
        key = session.key()
        readings = {one.reader: one for one in judge.readings(key)}
        total, left = len(judge.differing()), len(judge.left())
        state = (
            tr("{left} of {total} left", left=left, total=total) if total else "The readers agree everywhere"
        )
        if key is None or not readings:
            said = "fewer than two readers drew this label here"
        else:
            pairs = judge.agreement(key)
            said = describe_values(pairs[0]) if len(pairs) == 1 else ";  ".join(map(describe, pairs))
        self.text.setToolTip(f"{state} · {said}")
        if key is not None and len(readings) > FEW:
            said = describe_at_large(pairs)
        self.text.setText(f"{state} · {said}")
        is_shown = self._presenter.is_up_to_date
        view, presenter = session.view, self._presenter
        gray = (presenter.raw if view.show_raw else presenter.despeckled) if is_shown else None
        row = None if key is None else session.row(key.recording_id)
        disputed = judge.disputed(key)
        stack = np.stack([one.mask for one in readings.values()]) if readings else None
        for reader, pane in self.panes.items():
            reading = readings.get(reader)
            self.takes[reader].setEnabled(reading is not None and not session.is_read_only)
            if reading is None or stack is None or row is None or disputed is None:
                self._words[reader].setText(tr("<b>{reader}</b>: nothing said here", reader=_plain(reader)))
                pane.setVisible(False)
                continue
            pane.setVisible(True)
            look = STATUS_LOOKS[reading.status].title
            self._words[reader].setText(f"<b>{_plain(reader)}</b>: {look}")
            fits = gray is not None and gray.shape == reading.mask.shape
            pane.show_reading(gray if fits else None, reading.mask, disputed, close_up(stack), row.spacing_mm)


def describe(agreement: Agreement) -> str:
    """Return how well two readers agree, e.g. "Ada, Bea: Dice 0.912, HD95 0.84 mm"."""
    return f"{agreement.first}, {agreement.second}: {describe_values(agreement)}"


def describe_at_large(pairs: Sequence[Agreement]) -> str:
    """Return how well many readers agree: the mean of all pairs, and the pair that agrees least."""
    least = min(pairs, key=lambda one: one.dice)
    mean = sum(one.dice for one in pairs) / len(pairs)
    words = tr("Dice {dice:.3f} on average of {pairs} pairs; least", dice=mean, pairs=len(pairs))
    return f"{words} {describe(least)}"


def describe_values(agreement: Agreement) -> str:
    """Return the same without the names; a dash where a mask is empty, so that there is no distance."""
    unit = "mm" if agreement.is_mm else "px"
    far = "HD95 –" if agreement.hd95 is None else tr("HD95 {hd95:.2f} {unit}", hd95=agreement.hd95, unit=unit)
    return tr("Dice {dice:.3f}, {far}", dice=agreement.dice, far=far)


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
