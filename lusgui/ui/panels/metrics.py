"""Speckle metrics of regions drawn on the image: raw beside despeckled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.ui.bindings import Later
from lusgui.ui.canvas.region import RegionTool
from lusgui.ui.panels.measures import MEASURES, measure
from lusgui.ui.panels.parts import Card, hint

if TYPE_CHECKING:
    from lusgui.core.geometry import Box
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView


class MetricsPanel(QWidget):
    """Two regions, inside and beside a structure, and what the filter did to them.

    Parameters
    ----------
    canvas : CanvasView
        Where regions are drawn.
    presenter : FramePresenter
        Whose frame is measured.
    """

    def __init__(self, canvas: CanvasView, presenter: FramePresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._boxes: list[Box | None] = [None, None]
        self._tools = (
            RegionTool(canvas, "#4cd7c7", lambda box: self._drawn(0, box)),
            RegionTool(canvas, "#f0a0d0", lambda box: self._drawn(1, box)),
        )
        card = Card("Speckle")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        layout.addStretch(1)
        card.add(
            hint(
                tr(
                    "Drag a region over even tissue for smoothness; a second one over other tissue adds"
                    " contrast."
                )
            )
        )
        self.first = QPushButton("Draw region A")
        self.second = QPushButton("Draw region B")
        self.clear = QPushButton("Clear")
        for button, tip in (
            (self.first, "Drag a rectangle over even tissue"),
            (self.second, "Drag a rectangle over the tissue to compare with"),
            (self.clear, "Take both regions away"),
        ):
            button.setToolTip(tip)
        self.first.clicked.connect(lambda: presenter.borrow_tool(self._tools[0]))
        self.second.clicked.connect(lambda: presenter.borrow_tool(self._tools[1]))
        self.clear.clicked.connect(self._clear)
        card.add_row(self.first, self.second, self.clear)
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 6, 0, 0)
        grid.setColumnStretch(0, 1)
        for column, title in enumerate(("", "raw", "despeckled")):
            head = QLabel(tr(title))
            head.setObjectName("dim")
            head.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(head, 0, column)
        self.values: dict[str, tuple[QLabel, QLabel]] = {}
        for line, each in enumerate(MEASURES, start=1):
            name = QLabel(each.name)
            name.setToolTip(each.tooltip)
            grid.addWidget(name, line, 0)
            pair = (QLabel("–"), QLabel("–"))
            for column, label in enumerate(pair, start=1):
                label.setObjectName("value")
                label.setMinimumWidth(72)
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
                label.setToolTip(each.tooltip)
                label.setAccessibleName(f"{each.name}, {tr('raw') if column == 1 else tr('despeckled')}")
                grid.addWidget(label, line, column)
            self.values[each.name] = pair
        card.add(table)
        self._later = Later(self._refresh, self, 60)
        presenter.frame_shown.connect(self._later)

    def close_panel(self) -> None:
        """Stop measuring."""
        self._later.stop()

    def _drawn(self, which: int, box: Box) -> None:
        self._boxes[which] = box
        self._presenter.return_tool()  # one press, one region: the next drag is the tool bar's again
        self._refresh()

    def _clear(self) -> None:
        self._boxes = [None, None]
        for tool in self._tools:
            tool.clear()
        self._presenter.return_tool()
        self._refresh()

    def _refresh(self) -> None:
        raw, gray = self._presenter.raw, self._presenter.despeckled
        for pair in self.values.values():
            for label in pair:
                label.setText("–")
        first, second = self._boxes
        if raw is None or gray is None or first is None:
            return
        decibels = self._presenter.dynamic_range_db
        for column, image in enumerate((raw, gray)):
            for name, value in measure(image, raw, first, second, decibels).items():
                self.values[name][column].setText(_figure(value))


def _figure(value: Any) -> str:  # noqa: ANN401 - a number or None
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
