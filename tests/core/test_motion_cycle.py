import numpy as np
import pytest

from lusgui.core.motion_cycle import SIDE, motion_cycle, principal_components, shrink_frame


def blob(offset, side=48):
    rows, cols = np.mgrid[:side, :side]
    return np.exp(-((rows - side / 2 - offset) ** 2 + (cols - side / 2) ** 2) / 60)


def cine(offsets):
    return np.stack([shrink_frame(blob(offset)) for offset in offsets])


def test_a_frame_is_told_by_what_it_shows_not_by_its_gain():
    gray = np.random.default_rng(0).random((61, 47))
    small = shrink_frame(gray)
    assert small.shape == (SIDE * SIDE,)
    assert small.mean() == pytest.approx(0, abs=1e-5)
    np.testing.assert_allclose(shrink_frame(0.2 + 0.3 * gray), small, atol=1e-4)
    assert not shrink_frame(np.full((30, 30), 0.5)).any()


def test_fields_are_means_of_pixels():
    gray = np.kron(np.random.default_rng(1).random((SIDE, SIDE)), np.ones((3, 2)))
    small = shrink_frame(gray)
    flat = gray[::3, ::2].ravel()
    np.testing.assert_allclose(small, (flat - flat.mean()) / flat.std(), atol=1e-4)


def test_a_frame_too_small_is_refused():
    with pytest.raises(ValueError, match="smaller"):
        shrink_frame(np.zeros((10, 40)))


def test_principal_components_keep_distances():
    points = np.random.default_rng(2).random((6, 40))
    found, shares = principal_components(points)
    np.testing.assert_allclose(
        np.linalg.norm(found[0] - found[3]), np.linalg.norm(points[0] - points[3]), rtol=1e-9
    )
    assert shares.sum() == pytest.approx(1)
    assert not principal_components(np.ones((3, 4)))[1].any()


@pytest.mark.parametrize("step", [1, 2])
def test_breathing_is_a_cycle_of_its_period(step):
    frames = np.arange(0, 160, step)
    cycle = motion_cycle(cine(4 * np.sin(2 * np.pi * frames / 32)), frames)
    assert cycle is not None
    assert cycle.is_cyclic
    assert cycle.period_frames == pytest.approx(32, abs=3)
    # the same place of the cycle has the same phase, one period on
    inner = slice(32 // step, -64 // step)
    later = slice(64 // step, -32 // step)
    away = np.abs((cycle.phase[inner] - cycle.phase[later] + 0.5) % 1 - 0.5)
    assert np.median(away) < 0.08
    # the ends of the movement are 0 and 0.5
    up, down = (np.flatnonzero((frames % 32) == at)[1] for at in (8, 24))
    for index in (up, down):
        assert abs((cycle.phase[index] + 0.25) % 0.5 - 0.25) < 0.1


def test_a_drift_is_no_cycle_but_has_a_place():
    cycle = motion_cycle(cine(np.linspace(-6, 6, 40)), np.arange(40))
    assert cycle is not None
    assert not cycle.is_cyclic
    assert cycle.period_frames is None
    ends = sorted([cycle.phase[0], cycle.phase[-1]])
    assert ends == pytest.approx([0, 0.5])
    assert 0.1 < cycle.phase[20] < 0.4


def test_too_few_frames_or_nothing_that_moves():
    assert motion_cycle(cine([0, 1, 2]), np.arange(3)) is None
    assert motion_cycle(np.ones((20, 9)), np.arange(20)) is None
    noise = np.random.default_rng(3).normal(size=(60, SIDE * SIDE))
    assert motion_cycle(noise, np.arange(60)) is None
