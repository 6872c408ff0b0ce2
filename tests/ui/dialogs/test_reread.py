"""Reading a recording another way: the study follows, masks stay or the way is refused."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.session.session import Session


@pytest.fixture
def session(tmp_path):
    import scipy.io

    rng = np.random.default_rng(3)
    frames = rng.rayleigh(100.0, (48, 40, 1, 6))
    scipy.io.savemat(tmp_path / "clip.mat", {"ImgData": frames, "Img": frames[:, :, 0, :3] * 2})
    session = Session()
    assert session.new_study(tmp_path / "s.lusgui")
    session.problems = []
    session.problem_reported.connect(session.problems.append)
    session.added = session.add_recordings([tmp_path / "clip.mat"])
    assert session.added, session.problems
    session.rec = session.added[0]
    yield session
    session.close_study()


def test_another_variable_intensity_and_spacing_are_taken_over_and_survive(session, tmp_path):
    recipe = Recipe(
        "mine", "Img", "hwt", Intensity.DISPLAY, (0.1, 0.2), frame_rate_hz=30.0, dynamic_range_db=50.0
    )
    assert session.reread(session.rec, recipe)
    row = session.row(session.rec)
    assert (row.frames, row.shape, row.intensity) == (3, (48, 40), Intensity.DISPLAY)
    assert row.spacing_mm == (0.1, 0.2)
    assert row.frame_rate_hz == 30.0
    assert session.mapping(session.rec).dynamic_range_db == 50.0
    session.close_study()
    assert session.open_study(tmp_path / "s.lusgui")
    assert session.row(session.rec).frames == 3
    assert session.open_recording_of(session.rec).provenance.variable == "Img"


def test_masks_stay_where_the_frames_stay(session):
    key = session.key("rib")
    mask = np.zeros((48, 40), dtype=bool)
    mask[3:9, 4:20] = True
    assert session.push_masks("Test", {key: mask})
    assert session.reread(session.rec, Recipe("db", "ImgData", None, Intensity.DB))
    assert np.array_equal(session.mask(key), mask)
    assert session.row(session.rec).intensity is Intensity.DB


def test_a_way_on_which_masks_would_not_fit_is_refused(session):
    assert session.nothing_here(session.key("rib"))
    assert not session.reread(session.rec, Recipe("other", "Img"))
    assert "would not fit" in session.problems[-1].message
    assert session.row(session.rec).frames == 6


def test_a_label_s_limit_is_kept(session):
    assert session.set_label_limit("rib", 3)
    assert session.label("rib").max_components == 3
    assert session.set_label_limit("rib", None)
    assert session.study.labels()[0].max_components is None


def test_masks_of_an_import_get_each_their_status(session):
    from lusgui.core.annotation import PlaneKey, Status

    empty = np.zeros((48, 40), dtype=bool)
    one, two = PlaneKey(session.rec, 1, "rib"), PlaneKey(session.rec, 2, "rib")
    assert session.push_masks("Import", {one: empty, two: ~empty}, status={one: Status.NOTHING_HERE})
    assert (session.status(one), session.status(two)) == (Status.NOTHING_HERE, Status.EDITED)


def test_place_and_worklist_stay_inside_the_recording_and_readers_are_told(session):
    told = []
    session.reading_changed.connect(told.append)
    session.go_to(session.rec, 5)
    session.draw_worklist(every=2)
    assert session.reread(session.rec, Recipe("short", "Img"))
    assert session.place == (session.rec, 2)
    assert session.worklist == [(session.rec, 0), (session.rec, 2)]
    assert told == [session.rec]
