from __future__ import annotations

import re

from installer.screenshots import SCRIPTS
from installer.time_pictures import PICTURES, RIB, SHOWN, START
from lusgui.base.paths import resources_dir
from lusgui.io.open import open_recording


def test_the_ellipse_lies_on_the_sample():
    with open_recording(resources_dir() / "samples" / "lung_linear_v5.mat") as clip:
        frames, rows, cols = clip.shape
    assert START < SHOWN < frames
    assert RIB[2] <= RIB[0] < rows - RIB[2]
    assert RIB[3] <= RIB[1] < cols - RIB[3]


def test_the_page_shows_these_pictures_and_they_are_there():
    page = (resources_dir() / "guide" / "through-time.md").read_text(encoding="utf-8")
    assert re.findall(r"\(images/([a-z-]+\.png)\)", page) == list(PICTURES)
    for name in PICTURES:
        assert (resources_dir() / "guide" / "images" / name).exists()
    assert "installer.time_pictures" in SCRIPTS
