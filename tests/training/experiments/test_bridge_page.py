from __future__ import annotations

import pytest

from training.experiments.bridge import Part, Settings, cells_of, run_bridge
from training.experiments.bridge_page import failures_of, write_page
from training.experiments.bridge_variants import variants_of
from training.experiments.budget import Budget
from training.report.tables import read_csv, write_csv


@pytest.fixture
def part(fakes):
    maker = fakes.maker()
    return Part(maker, fakes.judged(), variants_of("rib", maker.reference))


@pytest.fixture
def done(part, tmp_path):
    settings = Settings(only=("reference", "fourier"))
    found, missing = run_bridge(settings, [part], None, tmp_path / "cache", Budget(None))
    assert (len(found), missing) == (4, 0)
    return found


def test_the_worst_frames_come_with_what_people_saw(part, done, tmp_path):
    words = tmp_path / "mine.csv"
    write_csv(words, [{"stem": "f2", "words": "A square, half in shadow."}])
    page = write_page(Settings(words=str(words)), [part], done, 0, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert "half in shadow" in text
    targets = read_csv(tmp_path / "out" / "rib_targets.csv")
    assert {row["input"] for row in targets} == {"raw", "despeckled"}
    assert {row["met"] for row in targets if "Dice" in row["target"]} == {"True"}
    rows = read_csv(tmp_path / "out" / "rib_worst.csv")
    assert sorted(row["stem"] for row in rows) == ["f0", "f1", "f2", "f3"]
    # what is written stays, though nobody names the file again
    again = write_page(Settings(), [part], done, 0, tmp_path / "out")
    assert "half in shadow" in again.read_text(encoding="utf-8")
    assert (tmp_path / "out" / "rib_differences.png").exists()


def test_failures_are_those_of_the_reference_without_what_is_ignored(part, done):
    frames = {frame.name: frame for frame in failures_of(part, done, {})}
    assert len(frames) == 6
    assert not frames["f0"].found[40, 34]
    assert frames["f4"].dice is None


def test_cells_go_variant_by_variant(part):
    keys = [(cell.variant.key, cell.fold) for cell in cells_of(Settings(), [part])]
    assert keys[:4] == [
        ("reference", 0),
        ("reference", 1),
        (part.variants[1].key, 0),
        (part.variants[1].key, 1),
    ]
