from dataclasses import replace

import numpy as np
import pytest

from training.data.splits import leaks, mirror_as_published
from training.experiments import leak, sets
from training.experiments.cells import Cell, Done
from training.experiments.leak import BY_GROUP, BY_IMAGE, PUBLISHED, TINY, gaps, split_frames
from training.experiments.sets import DataSet
from training.report.tables import read_csv
from training.trials import Trial


@pytest.fixture
def part(toy_samples):
    return DataSet("toy", "rib", tuple(toy_samples))


def test_every_frame_is_judged_once_and_no_copy_is(part):
    for folds in split_frames(part, 3, 0).values():
        assert sorted(i for fold in folds for i in fold.test) == list(range(6))
        assert all(not set(fold.train) & set(fold.test) for fold in folds)


def test_only_the_split_by_group_keeps_groups_apart(part):
    doubled = mirror_as_published(part.samples)
    found = {
        name: " ".join(leaks(folds, doubled, near_duplicates=False))
        for name, folds in split_frames(part, 3, 1).items()
    }
    assert found[BY_GROUP] == ""
    assert "mirrored" not in found[BY_IMAGE]
    assert "one group" in found[BY_IMAGE]
    assert "mirrored" in found[PUBLISHED]


def test_gap_is_paired_by_image(part):
    trial = Trial("lus-unet", "rib", (32, 32))
    done = []
    for name, shift in ((PUBLISHED, 0.2), (BY_IMAGE, 0.1), (BY_GROUP, 0.0)):
        for k, fold in enumerate(split_frames(part, 3, 0)[name]):
            rows = [{"name": part.samples[i].name, "dice": 0.1 * i + shift} for i in fold.test]
            done.append(Done(Cell(part, name, str(k), 0, trial, fold), {"rows": rows}))
    rows = {row["split"]: row for row in gaps(done, part)}
    assert rows[PUBLISHED]["gap"] == pytest.approx(0.2)
    assert rows[BY_IMAGE]["low"] == pytest.approx(0.1)
    assert "gap" not in rows[BY_GROUP]
    assert rows[BY_GROUP]["dice_mean"] == pytest.approx(np.mean([0.1 * i for i in range(6)]))


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny, toy_samples, monkeypatch):
    monkeypatch.setattr(sets, "ribs", lambda _: DataSet("ribs", "rib", tuple(toy_samples), "Squares."))
    text, results, table, out = run_tiny(leak, replace(TINY, frames=None))
    assert len(results) == 3 * 6
    assert [row["split"] for row in table] == [PUBLISHED, BY_IMAGE, BY_GROUP]
    assert "Frames and their mirrored copies stand apart" in text
    assert (out / "gap.png").exists()
    assert len(read_csv(out / "gaps.csv")) == 3


def test_fewer_frames_keep_every_large_group(tmp_path):
    part = sets.real_sets(TINY.sets, None, TINY.longest, TINY.frames)[0]
    assert 24 <= len(part.samples) < 40
    assert {"g_reg", "g_vir1", "g_vir2"} <= {sample.group for sample in part.samples}
