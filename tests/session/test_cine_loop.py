import pytest


@pytest.fixture
def cine(make_session, tmp_path, write_recording):
    session = make_session()
    session.add_recordings([write_recording(tmp_path / "in" / "cine.npy", frames=6)])
    session.run_hash_jobs()
    session.go_to(1, 0)
    return session


def played(session, frame, steps, bounces=False):
    direction, seen = 1, []
    for _ in range(steps):
        frame, direction = session.cine_loop.following(1, frame, direction, bounces=bounces)
        seen.append(frame)
    return seen


def test_the_whole_recording_unless_a_part_is_marked(cine):
    assert cine.cine_loop.part(1) is None
    assert played(cine, 4, 4) == [5, 0, 1, 2]
    assert played(cine, 4, 8, bounces=True) == [5, 4, 3, 2, 1, 0, 1, 2]


def test_a_part_is_marked_and_played(cine):
    heard = []
    cine.cine_loop.changed.connect(lambda: heard.append(cine.cine_loop.part(1)))
    cine.go_to(1, 1)
    assert "frames 2 to 6" in cine.cine_loop.begin_here()
    cine.go_to(1, 3)
    assert "frames 2 to 4" in cine.cine_loop.end_here()
    assert heard == [(1, 5), (1, 3)]
    assert cine.cine_loop.has_part()
    assert played(cine, 2, 4) == [3, 1, 2, 3]
    assert played(cine, 2, 5, bounces=True) == [3, 2, 1, 2, 3]
    assert played(cine, 5, 2) == [1, 2]  # from outside it begins


def test_marks_are_taken_back(cine):
    cine.go_to(1, 2)
    cine.cine_loop.begin_here()
    assert "whole" in cine.cine_loop.begin_here()
    assert cine.cine_loop.part(1) is None
    cine.cine_loop.end_here()
    assert cine.cine_loop.part(1) == (0, 2)
    assert cine.cine_loop.clear()
    assert cine.cine_loop.clear() == ""


def test_ends_in_the_wrong_order_and_a_single_frame(cine):
    cine.go_to(1, 2)
    cine.cine_loop.end_here()
    cine.go_to(1, 4)
    cine.cine_loop.begin_here()
    assert cine.cine_loop.part(1) == (4, 5)
    assert "two frames" in cine.cine_loop.end_here()
    assert cine.cine_loop.part(1) == (4, 5)


def test_a_closed_study_forgets_it(cine):
    cine.go_to(1, 2)
    cine.cine_loop.begin_here()
    cine.close_study()
    assert not cine.cine_loop.has_part()
    assert cine.cine_loop.begin_here() == ""
