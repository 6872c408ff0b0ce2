from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt, QUrl

from lusgui.base.paths import resources_dir
from lusgui.ui.dialogs.guide import contents

PAGES = contents()


def test_there_is_a_guide_and_the_first_page_is_shown(qtbot, ask):
    dialog = ask("guide")
    assert len(PAGES) >= 6
    assert dialog.shown == PAGES[0][0] == "start.md"
    assert "not a medical device" in dialog.page.toPlainText()


@pytest.mark.parametrize("name", [name for name, _title in PAGES])
def test_every_page_shows_as_text_without_left_over_markup(desk, name):
    desk.guide(name)
    (dialog,) = desk.opened
    assert dialog.shown == name
    text = dialog.page.toPlainText()
    assert len(text) > 100
    assert "**" not in text
    assert "|---" not in text


def test_links_between_pages_lead_to_pages():
    folder = resources_dir() / "guide"
    for name, _title in PAGES:
        for link in re.findall(r"\]\(([^)#]+)\)", (folder / name).read_text(encoding="utf-8")):
            assert link.startswith("http") or (folder / link).is_file(), f"{name}: {link}"


def test_searching_keeps_pages_with_all_words_and_enter_opens_the_first(qtbot, ask):
    dialog = ask("guide")
    qtbot.keyClicks(dialog.search, "ImageJ spacing")
    shown = [i for i in range(dialog.list.count()) if not dialog.list.item(i).isHidden()]
    assert 0 < len(shown) < dialog.list.count()
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Enter in the search must not close the guide"
    assert "ImageJ" in dialog.page.toPlainText()
    dialog.search.setText("zzzz")
    assert dialog.nothing.isVisible()


def test_a_link_is_followed(ask):
    dialog = ask("guide")
    dialog._follow(QUrl("export.md"))
    assert dialog.shown == "export.md"
    dialog._follow(QUrl("not-there.md"))
    assert dialog.shown == "export.md"


def test_menus_and_keys_that_the_guide_names_are_there():
    from lusgui.session.commands import COMMANDS, POINTER_HINTS

    titles = {(command.group, command.title.rstrip("…")) for command in COMMANDS}
    keys = {keys for command in COMMANDS for keys in command.keys} | {how for how, _what in POINTER_HINTS}
    same = {"Enter": "Return", "←": "Left", "→": "Right", "↑": "Up", "↓": "Down"}
    for name in (
        "start.md",
        "opening.md",
        "seeing.md",
        "drawing.md",
        "clicking.md",
        "through-time.md",
        "measuring.md",
        "learning.md",
        "study.md",
        "export.md",
    ):
        text = (resources_dir() / "guide" / name).read_text(encoding="utf-8")
        for menu, title in re.findall(r"\*\*(\w+) ▸ ([^*]+)\*\*", text):
            assert (menu, title) in titles, f"{name}: {menu} ▸ {title}"
        for key in re.findall(r"`((?:(?:Ctrl|Shift|Alt)\+)*(?:[A-Z0-9?←→↑↓]|Enter|Del|Esc))`", text):
            *modifiers, last = key.split("+")
            known = "+".join([*modifiers, same.get(last, last)])
            assert known in keys, f"{name}: {key}"


def test_pictures_of_the_guide_fit_the_page(ask, tmp_path, monkeypatch):
    from PySide6.QtGui import QImage, QTextDocument

    from lusgui.ui.dialogs import guide

    picture = QImage(2000, 500, QImage.Format.Format_RGB32)
    picture.fill(0)
    assert picture.save(str(tmp_path / "wide.png"))
    dialog = ask("guide")
    monkeypatch.setattr(guide, "_folder", lambda: tmp_path)
    kind = QTextDocument.ResourceType.ImageResource.value
    loaded = dialog.page.loadResource(kind, QUrl("wide.png"))
    assert (loaded.width(), loaded.height()) == (guide.PICTURE_WIDTH, guide.PICTURE_WIDTH // 4)
