from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.session.own_labels import SETTING


@pytest.fixture
def two(session, folder, write_recording):
    """Return a session with two recordings, and their numbers."""
    ids = [row.id for row in session.recording_rows()]
    while len(ids) < 2:
        ids += session.add_recordings([write_recording(folder / f"more{len(ids)}.npy", seed=len(ids))])
    session.go_to(ids[0], 0)
    return session, ids[0], ids[1]


def choose(session, label):
    """Choose a label as a person does who changed their mind."""
    session.view.label = "cerebellum"
    session.view.label = "rib"
    session.view.label = label


def test_the_label_follows_the_recording(two):
    session, first, second = two
    assert session.view.label == "rib"
    session.go_to(second, 0)
    assert session.view.label == "rib"  # nobody chose there yet: the last one stays
    session.view.label = "cerebellum"
    session.go_to(first, 2)
    assert session.view.label == "rib"
    session.step_recording(1)
    assert session.view.label == "cerebellum"
    session.step(1)
    assert session.view.label == "cerebellum"


def test_it_is_the_same_after_a_restart(two, make_session):
    session, first, second = two
    choose(session, "rib")
    session.go_to(second, 0)
    session.view.label = "cerebellum"
    path = session.study_path
    session.close_study()
    assert session.label_of(second) is None
    later = make_session()
    later.open_study(path)
    assert later.view.label == "cerebellum"
    later.go_to(first, 0)
    assert later.view.label == "rib"


def test_what_was_drawn_says_which_label_a_recording_has(two):
    session, first, second = two
    mask = np.ones(session.row(second).shape, bool)
    keys = [PlaneKey(second, frame, "cerebellum") for frame in (0, 1)]
    session.push_masks("Import", dict.fromkeys(keys, mask))
    session.set_status(PlaneKey(second, 2, "rib"), Status.NOTHING_HERE)
    session.view.label = "rib"
    assert session.label_of(second) == "cerebellum"
    session.go_to(second, 0)
    assert session.view.label == "cerebellum"
    session.go_to(first, 0)
    assert session.view.label == "rib"


def test_undo_shows_its_label_and_that_is_the_recordings_then(two):
    session, first, second = two
    session.view.label = "cerebellum"
    session.set_status(session.key(), Status.ACCEPTED)
    session.view.label = "rib"
    session.go_to(second, 0)
    session.undo()
    assert session.place[0] == first
    assert session.view.label == "cerebellum"
    assert session.label_of(first) == "cerebellum"


def test_a_suggestion_counts_only_where_nobody_chose(two):
    session, first, second = two
    told = []
    session.label_note_changed.connect(told.append)
    choose(session, "rib")
    assert not session.suggest_label(first, "cerebellum", "It is a head.")
    assert session.view.label == "rib"
    # of a recording that is not looked at
    assert session.suggest_label(second, "cerebellum", "It is a head.")
    assert session.view.label == "rib"
    assert session.label_note(second) == "It is a head."
    session.go_to(second, 0)
    assert session.view.label == "cerebellum"
    # what a person says ends the note
    session.view.label = "rib"
    assert session.label_note(second) == ""
    assert told == [second, second]


def test_no_suggestion_is_told_and_changes_nothing(two):
    session, _first, second = two
    session.go_to(second, 0)
    assert session.suggest_label(second, None, "Both see something.")
    assert session.view.label == "rib"
    assert session.label_of(second) is None
    assert session.label_note(second) == "Both see something."


def test_labels_that_are_gone_or_forged_are_left_aside(two, make_session):
    session, first, second = two
    study = session.study
    path = session.study_path
    session.close_study()
    later = make_session()
    later.open_study(path)
    study = later.study
    study.settings.set_setting(
        SETTING, {str(first): "nothing", str(second): "cerebellum", "x": "rib", "3": 4}
    )
    later._study.settings.set_setting("place", [first, 0])
    later._is_place_dirty = False
    later.save_place = lambda: None
    later.close_study()
    third = make_session()
    assert third.open_study(path)
    assert third.label_of(first) is None
    assert third.label_of(second) == "cerebellum"
    assert third.view.label == "rib"


def test_a_study_of_an_older_lusgui_keeps_the_label_it_was_left_with(two, make_session):
    session, first, _second = two
    session.view.label = "cerebellum"
    session.save_place()
    session.study.settings.set_setting(SETTING, None)
    path = session.study_path
    session.save_place = lambda: None
    session.close_study()
    later = make_session()
    later.open_study(path)
    assert later.view.label == "cerebellum"
    assert later.label_of(first) == "cerebellum"


def test_choosing_the_present_label_says_that_it_is_right(two):
    session, first, _second = two
    session.suggest_label(first, None, "Both see something.")
    session.choose_label("rib")
    assert session.label_note(first) == ""
    assert session.label_of(first) == "rib"
    assert not session.suggest_label(first, "cerebellum")
    assert session.view.label == "rib"
