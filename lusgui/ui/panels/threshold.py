"""The live threshold on the model's probability, with the area it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.ui.bindings import Bindings, Later, set_quietly
from lusgui.ui.canvas.uncertainty import explanation
from lusgui.ui.panels.parts import Card, action_button, hint, value_label
from lusgui.ui.panels.two_thumbs import ThresholdSlider

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.stability import StabilityBand
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.services import Services

LOW_SHARE = 0.6
"""Where the lower thumb of a hysteresis begins, as a part of the threshold."""


class ThresholdPanel(QWidget):
    """Slider, number box and the clean-up that follows; re-runs nothing but the threshold.

    Parameters
    ----------
    session : Session
        What is thresholded.
    actions : Actions
        For the accept button.
    services : Services
        For the list of models.
    """

    def __init__(self, session: Session, actions: Actions, services: Services) -> None:
        super().__init__()
        self._session = session
        self._services = services
        view = session.view
        card = Card("Model")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)

        self.model = QComboBox()
        self.model.setAccessibleName(tr("Model"))
        self.model.setToolTip(tr("Which model answers for this label"))
        self.model.activated.connect(self._model_chosen)
        row = card.add_row(self.model, action_button(actions["model.about"]))
        row.setStretch(0, 1)
        self.threshold = ThresholdSlider(
            *(0.01, 0.99, 0.01, 2, tr("Threshold")),
            tr(
                "Probability from which a pixel belongs to the mask ({key:view.threshold_up},"
                " {key:view.threshold_down})"
            ),
        )
        self.threshold.value_changed.connect(self._threshold_chosen)
        self.threshold.low_changed.connect(self._low_chosen)
        card.add_row("Threshold", self.threshold)
        self.hysteresis = QCheckBox("Hysteresis, down to")
        self.hysteresis.setToolTip(
            tr(
                "Keeps faint parts of what is sure somewhere: pixels down to the lower value count where"
                " they are of one piece with a pixel that reaches the threshold"
            )
        )
        self.hysteresis.toggled.connect(self._hysteresis_switched)
        self.low = QDoubleSpinBox()
        self.low.setRange(0.01, 0.98)
        self.low.setSingleStep(0.01)
        self.low.setAccessibleName(tr("Lower threshold of the hysteresis"))
        self.low.setToolTip(tr("The lower threshold; the second thumb of the slider"))
        self.low.setKeyboardTracking(False)
        self.low.valueChanged.connect(self._low_chosen)
        self.low.setFixedWidth(84)
        card.add_row(self.hysteresis, None, self.low)

        self.least = QSpinBox()
        self.least.setRange(0, 1_000_000)
        self.least.setSingleStep(10)
        self.least.setSuffix(" px")
        self.least.setAccessibleName(tr("Least area"))
        self.least.setToolTip(tr("Pieces of the model's mask smaller than this are left out"))
        self.least.setKeyboardTracking(False)
        self.least.valueChanged.connect(lambda value: setattr(view, "least_area", value))
        self.least.setFixedWidth(92)
        self.least_mm2 = QLabel()
        self.least_mm2.setObjectName("dim")
        card.add_row("Least area", self.least, self.least_mm2, None)

        self.keep = QSpinBox()
        self.keep.setRange(0, 99)
        self.keep.setSpecialValueText(tr("auto"))
        self.keep.setAccessibleName(tr("Keep largest"))
        self.keep.setToolTip(
            tr(
                "How many pieces are kept, the largest first; auto: as many as the label can have"
                " (cerebellum 2, vermis 1, rib any number)"
            )
        )
        self.keep.setKeyboardTracking(False)
        self.keep.valueChanged.connect(lambda value: setattr(view, "keep_largest", value))
        self.fill = QCheckBox("Fill holes")
        self.fill.setToolTip(tr("Fill holes inside the model's mask"))
        self.fill.toggled.connect(lambda on: setattr(view, "fill_holes", on))
        card.add_row("Keep", self.keep, self.fill, None)

        self.model_area = value_label()
        self.model_area.setAccessibleName(tr("Area of the model's mask"))
        card.add_row("Model area", self.model_area, None)
        self.dice = value_label()
        self.dice.setAccessibleName(tr("Predicted Dice of the model's mask"))
        self.dice.setToolTip(explanation())
        card.add_row("Predicted Dice", self.dice, action_button(actions["view.uncertainty"]), None)
        self.band = value_label()
        self.band.setWordWrap(True)
        self.band.setAccessibleName(tr("Area between the thresholds of the stability band"))
        self.delta = QDoubleSpinBox()
        self.delta.setRange(0.01, 0.4)
        self.delta.setSingleStep(0.01)
        self.delta.setPrefix("± ")
        self.delta.setAccessibleName(tr("Width of the stability band"))
        self.delta.setToolTip(tr("How far below and above the threshold the contours of the band lie"))
        self.delta.setKeyboardTracking(False)
        self.delta.valueChanged.connect(lambda value: setattr(view, "band_delta", round(value, 2)))
        self.delta.setFixedWidth(84)
        self.band_off = hint("press: how far the area moves")
        self.band_off.setWordWrap(False)
        card.add_row("Stability", action_button(actions["view.band"]), self.delta, self.band_off, None)
        card.add(self.band)
        self.human_area = value_label()
        self.human_area.setAccessibleName(tr("Area of your mask"))
        card.add_row("Your area", self.human_area, None)
        card.add(action_button(actions["model.accept"], text=True))
        self.note = hint("")
        card.add(self.note)

        self._later = Later(self._refresh_areas, self)
        self._bindings = Bindings()
        bind = self._bindings.connect
        events = view.events
        for signal in (
            events.threshold,
            events.threshold_low,
            events.band_delta,
            session.seeing.events.band,
            events.least_area,
            events.fill_holes,
            events.keep_largest,
            events.label,
        ):
            bind(signal, self._refresh_controls)
        for other in (
            session.frame_changed,
            session.mask_changed,
            session.prediction_changed,
            session.study_changed,
        ):
            bind(other, self._later)
        for other in (session.labels_changed, session.study_changed, session.versions_changed, events.label):
            bind(other, self.refresh_models)
        self._refresh_controls()
        self.refresh_models()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def refresh_models(self, *_: object) -> None:
        """Show the models that know the current label."""
        label = self._session.view.label
        self.model.blockSignals(True)
        self.model.clear()
        for key, description in self._services.models_for(label):
            self.model.addItem(description, key)
        if not self.model.count():
            self.model.addItem(tr("No model for this label"))
        self.model.setEnabled(self.model.itemData(0) is not None)
        self._show_active()
        self.model.blockSignals(False)

    def _show_active(self) -> None:
        """Name the model that answers: another one may have taken over."""
        active = self._session.active_model(self._session.view.label)
        index = -1 if active is None else self.model.findData(active.version)
        if index >= 0 and index != self.model.currentIndex() and not self.model.view().isVisible():
            self.model.setCurrentIndex(index)  # chosen by nobody here: `activated` stays silent

    def _model_chosen(self, index: int) -> None:
        key = self.model.itemData(index)
        if key:
            self._services.choose_model(self._session.view.label, key)

    def _threshold_chosen(self, value: float) -> None:
        self._session.view.threshold = round(value, 2)

    def _hysteresis_switched(self, is_on: bool) -> None:
        view = self._session.view
        view.threshold_low = max(round(view.threshold * LOW_SHARE, 2), 0.01) if is_on else 0.0

    def _low_chosen(self, value: float) -> None:
        view = self._session.view
        view.threshold_low = max(min(round(value, 2), round(view.threshold - 0.01, 2)), 0.01)
        self._refresh_controls()  # a thumb that was dragged too far goes back

    def show_band(self, band: StabilityBand | None) -> None:
        """Say how far the area moves with the threshold."""
        key = self._session.key()
        row = None if key is None else self._session.row(key.recording_id)
        self.band.setText(describe_band(band, None if row is None else row.spacing_mm))

    def _refresh_controls(self, *_: object) -> None:
        view = self._session.view
        low = view.threshold_settings.low_threshold
        self.threshold.set_value(view.threshold)
        self.threshold.set_low(low)
        set_quietly(self.hysteresis, self.hysteresis.setChecked, view.threshold_low > 0)
        set_quietly(self.low, self.low.setValue, low or view.threshold_low)
        self.low.setEnabled(view.threshold_low > 0)
        set_quietly(self.delta, self.delta.setValue, view.band_delta)
        self.delta.setVisible(self._session.seeing.band)
        self.band.setVisible(self._session.seeing.band)
        self.band_off.setVisible(not self._session.seeing.band)
        set_quietly(self.least, self.least.setValue, view.least_area)
        set_quietly(self.keep, self.keep.setValue, view.keep_largest)
        set_quietly(self.fill, self.fill.setChecked, view.fill_holes)
        self._later()

    def _refresh_areas(self) -> None:
        session = self._session
        self._show_active()
        key = session.key()
        row = None if key is None else session.row(key.recording_id)
        if key is None or row is None:
            self.model_area.setText("–")
            self.dice.setText("–")
            self.human_area.setText("–")
            self.least_mm2.clear()
            self.note.setText(tr("Open a recording to see what the model finds."))
            return
        spacing = row.spacing_mm
        self.human_area.setText(describe_mask(session.mask(key), spacing))
        model = session.model_mask(key)
        self.model_area.setText("–" if model is None else describe_mask(model, spacing))
        dice = None if model is None else session.confidence.expected_dice(key)
        self.dice.setText("–" if dice is None else f"{dice:.2f}")
        mm2 = None if spacing is None else session.view.least_area * spacing[0] * spacing[1]
        self.least_mm2.setText(tr("= {mm2:.2f} mm²", mm2=mm2) if mm2 else "")
        self.note.setVisible(model is None or spacing is None)
        if model is None and session.active_model(key.label) is None:
            self.note.setText(tr("No model knows this label yet: draw by hand."))
        elif session.is_withheld(key):
            self.note.setText(tr("The model is withheld here (page Review, Bias guard): draw by hand."))
        elif model is None:
            self.note.setText(tr("The model is looking at this frame…"))
        else:
            self.note.setText(tr("Spacing unknown: areas are in pixels."))


def describe_mask(mask: NDArray[np.bool_], spacing_mm: tuple[float, float] | None) -> str:
    """Say how large a mask is and in how many pieces, e.g. ``12.3 mm² in 2 pieces``."""
    from lusgui.core.geometry import area_mm2
    from lusgui.core.threshold import count_components

    if not mask.any():
        return tr("empty")
    area = area_mm2(mask, spacing_mm)
    size = tr("{pixels} px", pixels=int(mask.sum())) if area is None else tr("{area:.2f} mm²", area=area)
    pieces = count_components(mask)
    return trn("{size} in {count} piece", "{size} in {count} pieces", pieces, size=size)


def describe_band(band: StabilityBand | None, spacing_mm: tuple[float, float] | None) -> str:
    """Say how far a mask's area moves with the threshold, e.g. ``11.2 to 14.8 mm²: steady``."""
    from lusgui.core.stability import describe_spread

    if band is None:
        return tr("The model has not answered for this frame yet.")
    least, most = band.areas_px
    size = tr("{least} to {most} px", least=least, most=most)
    if spacing_mm is not None:
        pixel = spacing_mm[0] * spacing_mm[1]
        size = tr("{least:.2f} to {most:.2f} mm²", least=least * pixel, most=most * pixel)
    return tr(
        "{size} for {low:.2f} to {high:.2f}: {spread}",
        size=size,
        low=band.low,
        high=band.high,
        spread=retell(describe_spread(band.spread)),
    )
