from __future__ import annotations

import re

from lusgui.core.label import DEFAULT_LABELS, OKABE_ITO, most_components


def test_labels_have_their_own_colour_and_an_ascii_key():
    assert len({label.color for label in DEFAULT_LABELS}) == len(DEFAULT_LABELS)
    assert all(label.key.isascii() and label.key.isidentifier() for label in DEFAULT_LABELS)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", color) for color in OKABE_ITO)


def test_a_cerebellum_is_two_hemispheres_and_ribs_are_any_number():
    limits = {label.key: label.max_components for label in DEFAULT_LABELS}
    assert limits == {"rib": None, "cerebellum": 2}


def test_pieces_a_known_structure_can_have():
    assert [most_components(key) for key in ("rib", "cerebellum", "a label of your own")] == [None, 2, None]
