from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import disk, draw, key, make
from sqlalchemy import select

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.geometry import Box
from lusgui.io import join_batches
from lusgui.io.join_batches import batches, plane_of, spans
from lusgui.io.study import Study
from lusgui.io.study_codec import unpack_mask
from lusgui.io.study_join import OnDifference, join_studies
from lusgui.io.study_schema import journal_patches, planes

TABLES = ("annotations", "readings", "journal", "journal_patches")


@pytest.fixture
def two(tmp_path):
    """Return two studies that are alike in some planes, differ in others, and have some alone."""
    paths = [tmp_path / f"{name}.lusgui" for name in ("ann", "bob")]
    for number, path in enumerate(paths):
        with make(path) as study:
            for frame in range(4):
                for at, label in enumerate(("rib", "cerebellum")):
                    if (frame + number) % 3 == 2 and at:
                        continue
                    size = 5 + (frame % 2) * number
                    draw(study, key(frame, label), disk(7, size), "Ann", Status.ACCEPTED)
                    if frame == 1:
                        draw(study, key(frame, label), disk(7, size) | disk(13, 4), "Ann", name="Again")
    return paths


def content(path):
    with Study.open(path) as study:
        assert study.check() == "ok"
        raw = study.database.raw
        return {table: raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}


@pytest.mark.parametrize("on_difference", list(OnDifference))
def test_what_comes_of_joining_does_not_hang_on_the_size_of_a_batch(
    two, tmp_path, monkeypatch, on_difference
):
    told = []
    for size in (1, 3, 256):
        with monkeypatch.context() as patch:
            patch.setattr("lusgui.io.join_batches.BATCH", size)
            patch.setattr("lusgui.io.join_history.BATCH", size)
            report = join_studies(two, tmp_path / f"joined{size}", on_difference=on_difference)
        told.append((content(report.path), report.alone, report.agreed, report.differing, report.dice))
    assert told[0] == told[1] == told[2]
    assert told[0][1]
    assert told[0][2]
    assert told[0][3]


def test_each_mask_is_what_its_history_says(two, tmp_path):
    report = join_studies(two, tmp_path / "joined", on_difference=OnDifference.NEWEST)
    with Study.open(report.path) as study:
        for frame in range(4):
            for label in ("rib", "cerebellum"):
                drawn = np.zeros(study.mask(key(frame, label)).shape, bool)
                query = select(journal_patches).where(
                    journal_patches.c.frame == frame, journal_patches.c.label == label
                )
                for row in study.database.dicts(query.order_by(journal_patches.c.seq)):
                    if row["flipped"] is not None:
                        box = Box(row["row0"], row["col0"], row["row1"], row["col1"])
                        drawn[box.slices] ^= unpack_mask(row["flipped"], box.shape)
                assert np.array_equal(drawn, study.mask(key(frame, label)))


def test_spans_find_the_planes_of_a_batch(two):
    with Study.open(two[0]) as study:
        wanted = [key(1), key(2, "cerebellum")]
        (condition,) = spans(planes, wanted)
        found = [plane_of(row) for row in study.database.dicts(select(planes).where(condition))]
    assert set(wanted) - {key(2, "cerebellum")} <= set(found)
    assert {one.frame for one in found} == {1, 2}
    assert len(spans(planes, [PlaneKey(1, 3, "rib"), PlaneKey(2, 0, "rib")])) == 2
    assert spans(planes, []) == []


def test_batches_part_everything_once(monkeypatch):
    monkeypatch.setattr(join_batches, "BATCH", 4)
    keys = [key(frame) for frame in range(10)]
    parted = list(batches(keys))
    assert [done for done, _ in parted] == [0, 4, 8]
    assert [one for _, batch in parted for one in batch] == keys
