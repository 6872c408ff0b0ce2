"""The guide: pages of Markdown with a list of contents that can be searched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.errors import LusguiError
from lusgui.base.paths import resources_dir
from lusgui.base.translate import language, tr
from lusgui.ui.actions import keys_text
from lusgui.ui.bindings import Bindings
from lusgui.ui.dialogs.frame import Frame
from lusgui.ui.dialogs.guide_keys import name_keys
from lusgui.ui.dialogs.markdown import fill

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.session.key_map import KeyMap

PICTURE_WIDTH = 536
FILE_ROLE = Qt.ItemDataRole.UserRole


def contents() -> list[tuple[str, str]]:
    """Return (file, title) of the pages that are there, in their order."""
    folder = _folder()
    try:
        listed = json.loads((folder / "contents.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [(str(name), str(title)) for name, title in listed if (folder / str(name)).is_file()]


def _folder() -> Path:
    return resources_dir() / "guide"


def page_path(name: str) -> Path:
    """Return the file of a page: in the language of the window where the guide has it, else in English."""
    own = _folder() / language() / name
    return own if own.is_file() else _folder() / name


class _Page(QTextBrowser):
    """A page whose pictures come from the guide's folder and never reach over the edge."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: ANN401 - as Qt has it
        """Return a picture of the guide, made small enough for the page."""
        name = QUrl(name)
        if kind != QTextDocument.ResourceType.ImageResource.value or not name.isRelative():
            return super().loadResource(kind, name)
        picture = QImage(str(_folder() / name.path()))
        if picture.width() > PICTURE_WIDTH:
            smooth = Qt.TransformationMode.SmoothTransformation
            picture = picture.scaledToWidth(PICTURE_WIDTH, smooth)
        return picture


class GuideDialog(Frame):
    """Shows the guide beside the window; it may stay open while one works.

    Parameters
    ----------
    page : str
        File of the page shown first; empty for the first one.
    parent : QWidget or None
        The window.
    key_map : KeyMap or None
        Keys that the pages name; None for those of the table.
    """

    def __init__(self, page: str = "", parent: QWidget | None = None, key_map: KeyMap | None = None) -> None:
        super().__init__("Guide", "", "help", parent)
        self.resize(940, 680)
        self._key_map = key_map
        self._texts = {name: self._read(name) for name, _title in contents()}
        self._bindings = Bindings()
        if key_map is not None:
            self._bindings.connect(key_map.changed, self._keys_changed)
        self.finished.connect(lambda _result: self._bindings.disconnect())
        self._shown = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search the guide"))
        self.search.setAccessibleName(tr("Search the guide"))
        self.search.setToolTip(tr("Find pages by any words in them (Ctrl+F)"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._show_first)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Contents"))
        self.list.setToolTip(tr("Pages of the guide"))
        for name, title in contents():
            item = QListWidgetItem(tr(title))
            item.setData(FILE_ROLE, name)
            item.setToolTip(tr(title))
            self.list.addItem(item)
        self.list.currentItemChanged.connect(self._chosen)
        self.nothing = QLabel("No page holds these words.")
        self.nothing.setObjectName("hint")
        self.nothing.setVisible(False)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.search)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        self.page = _Page()
        self.page.setAccessibleName(tr("Page"))
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._follow)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.page)
        split.setStretchFactor(1, 1)
        split.setSizes([270, 660])
        split.setChildrenCollapsible(False)
        self.body.addWidget(split, 1)
        self.add_close()  # no default: Enter belongs to the search
        self.show_page(page or (next(iter(self._texts), "")))
        self.list.setFocus()

    def show_page(self, name: str) -> None:
        """Show a page by its file name; an unknown one changes nothing."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(FILE_ROLE) == name:
                if item.isHidden():
                    self.search.clear()
                self.list.setCurrentItem(item)
                self._show(name)
                return

    @property
    def shown(self) -> str:
        """File of the page that is shown."""
        return self._shown

    def _read(self, name: str) -> str:
        try:
            text = page_path(name).read_text(encoding="utf-8")
        except (OSError, ValueError, LusguiError):
            return tr("This page cannot be read. Install lusgui again.")
        return (
            text if self._key_map is None else name_keys(text, self._key_map, lambda key: keys_text((key,)))
        )

    def _keys_changed(self) -> None:
        self._texts = {name: self._read(name) for name in self._texts}
        shown, self._shown = self._shown, ""
        self._show(shown)

    def _show(self, name: str) -> None:
        if name != self._shown:
            self._shown = name
            fill(self.page, self._texts.get(name, ""))
        words = self.search.text().split()
        if words:
            self.page.find(words[0], QTextDocument.FindFlag(0))

    def _chosen(self, item: QListWidgetItem | None, _before: object = None) -> None:
        if item is not None:
            self._show(str(item.data(FILE_ROLE)))

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        found = 0
        for row in range(self.list.count()):
            item = self.list.item(row)
            whole = f"{item.text()}\n{self._texts.get(str(item.data(FILE_ROLE)), '')}".casefold()
            is_match = all(word in whole for word in words)
            item.setHidden(not is_match)
            found += is_match
        self.nothing.setVisible(found == 0)

    def _show_first(self) -> None:
        for row in range(self.list.count()):
            if not self.list.item(row).isHidden():
                self.list.setCurrentRow(row)
                self._show(str(self.list.item(row).data(FILE_ROLE)))
                return

    def _follow(self, link: QUrl) -> None:
        if link.isRelative():
            self.show_page(link.path())
        else:
            QDesktopServices.openUrl(link)
