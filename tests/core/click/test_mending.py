"""lusgui.core.click.mending: how far a click reaches."""

from __future__ import annotations

import numpy as np

from lusgui.core.click.mending import mend, place_of
from lusgui.core.click.prompt import Click, ClickPrompt, Scribble

rows, cols = np.ogrid[:100, :100]
DISC = (rows - 40) ** 2 + (cols - 40) ** 2 <= 20**2


def test_reach_is_the_distance_to_the_edge() -> None:
    beside = place_of(Click(40.5, 68.5), DISC)
    assert 6 <= beside.reach <= 10
    assert not beside.is_apart
    assert abs(beside.size - 20) < 1
    inside = place_of(Click(40.5, 50.5, is_positive=False), DISC)
    assert 8 <= inside.reach <= 12
    assert place_of(Click(90.5, 90.5), DISC).is_apart
    assert not place_of(Click(90.5, 90.5, is_positive=False), DISC).is_apart


def test_of_several_pieces_the_nearest_counts() -> None:
    both = DISC.copy()
    both[80:90, 80:90] = True
    assert place_of(Click(78.5, 85.5), both).piece.sum() == 100
    assert place_of(Scribble(((40.5, 40.5), (42.0, 45.0))), both).piece.sum() == DISC.sum()


def test_a_click_mends_nearby_and_leaves_the_rest() -> None:
    image = np.where(DISC, 0.8, 0.2).astype(np.float32)
    lump = DISC | ((rows - 40) ** 2 + (cols - 62) ** 2 <= 8**2)
    prompt = ClickPrompt().with_click(40.5, 40.5).with_click(40.5, 65.5, positive=False)
    place = place_of(Click(40.5, 65.5, is_positive=False), lump)
    mended = mend(image, lump, prompt, place.reach) >= 0.5
    assert not mended[40, 65]
    np.testing.assert_array_equal(mended[:, :35], lump[:, :35])
    assert (mended & ~DISC).sum() < 0.3 * (lump & ~DISC).sum()


def test_a_wide_mark_is_walked_on_a_thinner_grid() -> None:
    image = np.kron(np.where(DISC, 0.8, 0.2), np.ones((6, 6))).astype(np.float32)
    truth = np.kron(DISC, np.ones((6, 6), bool))
    less = truth & (np.arange(600)[None, :] < 260)
    click = Click(240.5, 310.5)
    mended = mend(image, less, ClickPrompt((click,)), place_of(click, less).reach) >= 0.5
    assert mended[240, 310]
    assert (mended ^ truth).sum() < 0.7 * (less ^ truth).sum()
