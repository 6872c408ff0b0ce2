"""The few settings there are: who draws, how the window looks, where the model runs, what is despeckled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from lusgui.base.translate import languages, tr
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.session.access_acts import TEXT_SCALES
from lusgui.ui.dialogs.frame import Frame, dim

if TYPE_CHECKING:
    from lusgui.session.session import Session

THEMES = (("system", "As the system"), ("dark", "Dark, for dim rooms"), ("light", "Light"))
DEVICES = (
    ("", "As it is"),
    ("auto", "The fastest there is"),
    ("cpu", "CPU"),
    ("cuda", "NVIDIA GPU (CUDA)"),
    ("mps", "Apple GPU (MPS)"),
)
SIZES = tuple((scale, f"{scale * 100:.0f} %") for scale in TEXT_SCALES)
METHODS = (
    (Method.OFF, "Off: the image as it was stored"),
    (Method.FAST, "Fast wavelet, for browsing"),
    (Method.BEST, "Best wavelet, slower"),
    (Method.LEE, "Lee"),
    (Method.SRAD, "SRAD"),
    (Method.MEDIAN, "Median"),
    (Method.TEXTBOOK, "Textbook wavelet"),
)


def choice(options: tuple[tuple[Any, str], ...], present: object, name: str, tooltip: str) -> QComboBox:
    """Return a list to choose from, with the present value chosen."""
    box = QComboBox()
    for value, text in options:
        box.addItem(tr(text), value)
    index = next((i for i, (value, _text) in enumerate(options) if value == present), 0)
    box.setCurrentIndex(index)
    box.setAccessibleName(name)
    box.setToolTip(tooltip)
    box.setMinimumWidth(240)
    return box


class SettingsDialog(Frame):
    """Asks for the settings; they hold from the moment they are chosen.

    Parameters
    ----------
    session : Session
        Rater, theme and despeckling.
    services : Services
        The device.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, services: Any, parent: QWidget | None = None) -> None:  # noqa: ANN401
        super().__init__("Settings", "", "settings", parent)
        self.setMinimumWidth(520)
        self._session, self._services = session, services
        self.rater = QLineEdit(session.rater)
        self.rater.setMaxLength(80)
        self.rater.setPlaceholderText(tr("Name or initials"))
        self.rater.setAccessibleName(tr("Your name"))
        self.rater.setToolTip(tr("Written beside everything you draw"))
        self.theme = choice(THEMES, session.view.theme, "Theme", "How the window looks")
        self.text_size = choice(SIZES, session.view.text_scale, "Size of text", "How large all letters are")
        self.language = choice(
            tuple(languages()), session.view.language, "Language", "Which language the window speaks"
        )
        self.device = choice(DEVICES, "", "Device", "Where the model runs; the status bar says which it is")
        self.method = choice(
            METHODS,
            session.view.despeckle.method,
            "Despeckling",
            "What is done to the image that is shown and segmented",
        )
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(10)
        form.addRow(tr("Your name"), self.rater)
        form.addRow("", dim(tr("Written beside every mask you draw, so that raters can be told apart.")))
        form.addRow(tr("Theme"), self.theme)
        form.addRow(tr("Size of text"), self.text_size)
        if self.language.count() > 1:
            form.addRow(tr("Language"), self.language)
            form.addRow("", dim(tr("Holds from the next start on.")))
        form.addRow(tr("Model runs on"), self.device)
        form.addRow(tr("Despeckling"), self.method)
        form.addRow(
            "",
            dim(
                tr("Masks always lie on the raw image; despeckling changes only what is shown and segmented.")
            ),
        )
        self.body.addLayout(form)
        self.body.addStretch(1)
        self.add_close("Cancel")
        self.apply = self.add_primary(tr("Apply"), self._apply)
        self.rater.setFocus()

    def _apply(self) -> None:
        session = self._session
        session.rater = self.rater.text()
        session.view.theme = self.theme.currentData()
        session.view.text_scale = self.text_size.currentData()
        session.view.language = self.language.currentData()
        method = Method(self.method.currentData())
        if method is not session.view.despeckle.method:
            session.view.despeckle = DespeckleSettings(method)
        device = self.device.currentData()
        if device and self._services is not None:
            self._services.use_device(device)
        self.accept()


class RaterDialog(Frame):
    """Asks who draws, with those who drew in this study to choose from.

    Parameters
    ----------
    session : Session
        Whose rater.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Who draws?", "The name is written beside everything you draw.", "", parent)
        self.setMinimumWidth(400)
        self._session = session
        self.name = QComboBox()
        self.name.setEditable(True)
        self.name.addItems(sorted({*session.raters, session.rater} - {""}))
        self.name.setCurrentText(session.rater)
        self.name.setAccessibleName(tr("Your name"))
        self.name.setToolTip(tr("Name or initials"))
        line = self.name.lineEdit()
        if line is not None:
            line.setPlaceholderText(tr("Name or initials"))
            line.selectAll()
        self.body.addWidget(self.name)
        self.add_close("Cancel")
        self.apply = self.add_primary(tr("That is me"), self._apply, tr("Draw under this name"))
        self.name.setFocus()

    def _apply(self) -> None:
        self._session.rater = self.name.currentText()
        self.accept()
