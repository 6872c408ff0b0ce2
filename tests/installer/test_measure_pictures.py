from __future__ import annotations

import re

import tifffile

from installer.measure_pictures import PICTURES, make_recordings
from installer.screenshots import SCRIPTS
from lusgui.base.paths import resources_dir


def test_recordings_and_their_truth(tmp_path):
    made = make_recordings(tmp_path)
    assert [truth[0] for _path, truth in made] == ["rib", "cerebellum"]
    for path, (_label, mask, spacing) in made:
        assert tifffile.imread(path).shape == mask.shape
        assert mask.any()
        assert all(0.02 < size < 1 for size in spacing)


def test_the_page_shows_these_pictures_and_they_are_there():
    page = (resources_dir() / "guide" / "measuring.md").read_text(encoding="utf-8")
    assert re.findall(r"\(images/([a-z-]+\.png)\)", page) == list(PICTURES)
    for name in PICTURES:
        assert (resources_dir() / "guide" / "images" / name).exists()
    assert "installer.measure_pictures" in SCRIPTS
