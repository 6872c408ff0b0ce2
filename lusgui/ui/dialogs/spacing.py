"""How large a pixel is, where the file does not say or says it wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QFormLayout, QLabel, QRadioButton, QWidget

from lusgui.base.translate import tr
from lusgui.ui.dialogs.frame import Frame, dim

if TYPE_CHECKING:
    from lusgui.session.session import Session


def spacing_box(name: str, tooltip: str) -> QDoubleSpinBox:
    """Return a number box for a distance between pixels in mm."""
    box = QDoubleSpinBox()
    box.setDecimals(5)
    box.setRange(0.00001, 100.0)
    box.setSingleStep(0.01)
    box.setValue(0.1)
    box.setSuffix(" mm")
    box.setAccessibleName(name)
    box.setToolTip(tooltip)
    box.setMinimumWidth(150)
    return box


class SpacingDialog(Frame):
    """Asks for the spacing of one recording.

    Parameters
    ----------
    session : Session
        Whose recording.
    recording_id : int
        Which one.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, recording_id: int, parent: QWidget | None = None) -> None:
        row = session.row(recording_id)
        name = row.name if row is not None else "this recording"
        super().__init__(
            "Pixel spacing", tr("How far apart the samples of {name} are.", name=name), "measure", parent
        )
        self._session, self._id = session, recording_id
        self._shape = row.shape if row is not None else (0, 0)
        self.known = QRadioButton("Known:")
        self.known.setToolTip(tr("Areas and rulers are in mm"))
        self.unknown = QRadioButton("Unknown: areas are given in pixels, rulers say px")
        self.unknown.setToolTip(tr("Nothing is assumed"))
        self.row_mm = spacing_box("Row spacing", "Axial: from one row to the next, downwards")
        self.col_mm = spacing_box("Column spacing", "Lateral: from one column to the next, sideways")
        self.square = QCheckBox("The same in both directions")
        self.square.setToolTip(tr("Square pixels, as in images made for the screen"))
        self.body.addWidget(self.known)
        form = QFormLayout()
        form.setContentsMargins(26, 0, 0, 4)
        form.setVerticalSpacing(8)
        form.addRow(tr("Rows (axial)"), self.row_mm)
        form.addRow(tr("Columns (lateral)"), self.col_mm)
        form.addRow("", self.square)
        self.extent = QLabel()
        self.extent.setObjectName("value")
        form.addRow(tr("The frame is"), self.extent)
        self.body.addLayout(form)
        self.body.addWidget(self.unknown)
        self.body.addWidget(
            dim(tr("Masks do not change. To use the same spacing for a whole folder, save it in a recipe."))
        )
        spacing = row.spacing_mm if row is not None else None
        self.known.setChecked(True)
        self.unknown.setChecked(row is not None and spacing is None)
        if spacing is not None:
            self.row_mm.setValue(spacing[0])
            self.col_mm.setValue(spacing[1])
            self.square.setChecked(abs(spacing[0] - spacing[1]) < 1e-9)
        self.known.toggled.connect(self._refresh)
        self.square.toggled.connect(self._refresh)
        self.row_mm.valueChanged.connect(self._refresh)
        self.col_mm.valueChanged.connect(self._refresh)
        for box in (self.row_mm, self.col_mm):
            box.valueChanged.connect(lambda _value: self.known.setChecked(True))
        self.add_close("Cancel")
        self.apply = self.add_primary(tr("Use this spacing"), self._apply)
        self.row_mm.selectAll()
        self.row_mm.setFocus()
        self._refresh()

    def _refresh(self, *_: object) -> None:
        is_square = self.square.isChecked()
        self.col_mm.setEnabled(not is_square)
        if is_square and self.col_mm.value() != self.row_mm.value():
            self.col_mm.setValue(self.row_mm.value())
        if self.known.isChecked():
            depth, width = self._shape[0] * self.row_mm.value(), self._shape[1] * self.col_mm.value()
            self.extent.setText(tr("{depth:.1f} mm deep, {width:.1f} mm wide", depth=depth, width=width))
        else:
            self.extent.setText(
                tr("{rows} rows, {columns} columns", rows=self._shape[0], columns=self._shape[1])
            )

    def _apply(self) -> None:
        wanted = (self.row_mm.value(), self.col_mm.value()) if self.known.isChecked() else None
        if self._session.set_spacing(self._id, wanted):
            self.accept()
