import pytest

from lusgui.base.errors import CancelledError
from lusgui.core.annotation import Status


def test_unreadable_file_is_named_and_the_rest_opens(make_session, folder):
    (folder / "r1.npy").write_bytes(b"junk")
    session = make_session()
    assert len(session.add_recordings([folder])) == 2
    assert session.heard.problems[0].title == "r1.npy was not added"
    assert [row.name for row in session.recording_rows()] == ["r0", "r2"]


def test_missing_file_is_named(make_session, folder, tmp_path):
    session = make_session()
    assert session.add_recordings([folder / "r0.npy", tmp_path / "gone.npy"]) == [1]
    assert session.heard.problems[0].title == "gone.npy was not added"
    assert session.add_recordings([]) == []


def test_adding_can_be_stopped(make_session, folder):
    told = []

    def progress(done, total, text=""):
        told.append((done, total, text))
        if done == 1:
            raise CancelledError("stop")

    session = make_session()
    assert session.add_recordings([folder], progress=progress) == [1]
    assert told == [(0, 3, "r0.npy"), (1, 3, "r1.npy")]
    assert not session.heard.problems


def test_recording_opened_elsewhere(make_session, folder):
    from lusgui.io.open import open_recording

    session = make_session()
    opened = open_recording(folder / "r0.npy")
    assert session.add_opened(opened) == 1
    assert session.open_recording_of(1) is opened
    assert session.place == (1, 0)
    gone = open_recording(folder / "r1.npy")
    (folder / "r1.npy").unlink()
    assert session.add_opened(gone) is None
    assert session.heard.problems


def test_read_only_study_takes_no_recordings(session, make_session, write_recording, folder):
    second = make_session()
    second.open_study(session.study_path)
    assert second.add_recordings([write_recording(folder / "new.npy", 9)]) == []
    assert "has it open" in second.heard.problems[-1].message
    assert not second.remove_recording(1)
    assert not second.set_spacing(1, None)


@pytest.mark.parametrize(("frame", "delta", "end"), [(0, 1, 1), (0, -1, 0), (4, 10, 5), (5, -3, 2)])
def test_steps_stay_in_the_recording(session, frame, delta, end):
    session.go_to(2, frame)
    session.step(delta)
    assert session.place == (2, end)


def test_recordings_are_gone_through_in_order(session):
    session.go_to(1, 3)
    for wanted in ((2, 3), (3, 3), (3, 3)):
        session.step_recording(1)
        assert session.place == wanted
    session.step_recording(-5)
    assert session.place == (1, 3)


def test_count_over_the_study(session):
    session.accept(session.key("rib"))
    session.go_to(2, 0)
    session.nothing_here(session.key("rib"))
    assert session.count_statuses() == {Status.ACCEPTED: 1, Status.NOTHING_HERE: 1}
    session.undo()
    assert session.count_statuses() == {Status.ACCEPTED: 1}


def test_unknown_recordings(session):
    assert session.row(99) is None
    assert not session.go_to(99, 0)
    assert not session.remove_recording(99) or session.row(99) is None
