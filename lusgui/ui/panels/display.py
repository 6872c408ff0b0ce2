"""How the image and the masks look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.ui.bindings import Bindings, set_quietly
from lusgui.ui.canvas.colormaps import COLORMAPS, TITLES, swatch
from lusgui.ui.panels.parts import Card, SliderSpin, action_button

if TYPE_CHECKING:
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

SWATCH = QSize(40, 12)
METHOD_TITLES = {
    Method.OFF: "Off",
    Method.FAST: "Wavelet, fast",
    Method.BEST: "Wavelet, best (slower)",
    Method.TEXTBOOK: "Wavelet, textbook",
    Method.LEE: "Enhanced Lee",
    Method.SRAD: "SRAD diffusion",
    Method.MEDIAN: "Median",
}


class DisplayPanel(QWidget):
    """Despeckling, contrast, colour map; style and opacity of the masks.

    Parameters
    ----------
    session : Session
        Whose view state.
    actions : Actions
        For the style buttons.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        view = session.view
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._image_card(actions))
        layout.addWidget(self._mask_card(actions))
        self._bindings = Bindings()
        events = view.events
        for signal in (
            events.despeckle,
            events.show_raw,
            events.window,
            events.level,
            events.colormap,
            events.opacity,
            events.model_visible,
        ):
            self._bindings.connect(signal, self._refresh)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()

    def _image_card(self, actions: Actions) -> Card:
        view = self._session.view
        card = Card("Image")
        card.head.addWidget(action_button(actions["view.raw"]))
        self.method = QComboBox()
        for method, title in METHOD_TITLES.items():
            self.method.addItem(tr(title), method)
        self.method.setAccessibleName(tr("Despeckling"))
        self.method.setToolTip(
            tr(
                "What is done to the frame before it is shown; tap {key:view.raw} for raw, hold"
                " {key:view.raw} to peek"
            )
        )
        self.method.activated.connect(self._method_chosen)
        card.add_row("Despeckle", self.method)
        self.strength = SliderSpin(
            0.1, 3.0, 0.1, 1, "Strength", "How much speckle is taken away; 1 is the default of the method"
        )
        self.strength.value_changed.connect(self._strength_chosen)
        card.add_row("Strength", self.strength)
        self.window_width = SliderSpin(
            0.05, 2.0, 0.01, 2, "Window", "Width of the gray range shown (right drag across)"
        )
        self.window_width.value_changed.connect(lambda value: setattr(view, "window", value))
        card.add_row("Window", self.window_width)
        self.level = SliderSpin(
            0.0, 1.0, 0.01, 2, "Level", "Centre of the gray range shown (right drag up and down)"
        )
        self.level.value_changed.connect(lambda value: setattr(view, "level", value))
        card.add_row("Level", self.level)
        self.colormap = QComboBox()
        for name in COLORMAPS:
            self.colormap.addItem(_swatch_icon(name), tr(TITLES[name]), name)
        self.colormap.setIconSize(SWATCH)
        self.colormap.setMinimumContentsLength(6)
        self.colormap.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.colormap.setAccessibleName(tr("Colour map"))
        self.colormap.setToolTip(tr("Colours of the image; masks keep theirs"))
        self.colormap.activated.connect(
            lambda index: setattr(view, "colormap", self.colormap.itemData(index))
        )
        card.add_row("Colours", self.colormap, action_button(actions["view.reset_window"], text=True))
        return card

    def _mask_card(self, actions: Actions) -> Card:
        view = self._session.view
        card = Card("Masks")
        for name in ("view.outline", "view.fill", "view.heat"):
            card.head.addWidget(action_button(actions[name]))
        keys = tr("Of fills and heat map ({key:view.opacity_down} and {key:view.opacity_up})")
        self.opacity = SliderSpin(0.0, 1.0, 0.05, 2, tr("Opacity"), keys)
        self.opacity.value_changed.connect(lambda value: setattr(view, "opacity", value))
        card.add_row("Opacity", self.opacity)
        self.model_shown = QCheckBox("Show the model's mask")
        self.model_shown.setToolTip(tr("Dashed outline, hatched fill: what the model proposes"))
        self.model_shown.toggled.connect(lambda on: setattr(view, "model_visible", on))
        card.add(self.model_shown)
        return card

    def _method_chosen(self, index: int) -> None:
        self._session.view.despeckle = DespeckleSettings(Method(self.method.itemData(index)))
        self._session.view.show_raw = False

    def _strength_chosen(self, value: float) -> None:
        from dataclasses import replace

        settings = self._session.view.despeckle
        if settings.method is not Method.OFF:
            self._session.view.despeckle = replace(settings, strength=round(value, 1))

    def _refresh(self, *_: object) -> None:
        view = self._session.view
        set_quietly(self.method, self.method.setCurrentIndex, self.method.findData(view.despeckle.method))
        self.strength.set_value(float(getattr(view.despeckle, "strength", 1.0)))
        self.strength.setEnabled(view.despeckle.method is not Method.OFF)
        self.window_width.set_value(view.window)
        self.level.set_value(view.level)
        self.opacity.set_value(view.opacity)
        set_quietly(
            self.colormap, self.colormap.setCurrentIndex, max(self.colormap.findData(view.colormap), 0)
        )
        set_quietly(self.model_shown, self.model_shown.setChecked, view.model_visible)


def _swatch_icon(name: str) -> QIcon:
    """Return what a colour map looks like, from dark to bright."""
    picture = swatch(name, SWATCH.width(), SWATCH.height())
    kind = QImage.Format.Format_RGB888
    image = QImage(picture.data, SWATCH.width(), SWATCH.height(), picture.strides[0], kind)
    return QIcon(QPixmap.fromImage(image))
