"""The choices of a recipe: axes, meaning of the numbers, spacing, frame rate, dynamic range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.ui.dialogs.frame import dim, heading
from lusgui.ui.dialogs.recipe_looks import axes_choices
from lusgui.ui.dialogs.spacing import spacing_box

if TYPE_CHECKING:
    from lusgui.ui.dialogs.recipe_looks import Look

STATES = (
    (Intensity.LINEAR, "Linear amplitude"),
    (Intensity.DB, "Decibels"),
    (Intensity.DISPLAY, "Gray for the screen"),
)
POLARITIES = ((None, "as found"), (True, "exchanged: exchange them back"), (False, "right as they are"))
FOUND, TYPED, UNKNOWN = "found", "typed", "unknown"


class RecipeForm(QWidget):
    """The form at the right of the recipe dialog.

    Parameters
    ----------
    present : Recipe
        What is chosen at first.

    Signals
    -------
    changed()
        Something was chosen differently.
    """

    changed = Signal()

    def __init__(self, present: Recipe) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(heading(tr("How it is read")))
        self.saved = QComboBox()
        self.saved.setAccessibleName(tr("Saved recipes"))
        self.saved.setToolTip(tr("Take over the choices of a recipe saved before"))
        self.axes = _box(
            "Axes", "Which axis of the variable is which; the picture shows at once if it is wrong"
        )
        self.axes.addItem(tr("as found"), None)
        self.axes.setEnabled(False)
        self._axes_wanted = present.axes
        self.intensity = _box(
            "Numbers are", "Linear data pass one log compression; the others are taken as they are"
        )
        self.intensity.addItem(tr("as found"), None)
        for state, text in STATES:
            self.intensity.addItem(tr(text), state)
        self.polarity = _box(
            "Black and white", "In some files the strongest echo is black; models know it as bright only"
        )
        for said, text in POLARITIES:
            self.polarity.addItem(tr(text), said)
        self.spacing = _box("Spacing", "Distance between samples")
        for key, text in ((FOUND, "as found"), (TYPED, "type it"), (UNKNOWN, tr("unknown"))):
            self.spacing.addItem(tr(text), key)
        self.row_mm = spacing_box("Row spacing", "Axial: from one row to the next")
        self.col_mm = spacing_box("Column spacing", "Lateral: from one column to the next")
        self.rate = _number(
            "Frame rate", "Frames a second; empty leaves what was found", 10_000.0, " Hz", "as found"
        )
        self.range = _number(
            "Dynamic range", "Width of the log compression of linear data", 200.0, " dB", "60 dB"
        )
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(9)
        form.addRow(tr("Recipe"), self.saved)
        form.addRow(tr("Axes"), self.axes)
        form.addRow(tr("Numbers are"), self.intensity)
        form.addRow(tr("Black and white"), self.polarity)
        form.addRow(tr("Spacing"), self.spacing)
        form.addRow(tr("   rows"), self.row_mm)
        form.addRow(tr("   columns"), self.col_mm)
        form.addRow(tr("Frame rate"), self.rate)
        form.addRow(tr("Dynamic range"), self.range)
        layout.addLayout(form)
        self.note = dim(
            tr("The picture is what canvas and model will see. Wrong axes or numbers show at once.")
        )
        layout.addWidget(self.note)
        layout.addStretch(1)
        self._recipes = _load()
        self.saved.addItem(tr("none") if self._recipes else tr("none saved yet"), None)
        for recipe in self._recipes:
            self.saved.addItem(recipe.name, recipe.name)
        self.saved.setEnabled(bool(self._recipes))
        self.take(present)
        for box in (self.axes, self.intensity, self.polarity, self.spacing):
            box.currentIndexChanged.connect(self._on_change)
        for spin in (self.row_mm, self.col_mm, self.rate, self.range):
            spin.valueChanged.connect(self._on_change)
        self.saved.currentIndexChanged.connect(self._take_saved)
        self._enable()

    def take(self, recipe: Recipe) -> None:
        """Show the choices of a recipe; its variable is chosen elsewhere."""
        self._axes_wanted = recipe.axes
        self.axes.setCurrentIndex(max(self.axes.findData(recipe.axes), 0))
        self.intensity.setCurrentIndex(max(self.intensity.findData(recipe.intensity), 0))
        self.polarity.setCurrentIndex([said for said, _ in POLARITIES].index(recipe.is_inverted))
        if recipe.spacing_mm is not None:
            self.row_mm.setValue(recipe.spacing_mm[0])
            self.col_mm.setValue(recipe.spacing_mm[1])
        kind = TYPED if recipe.spacing_mm is not None else UNKNOWN if recipe.spacing_unknown else FOUND
        self.spacing.setCurrentIndex(self.spacing.findData(kind))
        self.rate.setValue(recipe.frame_rate_hz or 0.0)
        self.range.setValue(recipe.dynamic_range_db or 0.0)

    def recipe(self, name: str, variable: str | None) -> Recipe:
        """Return the choices as a recipe."""
        kind = self.spacing.currentData()
        state = self.intensity.currentData()
        return Recipe(
            name,
            variable,
            self.axes.currentData() or self._axes_wanted,
            None if state is None else Intensity(state),
            (self.row_mm.value(), self.col_mm.value()) if kind == TYPED else None,
            kind == UNKNOWN,
            self.rate.value() or None,
            self.range.value() or None,
            self.polarity.currentData() if state in (None, Intensity.DISPLAY) else None,
        )

    def forget_axes(self) -> None:
        """Leave the axes to the reader: another variable was chosen."""
        self._axes_wanted = None
        self.axes.blockSignals(True)
        self.axes.setCurrentIndex(0)
        self.axes.blockSignals(False)

    def show_found(self, look: Look) -> None:
        """Say what “as found” means for this file."""
        for widget in (self.axes, self.intensity, self.spacing, self.row_mm, self.col_mm):
            widget.blockSignals(True)
        wanted = self.axes.currentData() or self._axes_wanted
        self.axes.clear()
        options = axes_choices(look.matlab_shape)
        found = next((words for axes, words in options if axes == look.axes), "")
        self.axes.addItem(
            tr("as found: {found}", found=found) if found and not wanted else tr("as found"), None
        )
        for axes, words in options:
            self.axes.addItem(words, axes)
        self.axes.setEnabled(bool(options))
        self.axes.setCurrentIndex(max(self.axes.findData(wanted), 0))
        self._axes_wanted = None
        if self.intensity.currentData() is None:
            name = next(text for state, text in STATES if state is look.intensity)
            self.intensity.setItemText(0, tr("as found: {name}", name=name))
        if self.spacing.currentData() == FOUND:
            text = (
                "unknown"
                if look.spacing_mm is None
                else tr(
                    "{spacing_mm_first:.4g} × {spacing_mm_second:.4g} mm",
                    spacing_mm_first=look.spacing_mm[0],
                    spacing_mm_second=look.spacing_mm[1],
                )
            )
            self.spacing.setItemText(0, tr("as found: {words}", words=text))
            if look.spacing_mm is not None:
                self.row_mm.setValue(look.spacing_mm[0])
                self.col_mm.setValue(look.spacing_mm[1])
        if self.rate.value() == 0:
            found_rate = (
                "unknown"
                if look.frame_rate_hz is None
                else tr("{frame_rate_hz:.4g} Hz", frame_rate_hz=look.frame_rate_hz)
            )
            self.rate.setSpecialValueText(tr("as found: {found_rate}", found_rate=found_rate))
        self.range.setEnabled(look.intensity is Intensity.LINEAR)
        self.polarity.setEnabled(look.intensity is Intensity.DISPLAY)
        if self.polarity.currentData() is None:
            found = "they look exchanged" if look.looks_inverted else "right as they are"
            self.polarity.setItemText(0, tr("as found: {found}", found=found))
        for widget in (self.axes, self.intensity, self.spacing, self.row_mm, self.col_mm):
            widget.blockSignals(False)

    def _take_saved(self, _index: int) -> None:
        name = self.saved.currentData()
        recipe = next((one for one in self._recipes if one.name == name), None)
        if recipe is not None:
            self.take(recipe)
            self._on_change()

    def _on_change(self, *_: object) -> None:
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        is_typed = self.spacing.currentData() == TYPED
        self.row_mm.setEnabled(is_typed)
        self.col_mm.setEnabled(is_typed)


def _load() -> list[Recipe]:
    from lusgui.io.recipes import load_recipes

    try:
        return load_recipes()
    except OSError:
        return []  # a home that cannot be read has no recipes


def _box(name: str, tooltip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tooltip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(28)
    return box


def _number(name: str, tooltip: str, most: float, suffix: str, nothing: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.0, most)
    box.setDecimals(1)
    box.setSuffix(suffix)
    box.setSpecialValueText(tr(nothing))
    box.setAccessibleName(tr(name))
    box.setToolTip(tr(tooltip))
    box.setKeyboardTracking(False)
    return box
