import pytest

from training.experiments.time_on_task import Settings, Told
from training.experiments.time_on_task_page import WAYS, curves, rows_of, verdict, write_page


def told(name, brush, learning, first=2):
    rows = [
        {
            "frame": i,
            "brush_only": brush,
            "shipped_model": brush,
            "learning": brush if i < first else learning,
            "shipped_dice": 0.5,
            "offered_dice": 0.5 if i < first else 0.92,
            "is_drawn_first": i < first,
        }
        for i in range(20)
    ]
    return Told(name, tuple(rows), 30.0)


def test_a_row_each_and_one_of_all():
    table = rows_of(Settings(), [told("a", 4, 0), told("b", 2, 1)])
    assert [row["recording"] for row in table] == ["a", "b", "all"]
    assert table[0][WAYS["learning"]] == 8
    assert table[0]["untouched"] == 1.0
    assert table[2]["frames"] == 40
    assert table[2][WAYS["brush_only"]] == 120
    assert table[2]["share of brush alone"] == pytest.approx((8 + 22) / 120)
    assert table[2]["untouched"] == pytest.approx(0.5)
    assert len(rows_of(Settings(), [told("a", 4, 0)])) == 1


def test_the_verdict_says_what_is_met_and_what_not():
    good = verdict(rows_of(Settings(), [told("a", 4, 0)]))
    assert "10% of the 80" in good
    assert good.count(": met)") == 2
    bad = verdict(rows_of(Settings(), [told("b", 2, 1)]))
    assert bad.count("not met") == 2


def test_gestures_add_up_with_the_first_frames_in_front():
    series = curves([told("a", 4, 0)])
    assert series[WAYS["brush_only"]][-1] == (20.0, series[WAYS["brush_only"]][-1][1])
    assert series[WAYS["brush_only"]][-1][1].value == 80
    assert [mean.value for _at, mean in series[WAYS["learning"]]][:4] == [4, 8, 8, 8]


def test_page_and_files(tmp_path):
    page = write_page(Settings(), [told("a", 4, 0), told("b", 2, 1)], 1, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "2 of 3" in text
    assert "after 3 and after 10 frames" in text
    assert len((tmp_path / "results.csv").read_text(encoding="utf-8").splitlines()) == 41


def test_without_recordings_there_is_a_page_too(tmp_path):
    assert "0 of 2" in write_page(Settings(), [], 2, tmp_path).read_text(encoding="utf-8")
