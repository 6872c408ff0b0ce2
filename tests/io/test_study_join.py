"""Joining studies: lusgui.io.study_join over lusgui.io.join_planes, lusgui.io.join_history,
lusgui.io.join_notes; lusgui.io.study_new."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import FRAMES, SHAPE, disk, draw, folder_as_it_is, key, make, recording

from lusgui.base.errors import (
    CancelledError,
    LusguiError,
    OverwriteRefusedError,
    StudyError,
    StudyLockedError,
)
from lusgui.core.annotation import PlaneKey, Status
from lusgui.io.study import Study
from lusgui.io.study_join import JOINED, OnDifference, join_studies


@pytest.fixture
def pair(tmp_path):
    """Return the folder of a fellow's and a supervisor's study of one recording."""
    folder = tmp_path / "work"
    folder.mkdir()
    with make(folder / "fellow.lusgui") as fellow:
        draw(fellow, key(0), disk(6, 5), "Fay")
        draw(fellow, key(0), disk(6, 5) | disk(12, 6), "Fay", name="Brush again")
        draw(fellow, key(1), disk(8, 6), "Fay", Status.ACCEPTED)
        draw(fellow, key(2), disk(9, 5), "Fay")
        fellow.settings.add_rater("Fay")
    with make(folder / "supervisor.lusgui") as supervisor:
        draw(supervisor, key(1), disk(8, 6), "Sue", Status.ACCEPTED)
        draw(supervisor, key(2), disk(9, 6), "Sue", Status.ACCEPTED)
        draw(supervisor, key(3, "cerebellum"), disk(5, 5), "Sue")
        supervisor.settings.add_rater("Sue")
    return folder


def join(folder, out="both.lusgui", **options):
    return join_studies([folder / "fellow.lusgui", folder / "supervisor.lusgui"], folder / out, **options)


def test_both_are_joined_and_neither_is_altered(pair):
    before = folder_as_it_is(pair)
    report = join(pair)
    after = folder_as_it_is(pair)
    assert set(after) - set(before) <= {"both.lusgui", ".both.lusgui.lock"}
    assert {name: after[name] for name in before} == before
    assert report.readers == ("Fay", "Sue")
    assert (report.recordings, report.alone, report.agreed, report.differing) == (1, 2, 1, 1)
    assert 0.7 < report.dice["rib"] < 1
    with Study.open(report.path) as both:
        assert both.check() == "ok"
        assert np.array_equal(both.mask(key(0)), disk(6, 5) | disk(12, 6))
        assert np.array_equal(both.mask(key(1)), disk(8, 6))
        assert both.mask(key(2)) is None  # nobody has decided yet
        assert both.status(key(2)) is Status.UNTOUCHED
        assert np.array_equal(both.mask(key(3, "cerebellum")), disk(5, 5))
        assert both.annotation(key(0)).rater == "Fay"
        assert both.annotation(key(3, "cerebellum")).rater == "Sue"
        assert both.readings.places() == [key(1), key(2)]
        assert both.readings.differing() == [key(2)]
        of_fay, of_sue = both.readings.of(key(2))
        assert (of_fay.reader, of_fay.status, of_sue.status) == ("Fay", Status.EDITED, Status.ACCEPTED)
        assert np.array_equal(of_fay.mask, disk(9, 5))
        assert np.array_equal(of_sue.mask, disk(9, 6))
        assert both.settings.worklist() == [(1, 2)]
        assert both.settings.setting("place") == [1, 2]
        assert both.settings.raters() == ("Fay", "Sue")
        assert [one["reader"] for one in both.settings.setting(JOINED)["sources"]] == ["Fay", "Sue"]


def test_what_was_joined_is_out_of_the_reach_of_undo_and_new_strokes_are_not(pair):
    with Study.open(join(pair).path) as both:
        assert both.undo() is None
        assert both.journal.next_undo() is None
        draw(both, key(0), disk(3, 3), "Jo")
        assert both.annotation(key(0)).rater == "Jo"
        assert both.undo() is not None
        assert both.undo() is None
        assert np.array_equal(both.mask(key(0)), disk(6, 5) | disk(12, 6))
        assert both.annotation(key(0)).rater == "Fay"  # as if nothing had been
        assert both.redo() is not None
        assert np.array_equal(both.mask(key(0)), disk(3, 3))


@pytest.mark.parametrize(
    ("choice", "column"), [(OnDifference.FIRST, 5), (OnDifference.NEWEST, 6), ("first", 5)]
)
def test_one_side_may_prevail_and_the_other_is_still_kept(pair, choice, column):
    report = join(pair, on_difference=choice)
    with Study.open(report.path) as both:
        assert np.array_equal(both.mask(key(2)), disk(9, column))
        assert [reading.reader for reading in both.readings.of(key(2))] == ["Fay", "Sue"]
        assert both.settings.worklist() == []


masks_of_a_reader = st.dictionaries(
    st.tuples(st.integers(0, 1), st.integers(0, FRAMES - 1), st.sampled_from(["rib", "cerebellum"])),
    st.lists(
        st.tuples(st.integers(0, 19), st.integers(0, 11), st.sampled_from(sorted(Status)), st.booleans()),
        min_size=1,
        max_size=3,
    ),
    max_size=6,
)


@settings(max_examples=12)
@given(st.lists(masks_of_a_reader, min_size=2, max_size=3))
def test_no_mask_of_anybody_is_ever_lost(tmp_path_factory, readers):
    folder = tmp_path_factory.mktemp("join")
    held = []
    for number, drawn in enumerate(readers):
        path = folder / f"s{number}.lusgui"
        # every study has the two recordings in another order
        own = [recording(folder, name, name * 64) for name in ("ab" if number % 2 else "ba")]
        with make(path, *own) as study:
            for (which, frame, label), strokes in drawn.items():
                name = "ab"[which]
                recording_id = 1 + ("ab" if number % 2 else "ba").index(name)
                for row, col, status, is_undone in strokes:
                    draw(study, PlaneKey(recording_id, frame, label), disk(row, col), f"R{number}", status)
                    if is_undone:
                        study.undo()
            held.append(
                {
                    (entry.name, frame, label): (study.mask(PlaneKey(entry.id, frame, label)), status)
                    for entry in study.recordings()
                    for (frame, label), status in study.statuses(entry.id).items()
                }
            )
    report = join_studies([folder / f"s{n}.lusgui" for n in range(len(readers))], folder / "all")
    with Study.open(report.path) as joined:
        ids = {entry.name: entry.id for entry in joined.recordings()}
        assert len(ids) == 2
        for number, own in enumerate(held):
            for (name, frame, label), (mask, status) in own.items():
                wanted = np.zeros(SHAPE, bool) if mask is None else mask
                if status is Status.UNTOUCHED and not wanted.any():
                    continue
                place = PlaneKey(ids[name], frame, label)
                readings = {one.reader: one for one in joined.readings.of(place)}
                if readings:
                    reader = report.readers[number]
                    assert np.array_equal(readings[reader].mask, wanted)
                    assert readings[reader].status is status
                else:
                    there = joined.mask(place)
                    assert np.array_equal(np.zeros(SHAPE, bool) if there is None else there, wanted)
                    assert joined.status(place) is status
        assert joined.check() == "ok"


def test_recordings_are_the_same_by_content_and_never_by_name_alone(tmp_path):
    a = make(
        tmp_path / "a.lusgui", recording(tmp_path, "clip", "1" * 64), recording(tmp_path, "two", "2" * 64)
    )
    b = make(
        tmp_path / "b.lusgui",
        recording(tmp_path / "elsewhere", "renamed", "1" * 64),
        recording(tmp_path / "elsewhere", "two", "3" * 64),
    )
    with a, b:
        for study in (a, b):
            draw(study, key(0), disk(5, 5))
            draw(study, key(0, recording_id=2), disk(9, 5))
    report = join_studies([a.path, b.path], tmp_path / "c")
    with Study.open(report.path) as both:
        assert [entry.name for entry in both.recordings()] == ["clip", "two", "two (b)"]
        assert both.readings.places() == [key(0)]
        assert both.mask(key(0, recording_id=3)).any()


def test_a_label_of_the_same_key_and_another_name_stays_apart(tmp_path):
    from lusgui.core.label import Label

    names = {"a": ("Nerve", "Muscle"), "b": ("Vessel", "muscle")}
    for name, (first, second) in names.items():
        with make(tmp_path / f"{name}.lusgui") as study:
            study.settings.put_label(Label("own", first, "#112233"))
            study.settings.put_label(Label(f"m{name}", second, "#112233"))
            study.settings.put_label(Label("rib", "Rippe" if name == "b" else "Rib", "#E69F00"))
            for label in ("own", f"m{name}", "rib"):
                draw(study, key(0, label), disk(5, 5))
    report = join_studies([tmp_path / "a.lusgui", tmp_path / "b.lusgui"], tmp_path / "c")
    with Study.open(report.path) as both:
        assert {label.key: label.name for label in both.labels()} == {
            "rib": "Rib",
            "cerebellum": "Cerebellum",
            "own": "Nerve",
            "ma": "Muscle",
            "own_2": "Vessel",
        }
        assert both.readings.places() == [key(0, "ma"), key(0, "rib")]
    assert any("kept apart" in note for note in report.notes)


def test_two_structures_never_have_one_colour_and_the_first_study_names_what_both_have(tmp_path):
    from lusgui.core.label import Label

    for name, own, rib in (("a", "Nerve", "#E69F00"), ("b", "Vessel", "#123456")):
        with make(tmp_path / f"{name}.lusgui") as study:  # the next free colour of each is the same
            study.settings.put_label(Label(own.lower(), own, "#009E73"))
            study.settings.put_label(Label("rib", "Rib", rib, 3 if name == "b" else None))
            draw(study, key(0, own.lower()), disk(5, 5))
            draw(study, key(0), disk(6, 5))
    report = join_studies([tmp_path / "a.lusgui", tmp_path / "b.lusgui"], tmp_path / "c")
    with Study.open(report.path) as both:
        labels = {label.key: label for label in both.labels()}
        assert (labels["rib"].color, labels["nerve"].color) == ("#E69F00", "#009E73")
        assert len({label.color.upper() for label in labels.values()}) == len(labels)
        assert both.mask(key(0, "vessel")).any()
    assert [note for note in report.notes if "colour" in note] == [
        "'Vessel' of b.lusgui has another colour now: its own was that of another label"
    ]


@pytest.mark.parametrize(
    ("spacings", "kept", "is_said"),
    [
        (((0.1, 0.3), (0.1, 0.3)), (0.1, 0.3), False),
        (((0.1, 0.3), (0.2, 0.3)), (0.1, 0.3), True),
        ((None, (0.2, 0.3)), (0.2, 0.3), False),
        (((0.1, 0.3), None), (0.1, 0.3), False),
        ((None, None), None, False),
    ],
)
def test_one_spacing_is_kept_and_the_other_is_told(tmp_path, spacings, kept, is_said):
    for name, spacing in zip("ab", spacings, strict=True):
        with make(tmp_path / f"{name}.lusgui", recording(tmp_path, spacing_mm=spacing)) as study:
            draw(study, key(0), disk(5, 5 if name == "a" else 6))
    report = join_studies([tmp_path / "a.lusgui", tmp_path / "b.lusgui"], tmp_path / "c")
    with Study.open(report.path) as both:
        (entry,) = both.recordings()
        assert entry.spacing_mm == kept
        assert both.readings.places() == [key(0)]  # one recording all the same
    assert any("0.2 x 0.3 mm" in note and "0.1 x 0.3 mm" in note for note in report.notes) == is_said


def test_a_history_that_does_not_explain_a_mask_is_completed(pair):
    with contextlib.closing(sqlite3.connect(pair / "fellow.lusgui")) as raw:
        raw.execute("DELETE FROM journal_patches WHERE seq = 1")
        raw.commit()
    with Study.open(join(pair).path) as both:
        assert np.array_equal(both.mask(key(0)), disk(6, 5) | disk(12, 6))
        titles = [row[0] for row in both.database.raw.execute("SELECT name FROM journal ORDER BY seq")]
        assert "As it was in fellow.lusgui" in titles


def test_a_study_that_is_open_elsewhere_can_be_joined(pair):
    with Study.open(pair / "fellow.lusgui") as fellow:
        draw(fellow, key(3), disk(4, 4), "Fay")
        report = join(pair)
        draw(fellow, key(3), disk(4, 5), "Fay")
    with Study.open(report.path) as both:
        assert np.array_equal(both.mask(key(3)), disk(4, 4))


def test_what_cannot_be_joined_leaves_nothing(pair):
    fellow, supervisor, out = (pair / f"{n}.lusgui" for n in ("fellow", "supervisor", "out"))
    before = folder_as_it_is(pair)
    with pytest.raises(LusguiError, match="nothing to join"):
        join_studies([fellow], out)
    with pytest.raises(LusguiError, match="twice"):
        join_studies([fellow, fellow], out)
    with pytest.raises(OverwriteRefusedError):
        join_studies([fellow, supervisor], supervisor, overwrite=True)
    with pytest.raises(StudyError):
        join_studies([fellow, pair / "not there.lusgui"], out)

    def stop(done, total, text=""):
        if text == "Joining histories":
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        join_studies([fellow, supervisor], out, progress=stop)
    with contextlib.closing(sqlite3.connect(supervisor)) as raw:
        raw.execute("UPDATE annotations SET mask = x'00' WHERE frame = 1")
        raw.commit()
    with pytest.raises(StudyError, match="does not fit") as caught:
        join_studies([fellow, supervisor], out)
    assert caught.value.path == supervisor
    assert set(folder_as_it_is(pair)) == set(before)


def test_a_study_that_is_there_is_only_replaced_when_that_was_said(pair):
    first = join(pair).path.read_bytes()
    with pytest.raises(OverwriteRefusedError):
        join(pair)
    assert (pair / "both.lusgui").read_bytes() == first
    assert join(pair, overwrite=True).path.exists()


def test_points_boxes_comments_and_flags_of_everybody_come_along_once(pair):
    from lusgui.core.edits import Edit, MarkChange, now_utc
    from lusgui.core.marks import point_mark
    from lusgui.core.notes import NoteChange, NoteKind, make_note

    flag = make_note(key(1), NoteKind.FLAG, "", "Fay")
    for name, is_settled in {"fellow": False, "supervisor": True}.items():
        with Study.open(pair / f"{name}.lusgui") as study:
            point = MarkChange(None, point_mark(key(1), 4, 4, SHAPE))
            own = NoteChange(None, make_note(key(1), NoteKind.COMMENT, f"by {name}", name))
            both = NoteChange(None, flag.settled(is_settled))
            study.push(Edit("x", (), (), name, now_utc(), marks=(point,), notes=(own, both)))
    with Study.open(join(pair).path) as both:
        assert len(both.marks.entries()) == 1
        notes = {note.text: note.is_settled for note in both.notes.all()}
        assert notes == {"by fellow": False, "by supervisor": False, "": True}


def test_a_recording_that_was_taken_off_a_list_keeps_its_masks(pair):
    for name in ("fellow", "supervisor"):
        with Study.open(pair / f"{name}.lusgui") as study:
            study.content.remove(1)
    with Study.open(join(pair).path) as both:
        assert both.recordings() == []
        assert both.mask(key(0)).any()


def test_a_study_that_somebody_draws_in_is_not_replaced(pair, monkeypatch):
    for module in ("lusgui.io.study", "lusgui.io.study_place"):
        monkeypatch.setattr(f"{module}.is_network_folder", lambda _folder: True)  # no log lies beside it
    with make(pair / "both.lusgui") as held:
        draw(held, key(0), disk(6, 5))
        with pytest.raises(StudyLockedError):
            join(pair, overwrite=True)
        draw(held, key(1), disk(6, 5))
    with Study.open(pair / "both.lusgui") as still:
        assert np.array_equal(still.mask(key(1)), disk(6, 5))
    join(pair, overwrite=True)
    with Study.open(pair / "both.lusgui") as both:
        assert both.readings.readers()
        assert not both.is_read_only


KILLED = """
import os, signal, sys
from pathlib import Path
from lusgui.io.study_join import join_studies
folder = Path(sys.argv[1])

def die(done, total, text=""):
    if text == "Joining histories":
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

studies = [folder / "fellow.lusgui", folder / "supervisor.lusgui"]
join_studies(studies, folder / "both.lusgui", progress=die)
"""


def test_what_a_killed_merge_left_goes_with_the_next(pair, tmp_path):
    before = set(folder_as_it_is(pair))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    homes = {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    command = [sys.executable, "-c", KILLED, str(pair)]
    subprocess.run(command, check=False, env=os.environ | homes)
    left = set(folder_as_it_is(pair)) - before
    assert any(".part.lusgui" in name for name in left)
    assert "both.lusgui" not in left
    assert len(list(scratch.iterdir())) == 1
    running = pair / ".other.0a1b2c3d.part.lusgui"
    running.write_bytes(b"of another merge")
    finished = subprocess.run(
        [*command[:2], KILLED.replace("os.kill", "print"), str(pair)], check=False, env=os.environ | homes
    )
    assert finished.returncode == 0
    assert set(folder_as_it_is(pair)) == before | {"both.lusgui", running.name}
    assert list(scratch.iterdir()) == []
