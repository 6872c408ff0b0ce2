from __future__ import annotations

import pytest
from PySide6.QtGui import QTextTable
from PySide6.QtWidgets import QApplication, QTextBrowser

from lusgui.ui.dialogs.markdown import fill
from lusgui.ui.theme import Theme

TEXT = """# Title

A `mask_<label>` and **bold** [link](b.md).

| a | b |
|---|---|
| 1 | `x` |

```
lusgui info FILE
```
"""


@pytest.fixture(params=["dark", "light"])
def page(qtbot, request):
    look = Theme(QApplication.instance())
    look.apply(request.param)
    made = QTextBrowser()
    qtbot.addWidget(made)
    fill(made, TEXT)
    made.look = look.palette
    return made


def test_the_text_is_whole(page):
    text = page.toPlainText()
    assert "mask_<label>" in text
    assert "lusgui info FILE" in text


def test_tables_and_text_have_the_colours_of_the_theme(page):
    document = page.document()
    (table,) = [frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)]
    assert table.format().borderBrush().color().name() == page.look.border
    assert table.cellAt(0, 0).format().background().color().name() != page.look.field
    colors = set()
    block = document.begin()
    while block.isValid():
        iterator = block.begin()
        while not iterator.atEnd():
            colors.add(iterator.fragment().charFormat().foreground().color().name())
            iterator += 1
        block = block.next()
    assert colors == {page.look.text, page.look.accent}
