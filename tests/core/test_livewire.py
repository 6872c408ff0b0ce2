"""Lines that keep to edges: on discs whose edge is known, in speckle, on square samples and on long ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.livewire import edge_strength, snapped, wire

CENTRE, RADIUS = (100.0, 90.0), 60.0
SHAPE = (200, 180)


def disc(shape=SHAPE, centre=CENTRE, radius=RADIUS, spacing=(1.0, 1.0), noise=0.1):
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    away = np.hypot((rows + 0.5 - centre[0]) * spacing[0], (cols + 0.5 - centre[1]) * spacing[1])
    bright = np.where(away < radius, 0.65, 0.3)
    return np.clip(bright * (1 + noise * np.random.default_rng(3).standard_normal(shape)), 0, 1)


def on_edge(angle, centre=CENTRE, radius=RADIUS, spacing=(1.0, 1.0)):
    return centre[0] + radius * np.sin(angle) / spacing[0], centre[1] + radius * np.cos(angle) / spacing[1]


def off_edge(line, centre=CENTRE, radius=RADIUS, spacing=(1.0, 1.0)):
    """Return how far from the edge a line runs, at every tenth of each piece, outwards positive."""
    pieces = np.linspace(0, 1, 11)[:, None, None]
    line = (line[:-1] + pieces * np.diff(line, axis=0)).reshape(-1, 2) if len(line) > 1 else line
    return np.hypot((line[:, 0] - centre[0]) * spacing[0], (line[:, 1] - centre[1]) * spacing[1]) - radius


@pytest.fixture(scope="module")
def edges():
    return edge_strength(disc())


@pytest.mark.parametrize("angle", [0.6, 1.5, 2.6])
@pytest.mark.parametrize("strength", [0.4, 0.7, 1.0])
def test_the_line_follows_the_edge_of_a_disc(edges, angle, strength):
    line = wire(edges, on_edge(0.0), on_edge(angle), strength)
    away = off_edge(line)
    assert np.abs(away).max() < 2.5
    assert abs(away.mean()) < 0.6  # to neither side
    assert tuple(line[0]) == on_edge(0.0)
    assert tuple(line[-1]) == on_edge(angle)
    chord = RADIUS * (1 - np.cos(angle / 2))
    assert chord > 2.5  # the straight line would be further away


def test_without_strength_the_line_is_straight(edges):
    line = wire(edges, on_edge(0.0), on_edge(2.0), 0.0)
    assert (line == np.array([on_edge(0.0), on_edge(2.0)])).all()


def test_more_strength_never_leads_further_off_the_edge(edges):
    away = [
        np.abs(off_edge(wire(edges, on_edge(0.2), on_edge(2.8), strength))).mean()
        for strength in (0.0, 0.05, 0.5, 1.0)
    ]
    assert away[0] > 10
    assert away[1] < away[0] + 4  # nearly straight
    assert away[1:] == sorted(away[1:], reverse=True)
    assert away[-1] < 1.5


def test_millimetres_count_and_not_samples():
    """A lung frame has seven times as many rows as columns a millimetre."""
    spacing, centre, radius = (0.04, 0.3), (240.0, 32.0), 6.0
    image = disc((480, 64), centre, radius, spacing)
    edges = edge_strength(image, spacing)
    ends = on_edge(0.2, centre, radius, spacing), on_edge(1.6, centre, radius, spacing)
    away = off_edge(wire(edges, *ends, 0.7, spacing), centre, radius, spacing)
    assert np.abs(away).mean() < 0.15
    assert np.abs(away).max() < 0.4


def test_a_long_line_is_found_from_coarse_to_fine():
    centre, radius = (400.0, 400.0), 330.0
    edges = edge_strength(disc((800, 800), centre, radius))
    away = off_edge(
        wire(edges, on_edge(0.1, centre, radius), on_edge(2.4, centre, radius), 0.7), centre, radius
    )
    assert np.abs(away).max() < 3.0


def test_a_faint_edge_in_the_dark_counts_too():
    image = disc()
    image *= np.linspace(0.15, 1.0, SHAPE[1])
    edges = edge_strength(image)
    away = off_edge(wire(edges, on_edge(2.2), on_edge(4.0), 0.8))
    assert np.abs(away).max() < 3.0


def test_an_image_without_edges_gives_a_line_near_the_straight_one():
    edges = edge_strength(np.full((60, 60), 0.4))
    assert not edges.any()
    line = wire(edges, (5.0, 5.0), (50.0, 30.0), 1.0)
    along = np.abs((line[:, 0] - 5) * 25 - (line[:, 1] - 5) * 45) / np.hypot(25, 45)
    assert along.max() < 8


corner = st.tuples(st.floats(-40, 240), st.floats(-40, 220))


@given(corner, corner, st.floats(0, 1))
def test_any_two_corners_are_joined(edges, start, end, strength):
    line = wire(edges, start, end, strength)
    assert line.ndim == 2
    assert np.isfinite(line).all()
    assert tuple(line[0]) == start
    assert tuple(line[-1]) == end
    inner = line[1:-1]
    assert ((inner >= 0) & (inner <= SHAPE)).all()


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 40), (2, 3)])
def test_tiny_frames_are_no_trouble(shape):
    edges = edge_strength(np.random.default_rng(1).random(shape))
    line = wire(edges, (0.2, 0.2), (0.9, shape[1] - 0.1), 1.0)
    assert len(line) >= 2


def test_what_is_no_number_is_no_edge():
    image = disc(noise=0.0)
    image[20:22, 20:22] = np.nan
    assert np.isfinite(edge_strength(image)).all()


def test_a_corner_near_an_edge_is_drawn_to_it(edges):
    beside = on_edge(0.5, radius=RADIUS + 5)
    drawn = snapped(edges, beside, (8.0, 8.0), 0.8)
    assert abs(off_edge(np.array([drawn]))[0]) < 1.5
    assert snapped(edges, beside, (8.0, 8.0), 0.0) == beside
    half = snapped(edges, beside, (8.0, 8.0), 0.25)
    assert 1.0 < off_edge(np.array([half]))[0] < 4.0
    outside = (-3.0, 10.0)
    assert snapped(edges, outside, (8.0, 8.0), 1.0) == outside


def test_a_corner_far_from_edges_stays():
    edges = edge_strength(disc(noise=0.0))
    assert snapped(edges, CENTRE, (8.0, 8.0), 1.0) == CENTRE
