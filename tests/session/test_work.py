import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.session.work import make_label_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Pleural line", "pleural_line"),
        ("Küken", "kuken"),
        ("  B-line #2 ", "b_line_2"),
        ("3rd rib", "label_3rd_rib"),
        ("肋骨", "label"),
        ("Rib", "rib_2"),
        ("x" * 100, "x" * 40),
    ],
)
def test_keys_are_ascii_and_unique(name, key):
    assert make_label_key(name, ["rib"]) == key


def test_labels(session, make_session):
    added = session.add_label("Pleural line")
    assert added.key == "pleural_line"
    assert added.color not in {label.color for label in session.labels[:-1]}
    assert session.add_label("pleural LINE") is None
    assert session.add_label(" ") is None
    assert session.rename_label("pleural_line", "Pleura")
    assert session.recolour_label("pleural_line", "#123456")
    assert not session.recolour_label("pleural_line", "blue")
    assert not session.rename_label("nobody", "x")
    assert session.label("pleural_line").name == "Pleura"
    key = session.key("pleural_line")
    assert session.stroke(key, Box(0, 0, 2, 2), np.ones((2, 2), bool), True)
    path = session.study_path
    session.close_study()
    later = make_session()
    later.open_study(path)
    assert later.label("pleural_line").color == "#123456"
    assert later.mask(key).sum() == 4
    assert later.plane_keys(1, 0)[-1] == key


def test_labels_need_a_study(make_session):
    assert make_session().add_label("x") is None


def test_rater(session):
    session.rater = "  Ada   L. "
    session.rater = "Ada L."
    assert session.heard.of("rater_changed") == [("Ada L.",)]
    assert session.raters == ("Ada L.",)


def test_worklist_goes_through_what_is_left(session):
    drawn = session.draw_worklist(6, seed=4)
    assert session.draw_worklist(6, seed=4) == drawn
    assert {r for r, _f in drawn} == {1, 2, 3}
    visited = []
    while session.next_in_worklist():
        visited.append(session.place)
        session.nothing_here(session.key())
    assert sorted(visited) == sorted(drawn)
    progress = session.progress_of_worklist()
    assert (progress.done, progress.total) == (6, 6)
    assert progress.per_recording == {1: (2, 2), 2: (2, 2), 3: (2, 2)}
    session.undo()
    assert session.progress_of_worklist().done == 5
    session.clear_worklist()
    assert session.worklist == []


def test_every_kth_and_joining(session):
    assert session.draw_worklist(every=4) == [(r, f) for r in (1, 2, 3) for f in (0, 4)]
    session.draw_worklist(every=3, recordings=[2], keep=True)
    assert session.worklist == [(1, 0), (1, 4), (2, 0), (2, 3), (2, 4), (3, 0), (3, 4)]
    with pytest.raises(ValueError, match="either"):
        session.draw_worklist()


def test_what_is_left(session):
    session.accept(PlaneKey(2, 1, "rib"))
    session.accept(PlaneKey(2, 1, "cerebellum"))
    assert session.left_in_recording(2) == 5
    assert session.is_done(2, 1)
    assert not session.is_done(2, 2)
    assert session.left_in_recording(77) == 0


def test_labels_that_lusgui_knows_come_with_key_colour_and_pieces(session):
    cisterna = session.add_label("Cisterna Magna")
    assert (cisterna.key, cisterna.max_components) == ("cisterna_magna", 1)
    vermis = session.ensure_label("vermis")
    assert (vermis.name, vermis.max_components) == ("Vermis", 1)
    assert session.ensure_label("vermis") == vermis
    # a model's own label keeps its key, whatever its capitals
    assert session.ensure_label("leftLobe").key == "leftLobe"
    assert len({label.color for label in session.labels}) == len(session.labels) == 5
    assert session.heard.problems == []


def test_a_label_of_ones_own_leaves_the_colours_of_known_labels_free(session):
    session.add_label("Pleura")
    assert session.ensure_label("vermis").color == "#F0E442"
    session.recolour_label("vermis", "#CC79A7")
    assert session.ensure_label("cisterna_magna").color != "#CC79A7"


def test_a_label_that_cannot_be_added_is_told(make_session):
    closed = make_session()
    assert closed.ensure_label("vermis") is None
    assert len(closed.heard.problems) == 1
