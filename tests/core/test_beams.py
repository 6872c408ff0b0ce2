import numpy as np
import pytest

from lusgui.core.beams import Beams, find_beams
from lusgui.core.geometry import Box
from training.simulate.lung_wide import simulate_wide
from training.simulate.sector import Sector


def fan(apex=(-40.0, 60.0), half=0.6, shape=(160, 120)):
    sector = Sector(apex, 45.0, 190.0, half)
    gray = np.random.default_rng(0).uniform(0.1, 0.9, shape).astype(np.float32)
    return np.where(sector.covers(shape), gray, np.float32(0))


def test_columns_of_a_linear_frame():
    beams = find_beams(np.full((50, 40), 0.4, np.float32), (0.1, 0.3))
    assert beams == Beams((0.1, 0.3))
    assert not beams.is_fan
    depth, beam = beams.places(np.array([10.0]), np.array([20.0]))
    assert (depth[0], beam[0]) == pytest.approx((1.0, 6.0))
    assert beams.width(5.0) == 1
    assert beams.step(5.0) == 0.3


def test_a_fan_is_told_by_its_black_sides():
    beams = find_beams(fan())
    assert beams.is_fan
    assert beams.apex == pytest.approx((-40, 60), abs=1.5)
    assert beams.outermost == pytest.approx((-0.6, 0.6), abs=0.02)


def test_pixels_that_are_not_square():
    gray = fan()[::2]
    beams = find_beams(gray, (2.0, 1.0))
    assert beams.apex[0] == pytest.approx(-20, abs=1)
    assert beams.outermost[1] == pytest.approx(0.6, abs=0.03)


def test_letters_and_a_dark_image_do_not_mislead():
    gray = fan()
    gray[4:12, 2:9] = 0.9  # a letter beside the fan
    assert find_beams(gray).apex == pytest.approx((-40, 60), abs=1.5)
    dark = np.full((80, 60), 0.3, np.float32)
    dark[50:] = 0  # deep tissue that nothing comes back from
    assert not find_beams(dark).is_fan
    margins = np.full((80, 60), 0.3, np.float32)
    margins[:, :8] = margins[:, 55:] = 0
    assert not find_beams(margins).is_fan


def test_half_a_fan_has_no_known_beams():
    assert find_beams(fan()[:, :75]) is None


def test_there_and_back():
    beams = Beams((0.2, 0.1), (-30.0, 12.0), (-0.3, 0.3))
    row, column = np.array([5.0, 40.0]), np.array([3.0, 30.0])
    again = beams.pixels(*beams.places(row, column))
    assert np.allclose(again, (row, column))
    box = Box(0, 0, 50, 40)
    assert beams.reach(np.array([45.0]), np.array([12.0]), box).all()
    assert not beams.reach(np.array([60.0]), np.array([12.0]), box).any()
    assert not beams.reach(np.array([1.0]), np.array([39.0]), box).any()  # beside the fan


def test_nothing_at_all():
    assert find_beams(np.zeros((30, 30), np.float32)) == Beams()


def test_simulated_convex_probes():
    """The apex is found within a pixel in most frames, and never taken for columns where it shows."""
    away = []
    for seed in range(8):
        frame = simulate_wide(np.random.default_rng(seed), (160, 140), ribs=0, sector=True)
        beams = find_beams(frame.gray)
        if beams is not None and beams.is_fan:
            away.append(np.hypot(*np.subtract(beams.apex, frame.sector.apex)))
    assert len(away) >= 6
    assert np.median(away) < 1
