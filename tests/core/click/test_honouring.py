"""lusgui.core.click.honouring: no click goes for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.click.honouring import heeded, is_heeded
from lusgui.core.click.prompt import ClickPrompt

rows, cols = np.ogrid[:100, :100]
DISC = (rows - 40) ** 2 + (cols - 40) ** 2 <= 20**2
GRAY = np.where(DISC, 0.8, 0.2).astype(np.float32)
LESS = DISC & (cols < 48)


def test_whether_a_mask_has_what_was_marked() -> None:
    inside = ClickPrompt().with_click(40, 40)
    assert is_heeded(DISC, inside)
    assert not is_heeded(~DISC, inside)
    assert not is_heeded(DISC, ClickPrompt().with_click(40, 40, positive=False))
    assert is_heeded(DISC, ClickPrompt().with_scribble([(40, 30), (40, 65)]))
    assert not is_heeded(DISC, ClickPrompt().with_scribble([(40, 55), (40, 95)]))
    assert is_heeded(DISC, ClickPrompt().with_box(90, 90, 95, 95))
    assert is_heeded(DISC, ClickPrompt())


@pytest.mark.parametrize(("mask", "col", "positive"), [(LESS, 52.5, True), (DISC | (cols > 55), 75.5, False)])
def test_what_an_engine_does_not_heed_is_mended(mask: np.ndarray, col: float, positive: bool) -> None:
    prompt = ClickPrompt().with_click(40, 40).with_click(40.5, col, positive)
    result = heeded(GRAY, mask, prompt)
    assert result is not None
    assert is_heeded(result, prompt)
    assert (result ^ DISC).sum() < (mask ^ DISC).sum()
    np.testing.assert_array_equal(result[:, :25], mask[:, :25])


def test_a_click_far_from_everything_is_about_something_else() -> None:
    assert heeded(GRAY, DISC, ClickPrompt().with_click(95, 95)) is None
    assert heeded(GRAY, np.zeros_like(DISC), ClickPrompt().with_click(40, 40)) is None


def test_what_is_heeded_is_left_alone() -> None:
    assert heeded(GRAY, DISC, ClickPrompt().with_click(40, 40)) is DISC
