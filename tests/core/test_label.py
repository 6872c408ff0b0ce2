from __future__ import annotations

import re

from lusgui.core.label import (
    DEFAULT_LABELS,
    KNOWN_LABELS,
    OKABE_ITO,
    Label,
    free_color,
    known_label,
    label_called,
    most_components,
    with_known_labels,
)


def test_labels_have_their_own_colour_and_an_ascii_key():
    assert len({label.color for label in KNOWN_LABELS}) == len(KNOWN_LABELS)
    assert all(label.color in OKABE_ITO for label in KNOWN_LABELS)
    assert all(label.key.isascii() and label.key.isidentifier() for label in KNOWN_LABELS)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", color) for color in OKABE_ITO)


def test_a_new_study_is_not_crowded():
    assert [label.key for label in DEFAULT_LABELS] == ["rib", "cerebellum"]
    assert KNOWN_LABELS[:2] == DEFAULT_LABELS


def test_a_cerebellum_is_two_hemispheres_and_ribs_are_any_number():
    limits = {label.key: label.max_components for label in KNOWN_LABELS}
    assert limits == {"rib": None, "cerebellum": 2, "vermis": 1, "cisterna_magna": 1, "ignore": None}


def test_pieces_a_known_structure_can_have():
    keys = ("rib", "cerebellum", "vermis", "a label of your own")
    assert [most_components(key) for key in keys] == [None, 2, 1, None]


def test_a_label_is_found_by_its_name_or_key_and_an_unknown_one_gets_a_readable_name():
    for text in ("cisterna_magna", "Cisterna magna", " CISTERNA  MAGNA "):
        assert label_called(text).key == "cisterna_magna"
    assert label_called("pleura") is None
    assert known_label("cisterna_magna").name == "Cisterna magna"
    assert known_label("left_lobe").name == "Left lobe"
    assert known_label("left_lobe").key == "left_lobe"


def test_an_import_may_bring_what_lusgui_knows_and_the_study_lacks():
    own = (Label("rib", "Costa", "#112233"), Label("mine", "Vermis", "#445566"))
    keys = [label.key for label in with_known_labels(own)]
    assert keys == ["rib", "mine", "cerebellum", "cisterna_magna", "ignore"]


def test_a_free_color_is_the_wished_one_or_one_that_no_label_has():
    rib, cerebellum = DEFAULT_LABELS
    assert free_color([cerebellum], rib.color) == rib.color
    first = free_color(DEFAULT_LABELS, rib.color.lower())
    assert first == "#009E73"  # not one that a label lusgui knows may want later
    assert free_color([Label(str(n), str(n), color) for n, color in enumerate(OKABE_ITO)]) in OKABE_ITO
