"""About: what this is for and what not, versions, licences, credits."""

from __future__ import annotations

import importlib.metadata
import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QTabWidget, QTextBrowser, QWidget

from lusgui import __version__
from lusgui.base.errors import LusguiError
from lusgui.base.paths import log_dir, resources_dir
from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.dialogs.frame import Frame
from lusgui.ui.dialogs.markdown import fill

DISTRIBUTIONS = (
    "numpy", "scipy", "scikit-image", "PyWavelets", "h5py", "tifffile", "pillow", "pydicom",
    "PySide6_Essentials", "pyqtgraph", "psygnal", "SQLAlchemy", "safetensors", "torch",
    "opencv-python-headless",
)  # fmt: skip
CREDITS = ("samples/LICENSES.md", "datasets/ribs/LICENSES.md")


class AboutDialog(Frame):
    """Shows the version, the purpose, the licences and the credits.

    Parameters
    ----------
    parent : QWidget or None
        The window.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "lusgui",
            tr("Version {version__} · ultrasound annotation and segmentation", version__=__version__),
            "",
            parent,
        )
        self.setWindowTitle(tr("About lusgui"))
        self.resize(620, 560)
        self._add_logo()
        notice = QFrame()
        notice.setObjectName("banner")
        row = QHBoxLayout(notice)
        row.setContentsMargins(14, 10, 14, 10)
        picture = QLabel()
        picture.setPixmap(theme.pixmap("warning", theme.current().warning, 22, self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        self.notice = QLabel(
            "<b>For research use only. Not a medical device.</b><br>Masks, measurements and models have not "
            "been validated for diagnosis or treatment and must not be used for them."
        )
        self.notice.setWordWrap(True)
        row.addWidget(self.notice, 1)
        self.body.addWidget(notice)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("About"))
        for title, text in (
            (tr("Licence"), _licence()),
            (tr("Credits"), _credits()),
            (tr("Versions"), versions()),
        ):
            page = QTextBrowser()
            page.setOpenExternalLinks(True)
            page.setAccessibleName(title)
            fill(page, text)
            self.tabs.addTab(page, title)
        self.body.addWidget(self.tabs, 1)
        self.copy = self.add_button(
            tr("Copy versions"), self._copy, tr("For a report to the developers"), left=True
        )
        self.add_close().setDefault(True)

    def _add_logo(self) -> None:
        logo = QLabel()
        logo.setPixmap(theme.app_icon().pixmap(44, 44))
        head = self.heading.parentWidget()
        layout = head.layout() if head is not None else None
        if isinstance(layout, QHBoxLayout):
            layout.insertWidget(0, logo)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(versions().replace("|", " ").replace("---", ""))
        self.copy.setText(tr("Copied"))


def versions() -> str:
    """Return the versions in use as a Markdown table; nothing is imported for it."""
    rows = [
        ("lusgui", __version__),
        ("Python", platform.python_version()),
        ("Qt", qVersion()),
        ("System", platform.platform()),
        ("Qt platform", QGuiApplication.platformName()),
    ]
    for name in DISTRIBUTIONS:
        try:
            rows.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            rows.append((name, "not installed"))
    lines = [f"| {name} | {version} |" for name, version in rows]
    return "\n".join(
        [
            "| part | version |",
            "|---|---|",
            *lines,
            "",
            tr("The log file is in `{log_dir}`.", log_dir=log_dir()),
        ]
    )


def _licence() -> str:
    return tr(
        "lusgui is licensed under the **Apache License 2.0**: it may be used, changed and passed on; the"
        " licence and its notices stay with it; there is no warranty.\n\nQt and PySide6 are used under the"
        " **LGPL v3** and can be replaced in the installation. The other libraries carry permissive"
        " licences (BSD, MIT, Apache, HPND).\n\nThe weights that come with lusgui carry the licences of the"
        " data they were trained on: see their cards."
    )


def _credits() -> str:
    parts = []
    for name in CREDITS:
        try:
            parts.append((resources_dir() / name).read_text(encoding="utf-8"))
        except (OSError, LusguiError):
            continue  # an installation without the training data has no licence of theirs to show
    return "\n\n---\n\n".join(parts) or "The credits are missing from this installation."
