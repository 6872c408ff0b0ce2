from __future__ import annotations

import re

from installer.review_pictures import PICTURES, READERS, ellipse, make_studies
from installer.screenshots import SCRIPTS
from lusgui.base.paths import resources_dir
from lusgui.io.study import Study


def test_two_readers_differ_on_the_samples(tmp_path):
    with Study.open(make_studies(tmp_path)) as joined:
        assert joined.readings.readers() == READERS
        assert len(joined.readings.differing()) == 2
        assert len(joined.notes.all()) == 2
    assert ellipse((10, 20), 5, 10, 2, 4).sum() > 12


def test_the_page_shows_these_pictures_and_they_are_there():
    page = (resources_dir() / "guide" / "reviewing.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(images/([a-z-]+\.png)\)", page)) == sorted(PICTURES)
    for name in PICTURES:
        assert (resources_dir() / "guide" / "images" / name).exists()
    assert "installer.review_pictures" in SCRIPTS
