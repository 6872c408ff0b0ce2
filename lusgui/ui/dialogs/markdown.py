"""Markdown as a page in the colours of the theme: tables, code and keys look right in light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)

from lusgui.ui import theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTextBrowser

_HEADING_SIZES = {1: 21, 2: 16, 3: 14}
_TEXT_SIZE = 14


def fill(page: QTextBrowser, text: str) -> None:
    """Show Markdown in a page and dress it in the colours of the theme."""
    features = QTextDocument.MarkdownFeature
    page.document().setMarkdown(text, features.MarkdownDialectGitHub | features.MarkdownNoHTML)
    dress(page.document())
    page.moveCursor(QTextCursor.MoveOperation.Start)


def dress(document: QTextDocument) -> None:
    """Give a document the sizes, spaces and colours of the theme."""
    document.setDocumentMargin(20)
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        level = block.blockFormat().headingLevel()
        is_code = block.blockFormat().hasProperty(
            QTextFormat.Property.BlockCodeLanguage
        ) or block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
        in_table = cursor.currentTable() is not None
        spacing = QTextBlockFormat()
        if level:
            spacing.setTopMargin(4 if level == 1 else 18)
            spacing.setBottomMargin(8)
        elif is_code:
            spacing.setBackground(_shade())
            spacing.setLeftMargin(8)
        elif not in_table:
            spacing.setBottomMargin(9 if block.textList() is None else 5)
            spacing.setLineHeight(140, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(spacing)
        _dress_characters(document, block.position(), block.length(), level, is_code)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _dress_table(frame)
    cursor.endEditBlock()


def _dress_characters(document: QTextDocument, start: int, length: int, level: int, is_code: bool) -> None:
    palette = theme.current()
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    block = document.findBlock(start)
    pieces = []
    iterator = block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        pieces.append((fragment.position(), fragment.length(), fragment.charFormat()))
        iterator += 1
    cursor = QTextCursor(document)
    for position, size, had in pieces:
        look = QTextCharFormat()
        mono = is_code or had.fontFixedPitch()
        look.setProperty(
            QTextFormat.Property.FontPixelSize, _HEADING_SIZES.get(level, 13 if mono else _TEXT_SIZE)
        )
        if had.isAnchor():
            look.setForeground(QColor(palette.accent))
            look.setFontUnderline(False)
        elif mono:
            look.setFontFamilies([fixed])
            look.setForeground(QColor(palette.text))
            look.setBackground(_shade())
        else:
            look.setForeground(QColor(palette.text))
        if level:
            look.setFontWeight(QFont.Weight.DemiBold)
        cursor.setPosition(position)
        cursor.setPosition(position + size, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)


def _dress_table(table: QTextTable) -> None:
    palette = theme.current()
    look = table.format()
    look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    look.setBorderBrush(QColor(palette.border))
    look.setBorder(1)
    look.setBorderCollapse(True)
    look.setCellPadding(7)
    look.setCellSpacing(0)
    look.setTopMargin(4)
    look.setBottomMargin(14)
    look.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    if table.columns() == 2:
        look.setColumnWidthConstraints(
            [
                QTextLength(QTextLength.Type.PercentageLength, 30),
                QTextLength(QTextLength.Type.PercentageLength, 70),
            ]
        )
    table.setFormat(look)
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            cell_look = cell.format()
            cell_look.setBackground(_shade() if row == 0 else QColor(palette.field))
            cell.setFormat(cell_look)


def _shade() -> QColor:
    """Return a colour a little off that of the page."""
    palette = theme.current()
    return QColor(palette.window if palette.raised == palette.field else palette.raised)
