from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.base.errors import LusguiError
from lusgui.core.surface_distance import assd, hausdorff, hd95, measure_surfaces, nsd, roughness, surface

EMPTY = np.zeros((9, 8), bool)
PAIRS = st.tuples(hnp.arrays(bool, (9, 8)), hnp.arrays(bool, (9, 8)))
SPACINGS = st.tuples(st.floats(0.05, 2), st.floats(0.05, 2))


def _square(row, column, side=4, shape=(30, 30)):
    mask = np.zeros(shape, bool)
    mask[row : row + side, column : column + side] = True
    return mask


def _disk(radius, jag=0.0, waves=24, shape=(240, 240)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    rows, columns = rows - shape[0] // 2, columns - shape[1] // 2
    return np.hypot(rows, columns) <= radius * (1 + jag * np.sin(waves * np.arctan2(rows, columns)))


def test_surface_is_the_rim_also_at_the_frames_edge():
    mask = np.ones((4, 5), bool)
    wanted = np.ones((4, 5), bool)
    wanted[1:-1, 1:-1] = False
    assert (surface(mask) == wanted).all()
    assert not surface(np.zeros((4, 5), bool)).any()


def test_a_shift_is_measured_in_millimetres_along_its_own_axis():
    truth = _square(5, 5)
    assert hausdorff(_square(8, 5), truth) == 3
    assert hausdorff(_square(8, 5), truth, (0.1, 0.6)) == pytest.approx(0.3)
    assert hausdorff(_square(5, 8), truth, (0.1, 0.6)) == pytest.approx(1.8)
    assert assd(truth, truth, (0.1, 0.6)) == 0


def test_conventions_for_empty_masks():
    other = ~EMPTY
    for pair in ((EMPTY, EMPTY), (EMPTY, other), (other, EMPTY)):
        assert hausdorff(*pair) is None
        assert hd95(*pair) is None
        assert assd(*pair) is None
    assert nsd(EMPTY, EMPTY, None, 1) is None
    assert nsd(EMPTY, other, None, 1) == nsd(other, EMPTY, None, 1) == 0
    assert nsd(EMPTY, EMPTY, None, 1, definition="length") is None
    assert nsd(EMPTY, other, None, 1, definition="length") == 0
    assert roughness(EMPTY) is None


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
@hypothesis_settings(max_examples=40)
@given(PAIRS, SPACINGS)
def test_agrees_with_monai(pair, spacing):
    pytest.importorskip("monai")
    import torch
    from monai.metrics import (
        compute_average_surface_distance,
        compute_hausdorff_distance,
        compute_surface_dice,
    )

    assume(pair[0].any() and pair[1].any())
    found, truth = (torch.from_numpy(mask)[None, None].float() for mask in pair)
    options = {"include_background": True, "spacing": spacing}
    wanted = float(compute_hausdorff_distance(found, truth, percentile=95, **options))
    assert hd95(*pair, spacing) == pytest.approx(wanted, rel=1e-4)
    wanted = float(compute_hausdorff_distance(found, truth, **options))
    assert hausdorff(*pair, spacing) == pytest.approx(wanted, rel=1e-4)
    wanted = float(compute_average_surface_distance(found, truth, symmetric=True, **options))
    assert assd(*pair, spacing) == pytest.approx(wanted, rel=1e-4)
    tolerance = 0.987654321 * max(spacing)
    wanted = float(compute_surface_dice(found, truth, [tolerance], **options))
    assert nsd(*pair, spacing, tolerance) == pytest.approx(wanted, rel=1e-4)
    # on the grid of corners, weighed by length: DeepMind's definition
    wanted = float(compute_surface_dice(found, truth, [tolerance], use_subvoxels=True, **options))
    assert nsd(*pair, spacing, tolerance, definition="length") == pytest.approx(wanted, rel=1e-4)


@given(PAIRS, SPACINGS)
def test_distances_are_symmetric_and_ordered(pair, spacing):
    assume(pair[0].any() and pair[1].any())
    there, back = measure_surfaces(*pair, spacing), measure_surfaces(*pair[::-1], spacing)
    assert there.assd() == pytest.approx(back.assd())
    assert there.hausdorff(95) == back.hausdorff(95)
    assert there.hausdorff(95) <= there.hausdorff() + 1e-12
    assert there.assd() <= there.hausdorff() + 1e-12
    assert there.nsd(there.hausdorff()) == 1


@given(PAIRS, st.floats(0.1, 10))
def test_distances_grow_with_the_spacing(pair, factor):
    assume(pair[0].any() and pair[1].any())
    assert assd(*pair, (factor, factor)) == pytest.approx(assd(*pair) * factor)
    assert nsd(*pair, (factor, factor), 2 * factor) == nsd(*pair, None, 2)


def test_a_far_speck_moves_hausdorff_but_not_its_percentile():
    truth = _square(5, 5, 12)
    found = truth.copy()
    found[28, 28] = True
    assert hausdorff(found, truth) == pytest.approx(math.hypot(12, 12))
    assert hd95(found, truth) == 0
    assert assd(found, truth) > 0


def test_definitions_of_nsd_and_of_the_percentile_differ():
    # a long found surface far away against a short true one
    truth = _square(2, 2, 3)
    found = truth | _square(12, 12, 12)
    distances = measure_surfaces(found, truth)
    assert distances.back.size == 8
    assert distances.forth.size == 8 + 44
    assert distances.nsd(1) == pytest.approx(16 / 60)
    assert distances.nsd(1, balanced=True) == pytest.approx((8 / 52 + 1) / 2)
    assert nsd(found, truth, None, 1, definition="balanced") == distances.nsd(1, balanced=True)
    assert hd95(found, truth, pooled=True) < hd95(found, truth)


def test_by_length_a_pixel_at_a_steep_place_counts_less():
    # 40 rows of 0.05 mm and 40 columns of 0.3 mm: 2 x 2 mm upright and 2 x 12 mm lying outline
    truth, found = np.zeros((60, 60), bool), np.zeros((60, 60), bool)
    truth[10:50, 10:50], found[10:50, 10:52] = True, True
    spacing = (0.05, 0.3)
    # wrong are the found right side, two pixels that lead to it, and the true right side but for 2 x 5 pixels
    # within 0.2 mm of the corners: 72 of 316 pixels, yet only some 4 of 57 mm
    assert nsd(found, truth, spacing, 0.2) == pytest.approx(1 - 72 / 316)
    assert nsd(found, truth, spacing, 0.2, definition="length") == pytest.approx(1 - 4 / 57, abs=0.02)
    assert nsd(found, truth, spacing, 0.6, definition="length") == nsd(found, truth, spacing, 0.6) == 1


def test_a_tolerance_of_three_pixels_holds_what_is_three_pixels_off():
    # 3 * 0.1 is a little more than 0.3
    assert nsd(_square(8, 5), _square(5, 5), (0.1, 0.1), 0.3) == 1


def test_wrong_questions_are_refused():
    square = _square(5, 5)
    with pytest.raises(LusguiError, match="measures nothing"):
        hd95(square, square, (0.0, 1.0))
    with pytest.raises(LusguiError, match="measures nothing"):
        roughness(square, (1.0, math.nan))
    with pytest.raises(LusguiError, match="no distance"):
        nsd(square, square, None, -1)
    with pytest.raises(LusguiError, match="no distance"):
        nsd(square, square, None, float("nan"), definition="length")
    with pytest.raises(LusguiError, match="no surface Dice by 'area'"):
        nsd(square, square, None, 1, definition="area")
    with pytest.raises(LusguiError, match="percentile"):
        measure_surfaces(square, square).hausdorff(101)
    with pytest.raises(LusguiError, match="cannot be compared"):
        hd95(square, EMPTY)
    with pytest.raises(LusguiError, match="smoothing"):
        roughness(square, smoothing=0)


def test_a_jagged_disk_is_rougher_though_dice_hardly_sees_it():
    from lusgui.core.overlap import dice

    plain = _disk(60)
    values = [roughness(_disk(60, jag)) for jag in (0, 0.01, 0.02, 0.04)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(1.0126, abs=0.003)
    assert values[-1] > 1.1
    assert dice(_disk(60, 0.04), plain) > 0.97


def test_noise_at_the_edge_is_rough():
    rows, columns = np.mgrid[:160, :160]
    noise = np.random.default_rng(0).normal(0, 2, rows.shape)
    assert roughness(np.hypot(rows - 80, columns - 80) <= 50 + noise) > 1.2


def test_roughness_knows_neither_size_nor_grid():
    sizes = [roughness(_disk(radius)) for radius in (15, 30, 60, 110)]
    assert np.ptp(sizes) < 0.004
    jagged = [roughness(_disk(radius, 0.05)) for radius in (50, 100)]
    assert jagged[0] == pytest.approx(jagged[1], rel=0.03)
    # the same disk on a grid with columns three times as far apart
    assert roughness(_disk(60)[:, ::3], (0.2, 0.6)) == pytest.approx(
        roughness(_disk(60), (0.2, 0.2)), abs=0.005
    )


@hypothesis_settings(max_examples=50)
@given(hnp.arrays(bool, (9, 8)), SPACINGS)
def test_smoothing_never_lengthens(mask, spacing):
    assume(mask.any())
    assert roughness(mask, spacing) >= 1
