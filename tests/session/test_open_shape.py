"""Tests of lusgui.session.open_shape."""

from __future__ import annotations

import pytest

from lusgui.session.open_shape import Shaping


class Shape:
    """Has so many steps, and remembers what was done."""

    name = "polygon"

    def __init__(self, shaping, steps=2):
        self.shaping, self.steps, self.done = shaping, steps, []

    def finish(self):
        self.done.append("finish")
        self.shaping.close(self)
        return True

    def step_back(self):
        self.steps -= 1
        return self.steps > 0

    def cancel(self):
        self.done.append("cancel")


@pytest.fixture
def shaping():
    return Shaping()


def test_nothing_is_open_at_first_and_nothing_happens(shaping):
    assert shaping.shape is None
    assert not shaping.finish()
    assert not shaping.step_back()
    assert not shaping.cancel()


def test_an_open_shape_is_finished_once(shaping):
    told = []
    shaping.changed.connect(lambda: told.append(shaping.shape))
    shape = Shape(shaping)
    shaping.open(shape)
    assert shaping.finish()
    assert shaping.shape is None
    assert shape.done == ["finish"]
    assert told == [shape, None]
    assert not shaping.cancel()


def test_the_last_step_back_gives_it_up(shaping):
    shape = Shape(shaping)
    shaping.open(shape)
    assert shaping.step_back()
    assert shaping.shape is shape
    assert shaping.step_back()
    assert shaping.shape is None
    assert shape.done == ["cancel"]


def test_another_shape_takes_the_place_of_the_first(shaping):
    first, second = Shape(shaping), Shape(shaping)
    shaping.open(first)
    shaping.open(first)  # said again when it has changed
    assert first.done == []
    shaping.open(second)
    assert first.done == ["cancel"]
    shaping.close(first)
    assert shaping.shape is second
