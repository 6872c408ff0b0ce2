"""Keys in pages of the guide follow the map of keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.paths import resources_dir
from lusgui.session.key_map import KeyMap
from lusgui.ui.dialogs.guide_keys import name_keys

PAGE = """Press `B`, or `Ctrl+Enter`.

```
lusgui `B`
```
`Ctrl+Alt+↑` grows, `Alt` erases, `x.mat` is a file, `]` or `.`"""


def test_with_the_table_every_page_is_as_it_was_written():
    key_map = KeyMap()
    pages = list((resources_dir() / "guide").glob("*.md"))
    assert pages
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert name_keys(text, key_map) == text


def test_changed_keys_are_named():
    key_map = KeyMap()
    key_map.set_keys("tool.brush", ["F8"])
    key_map.set_keys("mask.grow", ["Ctrl+Return"])
    key_map.set_keys("brush.larger", ["F9"])
    page = name_keys(PAGE, key_map)
    assert "Press `F8`, or *Frame ▸" in page  # the accepting key went to another command
    assert "lusgui `B`" in page
    assert "`Ctrl+Enter` grows, `Alt` erases, `x.mat` is a file, `F9` or `F9`" in page


def test_keys_are_written_as_the_system_does():
    key_map = KeyMap()
    key_map.set_keys("tool.brush", ["F8"])
    assert name_keys("`B`", key_map, lambda key: f"<{key}>") == "`<F8>`"


def test_what_a_preset_does_is_left_alone():
    key_map = KeyMap()
    key_map.set_keys("tool.livewire", ["F8"])
    line = "The preset paints with `W`; `P` too"
    assert name_keys(line, key_map) == line
    assert name_keys("`W`", key_map) == "`F8`"


@given(st.text(max_size=60))
def test_any_text_is_a_page(text):
    key_map = KeyMap()
    assert name_keys(text, key_map) == text
