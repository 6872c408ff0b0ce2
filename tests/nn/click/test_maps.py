"""Tests of lusgui.nn.click.maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.click.prompt import Click, ClickPrompt
from lusgui.nn.click.maps import (
    ANTI_STROKE,
    BOX,
    NEGATIVE,
    POSITIVE,
    RADIUS,
    STROKE,
    WHOLE,
    Marks,
    draw_marks,
)

fractions = st.floats(0, 1, allow_nan=False)


def test_a_prompt_becomes_fractions_of_the_frame():
    prompt = ClickPrompt.of([Click(10, 40), Click(5, 20, False)], (0, 10, 50, 40))
    prompt = prompt.with_scribble([(0, 0), (100, 80)], positive=False)
    marks = Marks.of(prompt, (100, 80))
    assert marks.clicks == ((0.1, 0.5, True), (0.05, 0.25, False))
    assert marks.box == (0.0, 0.125, 0.5, 0.5)
    ((points, is_positive),) = marks.strokes
    assert points.tolist() == [[0, 0], [1, 1]]
    assert not is_positive
    assert marks.positive_points.tolist() == [[0.1, 0.5]]
    assert marks.negative_points.tolist() == [[0.05, 0.25], [0, 0], [1, 1]]
    assert Marks.of(ClickPrompt(), (4, 4)).box is None


@given(fractions, fractions, st.booleans())
def test_a_click_is_a_disk_around_its_place(row, col, is_positive):
    maps = draw_marks(Marks().with_click(row, col, is_positive), WHOLE, 64)
    plane = maps[POSITIVE if is_positive else NEGATIVE]
    down, across = np.mgrid[:64, :64] + 0.5
    distance = np.hypot(down - row * 64, across - col * 64)
    assert np.all(plane[distance <= RADIUS - 0.5] == 1)
    assert np.all(plane[distance >= RADIUS + 0.5] == 0)
    assert np.count_nonzero(maps) == np.count_nonzero(plane)


def test_a_view_moves_and_scales_places_but_not_disks():
    marks = Marks().with_click(0.5, 0.75, True)
    maps = draw_marks(marks, (0.25, 0.5, 0.75, 1.0), 40)
    rows, cols = np.nonzero(maps[POSITIVE] >= 0.5)
    assert rows.mean() + 0.5 == pytest.approx(20)
    assert cols.mean() + 0.5 == pytest.approx(20)
    assert np.ptp(rows) + 1 == pytest.approx(2 * RADIUS, abs=1)
    assert not draw_marks(marks, (0.0, 0.0, 0.2, 0.2), 40).any()


def test_a_box_covers_what_it_covers():
    maps = draw_marks(Marks(box=(0.25, 0.0, 0.5, 0.3125)), WHOLE, 8)
    expected = np.zeros((8, 8))
    expected[2:4, :2] = 1
    expected[2:4, 2] = 0.5
    assert np.allclose(maps[BOX], expected)
    assert maps.sum() == expected.sum()
    assert draw_marks(Marks(box=(-1.0, -1.0, 2.0, 2.0)), WHOLE, 8)[BOX].all()


def test_a_scribble_is_a_stroke_without_gaps():
    points = np.array([[0.2, 0.1], [0.2, 0.9]])
    maps = draw_marks(Marks(strokes=((points, True), (points + np.array([0.5, 0.0]), False))), WHOLE, 100)
    assert np.all(maps[STROKE][20, 10:90] == 1)
    assert np.all(maps[ANTI_STROKE][70, 10:90] == 1)
    assert not maps[STROKE][40:].any()
    single = draw_marks(Marks(strokes=((points[:1], True),)), WHOLE, 100)
    assert single[STROKE][20, 10] == 1


def test_hundreds_of_marks_and_marks_far_away_are_drawn():
    clicks = tuple((i / 200, (i * 7 % 200) / 200, i % 2 == 0) for i in range(200))
    far = np.array([[-1e4, -1e4], [1e4, 1e4]])
    maps = draw_marks(Marks(clicks, strokes=((far, True),)), WHOLE, 64)
    assert maps[POSITIVE].any()
    assert maps[NEGATIVE].any()
    assert maps.min() >= 0
    assert maps.max() <= 1
