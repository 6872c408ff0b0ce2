from __future__ import annotations

import numpy as np
import pytest

from training.data.spacing import assign_spacing
from training.dataset import Sample


def sample(name, spacing=None):
    return Sample(name, "g", np.zeros((4, 4), np.uint8), {}, spacing_mm=spacing)


def test_a_frame_gets_the_spacing_of_its_row(tmp_path):
    (tmp_path / "truth.csv").write_text("name,row_mm,column_mm\na,0.2,0.3\nb,,\nc,nan,1\nd,x,1\n")
    found = assign_spacing([sample(name) for name in "abcde"], tmp_path)
    assert [one.spacing_mm for one in found] == [(0.2, 0.3), None, None, None, None]


def test_what_pictures_say_themselves_stays(tmp_path):
    (tmp_path / "truth.csv").write_text("name,row_mm,column_mm\na,0.2,0.3\n")
    assert assign_spacing([sample("a", (1.0, 1.0))], tmp_path)[0].spacing_mm == (1.0, 1.0)


@pytest.mark.parametrize(
    "content", [b"", b"name,diagnosis\na,1\n", b"\xff\xfe\x00", b"name,row_mm,column_mm\na\n"]
)
def test_another_table_of_that_name_says_nothing(tmp_path, content):
    (tmp_path / "truth.csv").write_bytes(content)
    assert assign_spacing([sample("a")], tmp_path)[0].spacing_mm is None


def test_no_table_no_spacing(tmp_path):
    assert assign_spacing([sample("a")], tmp_path)[0].spacing_mm is None
