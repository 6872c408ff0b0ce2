"""The curves of a run: Dice on held-out frames over loss, with the lines that it has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.learning.status import IDLE
from lusgui.ui import theme
from lusgui.ui.bindings import Later
from lusgui.ui.learning.words import dice_text, new_dice

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from lusgui.core.learning.status import LearnStatus

INTERVAL_MS = 200
"""Curves are drawn this often at most: the window has more important things to draw."""

DICE_HEIGHT, LOSS_HEIGHT = 118, 66
AXIS_WIDTH = 30
LEAST_RANGE = 0.1
EVENED = 0.9


class LearnChart(QWidget):
    """Two small plots over the same steps, and a line of words for those who cannot see them."""

    def __init__(self) -> None:
        super().__init__()
        self._status: LearnStatus = IDLE
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(0)
        self.legend = QLabel()
        self.legend.setObjectName("hint")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.dice = _plot(
            DICE_HEIGHT,
            "Dice on held-out frames",
            "How well the model agrees with your masks on frames it does not learn from:"
            " 0 nothing in common, 1 the same",
        )
        self.loss = _plot(LOSS_HEIGHT, "Loss", "What the training makes small; only its course matters")
        self.loss_name = QLabel("Loss, over the steps of learning")
        self.loss_name.setObjectName("hint")
        self.loss_name.setContentsMargins(0, 4, 0, 0)
        for widget in (self.legend, self.dice, self.loss_name, self.loss):
            layout.addWidget(widget)
        self.dice.getAxis("bottom").setStyle(showValues=False)
        self._active = pg.InfiniteLine(angle=0)
        self._base = pg.InfiniteLine(angle=0)
        self._dice_curve = pg.PlotDataItem(antialias=True)
        self._kept = pg.ScatterPlotItem(size=8, antialias=True)
        self._loss_curve = pg.PlotDataItem(antialias=False, autoDownsample=True)
        self._loss_course = pg.PlotDataItem(antialias=True)
        for item in (self._base, self._active, self._dice_curve, self._kept):
            self.dice.addItem(item)
        self.loss.addItem(self._loss_curve)
        self.loss.addItem(self._loss_course)
        self._later = Later(self._draw, self, INTERVAL_MS)
        self.apply_theme()

    def show_status(self, status: LearnStatus) -> None:
        """Show the curves of a run, soon."""
        self._status = status
        if self.isVisible():
            self._later()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self._draw()

    def stop(self) -> None:
        """Draw no more."""
        self._later.stop()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        palette = theme.current()
        for plot in (self.dice, self.loss):
            plot.setBackground(palette.panel)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(pg.mkPen(palette.border_strong))
                axis.setTextPen(pg.mkPen(palette.dim))
        self._dice_curve.setPen(pg.mkPen(palette.good, width=2))
        self._kept.setBrush(pg.mkBrush(palette.good))
        self._kept.setPen(pg.mkPen(palette.panel))
        self._loss_curve.setPen(pg.mkPen(palette.border_strong, width=1))
        self._loss_course.setPen(pg.mkPen(palette.dim, width=1.5))
        self._active.setPen(pg.mkPen(palette.accent, width=1.5, style=Qt.PenStyle.DashLine))
        self._base.setPen(pg.mkPen(QColor(palette.faint), width=1, style=Qt.PenStyle.DotLine))
        self._draw()

    def _draw(self) -> None:
        status, palette = self._status, theme.current()
        dice = status.dice_curve
        self._dice_curve.setData([x for x, _y in dice], [y for _x, y in dice])
        kept = status.kept
        self._kept.setData([kept[0]], [kept[1]]) if kept else self._kept.clear()
        steps, losses = [x for x, _y in status.loss_curve], [y for _x, y in status.loss_curve]
        self._loss_curve.setData(steps, losses)
        self._loss_course.setData(steps, course_of(losses))
        has_own_base = status.base_dice is not None and status.base_dice != status.active_dice
        self._active.setVisible(status.active_dice is not None)
        self._base.setVisible(has_own_base)
        if status.active_dice is not None:
            self._active.setValue(status.active_dice)
        if status.base_dice is not None:
            self._base.setValue(status.base_dice)
        for widget in (self.loss_name, self.loss):
            widget.setVisible(bool(status.loss_curve))
        for widget in (self.legend, self.dice):
            widget.setVisible(bool(dice) or status.active_dice is not None or not status.loss_curve)
        self._set_ranges(status)
        parts = [_key(palette.good, "—", tr("new {new_dice}", new_dice=dice_text(new_dice(status))))]
        if status.active_dice is not None:
            parts.append(
                _key(
                    palette.accent,
                    "- -",
                    tr("in use {active_dice}", active_dice=dice_text(status.active_dice)),
                )
            )
        if has_own_base:
            parts.append(
                _key(palette.dim, "···", tr("default {base_dice}", base_dice=dice_text(status.base_dice)))
            )
        self.legend.setText(tr("Dice: {parts}", parts=" &nbsp; ".join(parts)))
        loss = status.loss_curve[-1][1] if status.loss_curve else None
        self.dice.setAccessibleDescription(
            tr(
                "{count} points, last {value}, in use {active_dice}",
                count=len(dice),
                value=dice_text(dice[-1][1] if dice else None),
                active_dice=dice_text(status.active_dice),
            )
        )
        self.loss.setAccessibleDescription(
            tr("no value yet") if loss is None else tr("last {loss:.3g}", loss=loss)
        )

    def _set_ranges(self, status: LearnStatus) -> None:
        learnt = status.loss_curve[-1][0] if status.loss_curve else 0
        judged = status.dice_curve[-1][0] if status.dice_curve else 0
        whole = max(status.steps, learnt, judged, 1)
        self.loss.setXRange(0, whole, padding=0.01)
        # Folds learn one after another, so that their Dice is over the steps of one of them.
        is_folded = len(status.dice_curve) > 1 and learnt > 2 * judged
        self.dice.setXRange(0, 1.1 * judged if is_folded else whole, padding=0.01)
        known = [value for _x, value in status.dice_curve]
        known += [value for value in (status.active_dice, status.base_dice) if value is not None]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        room = max((high - low) * 0.15, (LEAST_RANGE - (high - low)) / 2, 0.01)
        self.dice.setYRange(max(low - room, 0.0), min(high + room, 1.0), padding=0.02)
        losses = [value for _x, value in status.loss_curve]
        if losses:
            low, high = min(0.0, *losses), sorted(losses)[int(0.99 * (len(losses) - 1))]
            self.loss.setYRange(low, high, padding=0.05)
            self.loss.getAxis("left").setTicks([[(low, f"{low:.2g}"), (high, f"{high:.2g}")]])


def course_of(losses: list[float]) -> list[float]:
    """Return losses with the ups and downs from batch to batch evened out."""
    made: list[float] = []
    total = weight = 0.0
    for loss in losses:
        total, weight = EVENED * total + (1 - EVENED) * loss, EVENED * weight + (1 - EVENED)
        made.append(total / weight)
    return made


def _plot(height: int, name: str, tooltip: str) -> pg.PlotWidget:
    plot = pg.PlotWidget()
    plot.setFixedHeight(height)
    plot.setAccessibleName(name)
    plot.setToolTip(tooltip)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(False, False)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    plot.getPlotItem().setContentsMargins(0, 4, 4, 0)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setStyle(tickLength=-4, tickTextOffset=3)
        font = plot.font()
        font.setPixelSize(theme.scaled(10))
        axis.setTickFont(font)
    plot.getAxis("left").setWidth(AXIS_WIDTH)
    plot.wheelEvent = lambda event: event.ignore()  # the page scrolls, not the plot
    return plot


def _key(color: str, line: str, text: str) -> str:
    return f"<span style='color:{color}; font-weight:600'>{line} {text}</span>"
