"""The page Measure: what is measured of the mask, the age that it speaks for, and the callipers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.core.measures.cerebellum import NOT_CLINICAL, TCD
from lusgui.core.measures.gestational_age import SOURCES, age_by, plausibility, weeks_and_days
from lusgui.core.measures.plane import Structure
from lusgui.ui.bindings import set_quietly
from lusgui.ui.panels.parts import Card, action_button, hint

if TYPE_CHECKING:
    from lusgui.core.measures.figure import Figure
    from lusgui.session.measuring import Measured
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

NO_MASK = (
    "Nothing to measure here yet: draw a mask, or let the model or a click make one. Measures follow it as"
    " you draw."
)
NO_FRAME = "Open a recording to measure in it."
NO_CALLIPERS = "None on this frame. Take the callipers ({key:tool.calliper}) and drag from end to end."


class FigureTable(QWidget):
    """Figures in lines, name at the left and value at the right, under the part that they belong to."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 0)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._pool: list[QLabel] = []

    def texts(self) -> list[str]:
        """Return what is written, line by line."""
        return [label.text() for label in self._pool if not label.isHidden()]

    def set_figures(self, figures: tuple[Figure, ...]) -> None:
        """Show these and nothing else."""
        used = 0
        row = 0
        part = ""
        for one in figures:
            if one.part != part:
                part = one.part
                head = self._label(used)
                used += 1
                head.setText(part[:1].upper() + part[1:] if part else tr("Whole mask"))
                head.setObjectName("dim")
                head.setToolTip("")
                self._put(head, row, 0, 2, Qt.AlignmentFlag.AlignLeft)
                row += 1
            name, value = self._label(used), self._label(used + 1)
            used += 2
            name.setText(("    " if part else "") + one.name)
            name.setObjectName("")
            value.setText(one.text)
            value.setObjectName("value")
            value.setAccessibleName(" ".join(word for word in (one.part, one.name) if word))
            tip = one.reason or one.note
            tip = tip[:1].upper() + tip[1:]
            for label in (name, value):
                label.setToolTip(tip)
            self._put(name, row, 0, 1, Qt.AlignmentFlag.AlignLeft)
            self._put(value, row, 1, 1, Qt.AlignmentFlag.AlignRight)
            row += 1
        for label in self._pool[used:]:
            label.hide()

    def _label(self, index: int) -> QLabel:
        while len(self._pool) <= index:
            label = QLabel()
            label.setTextFormat(Qt.TextFormat.PlainText)
            self._pool.append(label)
        return self._pool[index]

    def _put(self, label: QLabel, row: int, column: int, span: int, side: Qt.AlignmentFlag) -> None:
        self._grid.addWidget(label, row, column, 1, span, side)
        label.style().unpolish(label)
        label.style().polish(label)
        label.show()


class MeasuringPanel(QWidget):
    """Shows what was measured; commands and callipers change it.

    Parameters
    ----------
    session : Session
        What is measured.
    actions : Actions
        The commands.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.mask_card = Card("Of the mask")
        self.source = hint("")
        self.table = FigureTable()
        self.refusals = hint("")
        self.refusals.setAccessibleName(tr("Why something is not measured"))
        for part in (self.source, self.table, self.refusals):
            self.mask_card.add(part)
        self.calibrate = action_button(actions["measure.calibrate"], text=True)
        self.mask_card.add(self.calibrate)
        layout.addWidget(self.mask_card)
        layout.addWidget(self._make_age_card())
        card = Card("Callipers")
        self.empty = hint(tr(NO_CALLIPERS))
        card.add(self.empty)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(2)
        holder = QWidget()
        holder.setLayout(self._lines)
        self._lines.setContentsMargins(0, 0, 0, 0)
        card.add(holder)
        self._rows: list[CalliperRow] = []
        card.add(action_button(actions["tool.calliper"], text=True))
        card.add(action_button(actions["measure.clear"], text=True))
        self.is_shown = QCheckBox("Show measures on the image")
        self.is_shown.setToolTip(actions["measure.lines"].toolTip())
        self.is_shown.toggled.connect(self._show_lines)
        card.add(self.is_shown)
        card.add(action_button(actions["measure.export"], text=True))
        layout.addWidget(card)
        layout.addStretch(1)
        self.show_measured(None)

    def _make_age_card(self) -> Card:
        card = self.age_card = Card("Gestational age")
        self.ages: dict[str, QLabel] = {}
        for source in SOURCES:
            label = QLabel()
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAccessibleName(tr("Gestational age by {name}", name=source.name))
            label.setToolTip(source.reference)
            self.ages[source.key] = card.add(label)  # type: ignore[assignment]
        self.is_known = QCheckBox("The age is known:")
        self.is_known.setToolTip(tr("From dates or an early scan: the diameter is compared with it"))
        self.weeks = QSpinBox()
        self.weeks.setRange(14, 40)
        self.weeks.setSuffix(tr(" w"))
        self.weeks.setAccessibleName(tr("Known age, weeks"))
        self.weeks.setToolTip(tr("Completed weeks, 14 to 40: for these the reference was made"))
        self.days = QSpinBox()
        self.days.setRange(0, 6)
        self.days.setSuffix(tr(" d"))
        self.days.setAccessibleName(tr("Known age, days"))
        self.days.setToolTip(tr("Days beyond the completed weeks"))
        for box in (self.weeks, self.days):
            box.setKeyboardTracking(False)
            box.valueChanged.connect(self._age_told)
        self.is_known.toggled.connect(self._age_told)
        row = card.add_row(self.is_known, self.weeks, self.days)
        row.addStretch(1)
        self.plausible = hint("")
        self.plausible.setAccessibleName(tr("How the diameter fits the known age"))
        card.add(self.plausible)
        card.add(
            hint(
                tr(
                    "{not_clinical}. In the third trimester sources differ by 1 to 3 weeks.",
                    not_clinical=NOT_CLINICAL.capitalize(),
                )
            )
        )
        return card

    def _show_lines(self, is_shown: bool) -> None:
        self._session.callipers.is_shown = is_shown

    def _age_told(self, *_: object) -> None:
        is_known = self.is_known.isChecked()
        self._session.measuring.set_known_weeks(
            self.weeks.value() + self.days.value() / 7 if is_known else None
        )

    def show_measured(self, measured: Measured | None) -> None:
        """Show what was measured; None where there is no frame."""
        figures = () if measured is None else measured.figures
        own = tuple(one for one in figures if one.unit != "weeks")
        self.table.set_figures(own)
        self.table.setVisible(bool(own))
        has_spacing = measured is not None and measured.spacing_mm is not None
        self.calibrate.setVisible(measured is not None and not has_spacing)
        if measured is None:
            self.source.setText(tr(NO_FRAME))
        elif not measured.source:
            self.source.setText(tr(NO_MASK))
        else:
            label = self._session.label(measured.key.label)
            name = measured.key.label if label is None else label.name
            self.source.setText(
                tr(
                    "{name}, frame {frame}: {source}.",
                    name=name,
                    frame=measured.key.frame + 1,
                    source=measured.source,
                )
            )
        missing = [one for one in own if one.reason]
        if has_spacing:
            reasons = [f"{', '.join(filter(None, (one.name, one.part)))}: {one.reason}." for one in missing]
        else:
            reasons = [
                tr("Not measured: {reason}.", reason=reason)
                for reason in dict.fromkeys(one.reason for one in missing)
            ]
        self.refusals.setText("\n".join(reasons))
        self.refusals.setVisible(bool(reasons))
        set_quietly(self.is_shown, self.is_shown.setChecked, self._session.callipers.is_shown)
        self._show_age(measured)
        self._show_callipers(() if measured is None else measured.callipers)

    def _show_age(self, measured: Measured | None) -> None:
        is_cerebellum = measured is not None and measured.structure is Structure.CEREBELLUM
        diameter = None if measured is None else measured.figure(TCD)
        self.age_card.setVisible(is_cerebellum and diameter is not None)
        if not is_cerebellum or diameter is None:
            return
        for source in SOURCES:
            self.ages[source.key].setText(f"{source.name}: {_age_text(source.key, diameter)}")
        known = self._session.measuring.known_weeks()
        set_quietly(self.is_known, self.is_known.setChecked, known is not None)
        if known is not None:
            days = round(known * 7)
            set_quietly(self.weeks, self.weeks.setValue, days // 7)
            set_quietly(self.days, self.days.setValue, days % 7)
        for box in (self.weeks, self.days):
            box.setEnabled(known is not None)
        self.plausible.setText(_plausible_text(known, diameter.value))
        self.plausible.setVisible(bool(self.plausible.text()))

    def _show_callipers(self, figures: tuple[Figure, ...]) -> None:
        while len(self._rows) < len(figures):
            row = CalliperRow(self._session, len(self._rows))
            self._rows.append(row)
            self._lines.addWidget(row)
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(figures))
            if number < len(figures):
                row.show_figure(figures[number])
        self.empty.setVisible(not figures)


class CalliperRow(QWidget):
    """One calliper of the frame: what it reads, and a button to delete it.

    Parameters
    ----------
    session : Session
        Who keeps it.
    index : int
        Which one of the frame.
    """

    def __init__(self, session: Session, index: int) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.name = QLabel()
        self.value = QLabel()
        self.value.setObjectName("value")
        self.delete = QPushButton("Delete")
        self.delete.setObjectName("small")
        self.delete.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.delete.clicked.connect(lambda: session.callipers.remove(index))
        layout.addWidget(self.name, 1)
        layout.addWidget(self.value)
        layout.addWidget(self.delete)

    def show_figure(self, figure: Figure) -> None:
        """Show what it reads."""
        name = "Diameter (TCD)" if figure.part == TCD else f"{figure.part}  {figure.name}"
        self.name.setText(name)
        self.value.setText(figure.text)
        tip = figure.reason[:1].upper() + figure.reason[1:]
        self.value.setToolTip(tip)
        self.value.setAccessibleName(name)
        back = "; the mask is measured again" if figure.part == TCD else ""
        self.delete.setToolTip(tr("Take this calliper away{back}", back=back))
        self.delete.setAccessibleName(tr("Delete {name}", name=name))


def _age_text(key: str, diameter: Figure) -> str:
    source = next(one for one in SOURCES if one.key == key)
    if diameter.value is None:
        return f"– ({diameter.reason})"
    age = age_by(source, diameter.value)
    if age.weeks is None:
        return f"– ({age.reason})"
    bounds = age.range_weeks
    if bounds is None:
        return tr(
            "{weeks} weeks ({about_spread})",
            weeks=weeks_and_days(age.weeks),
            about_spread=source.about_spread,
        )
    low, high = (weeks_and_days(bound) for bound in bounds)
    return tr(
        "{weeks} weeks ± {spread_weeks:.1f} (95 %: {low} to {high})",
        weeks=weeks_and_days(age.weeks),
        spread_weeks=age.spread_weeks,
        low=low,
        high=high,
    )


def _plausible_text(known: float | None, diameter_mm: float | None) -> str:
    if known is None or diameter_mm is None:
        return ""
    found = plausibility(diameter_mm, known)
    if found is None:
        return tr("The reference was made for 14+0 to 40+0 weeks.")
    expected = tr(
        "At {known} weeks INTERGROWTH-21st expects {expected_mm:.1f} mm ({lowest_mm:.1f} to"
        " {highest_mm:.1f}, 3rd to 97th centile).",
        known=weeks_and_days(known),
        expected_mm=found.expected_mm,
        lowest_mm=found.lowest_mm,
        highest_mm=found.highest_mm,
    )
    word = "Plausible" if found.is_plausible else "Outside the range: check plane, ends and age"
    return tr(
        "{expected} {diameter_mm:.1f} mm is centile {centile:.0f} (z {z:+.1f}). {word}.",
        expected=expected,
        diameter_mm=diameter_mm,
        centile=found.centile,
        z=found.z,
        word=word,
    )
