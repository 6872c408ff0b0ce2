from __future__ import annotations

import re

from installer.screenshots import SCRIPTS
from installer.shape_pictures import SCENES
from lusgui.base.paths import resources_dir
from lusgui.session.shapes import SHAPE_TOOLS
from lusgui.session.view_state import Tool


def test_the_page_shows_these_pictures_and_they_are_there():
    page = (resources_dir() / "guide" / "drawing-shapes.md").read_text(encoding="utf-8")
    assert re.findall(r"\(images/([a-z-]+\.png)\)", page) == [scene.name for scene in SCENES]
    for scene in SCENES:
        assert (resources_dir() / "guide" / "images" / scene.name).exists()
        assert Tool(scene.tool) in SHAPE_TOOLS
    assert "installer.shape_pictures" in SCRIPTS


def test_the_page_names_every_key_of_these_tools():
    from lusgui.session.commands.shape import commands

    page = (resources_dir() / "guide" / "drawing-shapes.md").read_text(encoding="utf-8")
    for command in commands():
        for keys in command.keys:
            assert f"`{keys}`" in page
