from __future__ import annotations

import re

from PIL import Image

from installer.mask_pictures import PICTURES, SEED
from installer.screenshots import SCRIPTS
from lusgui.base.paths import resources_dir


def test_the_press_lies_on_the_sample():
    with Image.open(resources_dir() / "samples" / "fetal_cerebellum.png") as picture:
        cols, rows = picture.size
    assert 0 <= SEED[0] < rows
    assert 0 <= SEED[1] < cols


def test_the_page_shows_these_pictures_and_they_are_there():
    page = (resources_dir() / "guide" / "mask-tools.md").read_text(encoding="utf-8")
    assert re.findall(r"\(images/([a-z-]+\.png)\)", page) == list(PICTURES)
    for name in PICTURES:
        assert (resources_dir() / "guide" / "images" / name).exists()
    assert "installer.mask_pictures" in SCRIPTS
