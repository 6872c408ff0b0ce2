from __future__ import annotations

import re

from installer.access_pictures import PICTURES
from installer.screenshots import SCRIPTS
from lusgui.base.paths import resources_dir
from lusgui.session.key_presets import PRESETS


def test_the_page_shows_these_pictures_and_they_are_there():
    page = (resources_dir() / "guide" / "keys.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"\(images/([a-z-]+\.png)\)", page)) == PICTURES
    for name in PICTURES:
        assert (resources_dir() / "guide" / "images" / name).exists()
    assert "installer.access_pictures" in SCRIPTS


def test_the_page_tells_the_preset_as_it_is():
    page = (resources_dir() / "guide" / "keys.md").read_text(encoding="utf-8")
    for command in ("label.paint1", "label.paint2", "label.erase1", "label.erase2", "frame.accept_next"):
        assert f"`{PRESETS['Slicer ultrasound'][command][0]}`" in page
