"""How long a line is that was drawn along a known distance: from that the spacing follows."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QWidget

from lusgui.base.errors import LusguiError
from lusgui.base.translate import tr
from lusgui.core.measures.calibration import Along, likely_direction, spacing_along
from lusgui.ui.dialogs.frame import Frame, dim, say, warning_label
from lusgui.ui.dialogs.spacing import spacing_box

if TYPE_CHECKING:
    from lusgui.core.geometry import Spacing
    from lusgui.core.measures.figure import Point
    from lusgui.session.session import Session

UNKNOWN = "not known yet"

CHOICES = (
    (Along.BOTH, "Both: pixels are square"),
    (Along.ROWS, "Rows alone (the line runs down)"),
    (Along.COLUMNS, "Columns alone (the line runs across)"),
)


class CalibrateDialog(Frame):
    """Asks how long the line is, shows the spacing that follows, and puts it to use.

    Parameters
    ----------
    session : Session
        Whose recording is calibrated.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        place = session.place
        row = None if place is None else session.row(place[0])
        name = row.name if row is not None else "this recording"
        super().__init__(
            "Calibrate",
            tr("The line that you drew says how large a pixel of {name} is.", name=name),
            "measure",
            parent,
        )
        self._session = session
        self._line: tuple[Point, Point] = session.callipers.known_line or ((0.0, 0.0), (0.0, 0.0))
        self._shape = row.shape if row is not None else (0, 0)
        self._known = row.spacing_mm if row is not None else None
        self.drawn = QLabel()
        self.drawn.setObjectName("value")
        self.length = QDoubleSpinBox()
        self.length.setDecimals(2)
        self.length.setRange(0.1, 1000.0)
        self.length.setValue(10.0)
        self.length.setSuffix(" mm")
        self.length.setMinimumWidth(150)
        self.length.setAccessibleName(tr("Length of the line"))
        self.length.setToolTip(tr("How long the line is in truth, e.g. 10 mm between two ticks of the scale"))
        self.along = QComboBox()
        self.along.setAccessibleName(tr("Which spacing it says"))
        self.along.setToolTip(tr("Raw beams have rows and columns that lie unequally far apart"))
        for value, text in CHOICES:
            self.along.addItem(tr(text), value)
        likely = likely_direction(*self._line, self._known, self._shape)
        self.along.setCurrentIndex([value for value, _text in CHOICES].index(likely))
        self.other = spacing_box("Spacing of the other direction", "What the line does not say: type it")
        self.other.setMinimum(0.0)
        self.other.setSpecialValueText(tr(UNKNOWN))
        self._other_name = QLabel()
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.addRow(tr("The line is"), self.drawn)
        form.addRow(tr("Its length is"), self.length)
        form.addRow(tr("It says the spacing of"), self.along)
        form.addRow(self._other_name, self.other)
        self.result_text = QLabel()
        self.result_text.setObjectName("value")
        self.result_text.setWordWrap(True)
        form.addRow(tr("So"), self.result_text)
        self.body.addLayout(form)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.body.addWidget(
            dim(
                tr(
                    "Masks do not change, measures do. {key:edit.undo} takes it back while the callipers"
                    " are in hand."
                )
            )
        )
        (row0, col0), (row1, col1) = self._line
        down, across = abs(row1 - row0), abs(col1 - col0)
        self.drawn.setText(
            tr(
                "{hypot:.1f} px: {down:.1f} down, {across:.1f} across",
                hypot=hypot(down, across),
                down=down,
                across=across,
            )
        )
        self.length.valueChanged.connect(self._refresh)
        self.other.valueChanged.connect(self._refresh)
        self.along.currentIndexChanged.connect(self._along_chosen)
        self.add_button(
            tr("Draw another"),
            self._again,
            tr("Draw a line along another distance; what this one says of rows or columns is remembered"),
        )
        self.add_close("Cancel")
        self.apply = self.add_primary(tr("Use this spacing"), self._apply)
        self.finished.connect(self._on_finished)
        self._along_chosen()
        self.length.selectAll()
        self.length.setFocus()

    def spacing(self) -> Spacing:
        """Return the spacing that follows.

        Raises
        ------
        LusguiError
            If the line cannot say it.
        """
        along = Along(self.along.currentData())
        value = spacing_along(*self._line, self.length.value(), along)
        if along is Along.BOTH:
            return value, value
        other = self.other.value()
        if not other:
            if along is Along.ROWS:
                raise LusguiError(
                    tr("the spacing of columns is not known yet"),
                    remedy=tr("Type it, or press Draw another and draw a line straight across"),
                )
            raise LusguiError(
                tr("the spacing of rows is not known yet"),
                remedy=tr("Type it, or press Draw another and draw a line straight down"),
            )
        return (value, other) if along is Along.ROWS else (other, value)

    def _along_chosen(self, *_: object) -> None:
        along = Along(self.along.currentData())
        self.other.setVisible(along is not Along.BOTH)
        self._other_name.setVisible(along is not Along.BOTH)
        self._other_name.setText(tr("Columns (lateral)") if along is Along.ROWS else tr("Rows (axial)"))
        self.other.setValue(self._other_mm(along))
        self._refresh()

    def _other_mm(self, along: Along) -> float:
        """Return the spacing that the line does not say, from the line before or as it was; 0 if unknown."""
        half = self._session.callipers.half
        if half is not None and half[0] not in (along, Along.BOTH):
            return half[1]
        return 0.0 if self._known is None else self._known[1 if along is Along.ROWS else 0]

    def _refresh(self, *_: object) -> None:
        try:
            row_mm, col_mm = self.spacing()
        except LusguiError as error:
            say(self.warning, str(error))
            self.result_text.setText("–")
            self.apply.setEnabled(False)
            return
        say(self.warning, "")
        depth, width = self._shape[0] * row_mm, self._shape[1] * col_mm
        self.result_text.setText(
            tr(
                "{row_mm:.4g} mm a row, {col_mm:.4g} mm a column; the frame is {depth:.1f} mm deep and"
                " {width:.1f} mm wide",
                row_mm=row_mm,
                col_mm=col_mm,
                depth=depth,
                width=width,
            )
        )
        self.apply.setEnabled(True)

    def _apply(self) -> None:
        if self._session.callipers.set_spacing(self.spacing()) or self._known == self.spacing():
            self.accept()

    def _again(self) -> None:
        along = Along(self.along.currentData())
        try:
            value = spacing_along(*self._line, self.length.value(), along)
        except LusguiError:
            value = 0.0
        if along is not Along.BOTH and value:
            self._session.callipers.half = (along, value)
        self.reject()
        self._session.callipers.calibrate()

    def _on_finished(self, _result: int) -> None:
        self._session.callipers.drop_known_line()
