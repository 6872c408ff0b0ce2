import numpy as np
import pytest

from lusgui.core.measures.plane import Structure, is_shadow, measure_plane, structure_of

MASK = np.zeros((60, 80), bool)
MASK[20:26, 20:60] = True


def test_which_label_is_what():
    assert structure_of("rib") is Structure.RIB
    assert structure_of("label_3", "Ribs of the left") is Structure.RIB
    assert structure_of("pleura") is Structure.PLEURA
    assert structure_of("x", "Pleural line") is Structure.PLEURA
    assert structure_of("cerebellum") is Structure.CEREBELLUM
    assert structure_of("cisterna_magna", "Cisterna magna") is Structure.OTHER
    assert is_shadow("shadow")
    assert is_shadow("x", "Shadow of ribs")
    assert not is_shadow("rib", "Rib")


@pytest.mark.parametrize("structure", Structure)
def test_without_spacing_every_length_is_refused(structure):
    figures = measure_plane(structure, MASK, None)
    counts = [one for one in figures if one.value is not None]
    assert [one.key for one in counts] == ["pieces"]
    for one in figures:
        assert one in counts or "calibrate" in one.reason
    # the same keys are asked as are answered where the spacing is known
    known = {one.key for one in measure_plane(structure, MASK, (0.2, 0.2))}
    asked = {one.key for one in figures} - {"gap", "pitch", "gestational_age", "pieces"}
    assert asked <= known


@pytest.mark.parametrize("structure", Structure)
def test_an_empty_mask_has_no_figures(structure):
    assert measure_plane(structure, np.zeros_like(MASK), (0.1, 0.1)) == []


@pytest.mark.parametrize("structure", Structure)
def test_extent(structure):
    found = {one.key: one.value for one in measure_plane(structure, MASK, (0.1, 0.3))}
    assert found["area"] == pytest.approx(240 * 0.03)
    assert found["box_height"] == pytest.approx(0.6)
    assert found["box_width"] == pytest.approx(12)


def test_ribs_come_one_after_the_other():
    mask = MASK.copy()
    mask[:, 38:44] = False
    parts = [one.part for one in measure_plane(Structure.RIB, mask, (0.3, 0.3)) if one.part]
    assert parts == sorted(parts, key=["rib 1", "rib 2", "ribs 1 and 2"].index)
    assert set(parts) == {"rib 1", "rib 2", "ribs 1 and 2"}


def test_ends_by_hand_reach_the_diameter():
    found = measure_plane(Structure.CEREBELLUM, MASK, (0.5, 0.5), ends=((0, 0), (0, 40)))
    assert found[0].value == pytest.approx(20)


def test_a_scattered_mask_is_refused_and_says_what_to_do():
    mask = np.random.default_rng(0).random((80, 80)) > 0.9
    found = {one.key: one for one in measure_plane(Structure.RIB, mask, (0.5, 0.5))}
    assert found["pieces"].value > 60
    assert "remove the small ones" in found["arc_length"].reason
    assert found["area"].value is not None
