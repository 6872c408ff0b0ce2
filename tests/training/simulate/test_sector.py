from __future__ import annotations

import numpy as np
import pytest

from training.simulate.sector import Sector, draw_sector

SECTOR = Sector(apex=(-60.0, 80.0), nearest=62.0, farthest=220.0, half_angle=0.6, samples=240, lines=140)


def test_places_undo_the_grid():
    sample, line = SECTOR.places(*SECTOR.grid())
    expected_sample, expected_line = np.mgrid[0:240, 0:140]
    assert np.allclose(sample, expected_sample, atol=2e-3)
    assert np.allclose(line, expected_line, atol=2e-3)


def test_scan_conversion_puts_each_value_where_its_beam_points():
    row, column = SECTOR.grid()
    for values, axis in ((row, 0), (column, 1)):
        screen, inside = SECTOR.to_screen(values, (160, 160))
        expected = np.broadcast_to(np.arange(160)[:, None] if axis == 0 else np.arange(160), (160, 160))
        assert inside.sum() > 0.5 * inside.size
        assert np.abs(screen - expected)[inside].max() < 0.02
        assert (screen[~inside] == 0).all()


def test_a_disk_made_in_the_grid_lies_on_the_disk_of_the_screen():
    row, column = SECTOR.grid()
    disk = (np.hypot(row - 90, column - 75) <= 25).astype(np.float32)
    screen, _ = SECTOR.to_screen(disk, (160, 160))
    y, x = np.mgrid[0:160, 0:160]
    exact = np.hypot(y - 90, x - 75) <= 25
    found = screen > 0.5
    assert 2 * (found & exact).sum() / (found.sum() + exact.sum()) > 0.99


def test_what_no_beam_reaches_is_not_covered():
    covered = SECTOR.covers((160, 160))
    assert not covered[0, 0]
    assert covered[100, 80]


@pytest.mark.parametrize("seed", range(10))
def test_drawn_sectors_fill_most_of_a_frame(seed):
    sector = draw_sector((200, 240), np.random.default_rng(seed))
    covered = sector.covers((200, 240))
    assert covered.mean() > 0.4
    assert covered[100, 120]
