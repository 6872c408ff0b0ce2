"""lusgui.core.click.growth: thin bands that a click lies on."""

from __future__ import annotations

import numpy as np

from lusgui.core.click.growth import contrast_of, grow_band
from lusgui.core.overlap import iou

rows, cols = np.ogrid[:100, :160]
BAND = (np.abs(rows - 50 - 0.1 * (cols - 80)) <= 3) & (np.abs(cols - 80) <= 60)


def image(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 0.02, BAND.shape)
    return (np.where(BAND, 0.7, 0.3) + noise).astype(np.float32)


def test_a_band_is_grown_from_any_place_on_it() -> None:
    for row, col in ((50, 80), (47, 40), (55, 130)):
        band = grow_band(image(), row, col, 0.15)
        assert band is not None
        assert iou(band.mask, BAND) > 0.85
        assert band.contrast > 2


def test_what_is_no_band_is_none() -> None:
    assert grow_band(image(), 10, 10, 0.15) is None
    disc = ((rows - 50) ** 2 + (cols - 80) ** 2 <= 15**2).astype(np.float32)
    assert grow_band(disc, 50, 80, 0.3) is None


def test_it_does_not_grow_where_it_is_barred() -> None:
    barred = np.zeros(BAND.shape, bool)
    barred[:, 90:] = True
    band = grow_band(image(), 50, 60, 0.15, barred)
    assert band is not None
    assert not band.mask[:, 90:].any()


def test_contrast_of_nothing_is_nothing() -> None:
    assert contrast_of(image(), np.zeros(BAND.shape, bool)) == 0
    assert contrast_of(image(), np.ones(BAND.shape, bool)) == 0
    assert contrast_of(image(), BAND) > 5 > contrast_of(image(), np.roll(BAND, 30, axis=0))
