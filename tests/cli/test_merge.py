from pathlib import Path

import numpy as np
import pytest

from lusgui.cli import main
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

MASKS = {name: np.random.default_rng(seed).random((24, 16)) > 0.6 for seed, name in enumerate(["fay", "sue"])}


@pytest.fixture
def studies(tmp_path):
    """Return two readers' studies of one recording."""
    for rater, mask in MASKS.items():
        with Study.create(tmp_path / f"{rater}.lusgui") as study:
            study.add_recording(NewRecording(tmp_path / "clip.mat", 3, 24, 16, sha256="a" * 64))
            for frame in (0, 1 if rater == "fay" else 2):
                key = PlaneKey(1, frame, "rib")
                patch = patch_between(key, np.zeros_like(mask), mask)
                change = StatusChange(key, Status.UNTOUCHED, Status.ACCEPTED)
                study.push(Edit("test", (patch,), (change,), rater, now_utc()))
    return [str(tmp_path / f"{rater}.lusgui") for rater in MASKS]


def test_two_studies_become_a_third(studies, tmp_path, capsys):
    before = [Path(path).read_bytes() for path in studies]
    out = tmp_path / "both.lusgui"
    assert main(["merge", *studies, "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(out)]
    assert "Readers: fay, sue." in said.err
    assert "one reader alone has: 2" in said.err
    assert "the same in every pixel: 0, different: 1" in said.err
    assert "Mean Dice between readers, rib: 0." in said.err
    assert [Path(path).read_bytes() for path in studies] == before
    with Study.open(out) as both:
        assert np.array_equal(both.mask(PlaneKey(1, 1, "rib")), MASKS["fay"])
        assert np.array_equal(both.mask(PlaneKey(1, 2, "rib")), MASKS["sue"])
        assert both.mask(PlaneKey(1, 0, "rib")) is None
        assert len(both.readings.of(PlaneKey(1, 0, "rib"))) == 2


def test_what_is_there_is_not_replaced_unasked(studies, tmp_path, capsys):
    words = ["merge", *studies, "--out", str(tmp_path / "both")]
    assert main(words) == 0
    assert main(words) == 2
    assert "already there" in capsys.readouterr().err
    assert main([*words, "--force", "--on-difference", "newest"]) == 0
    with Study.open(tmp_path / "both.lusgui") as both:
        assert np.array_equal(both.mask(PlaneKey(1, 0, "rib")), MASKS["sue"])


def test_mistakes_are_named(studies, tmp_path, capsys):
    assert main(["merge", studies[0], "--out", str(tmp_path / "x")]) == 2
    assert "at least two" in capsys.readouterr().err
    assert main(["merge", *studies, "--out", studies[0]]) == 2
    assert "one of the studies" in capsys.readouterr().err
    assert main(["merge", *studies, "--out", str(tmp_path / "x"), "--on-difference", "guess"]) == 2
