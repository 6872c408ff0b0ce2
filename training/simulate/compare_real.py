"""How simulated frames differ from real ones: gray values, size of speckle, spectra of texture.

Each frame is measured alone, at its own size; sets are compared by the medians of their frames.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

BINS = 64
FREQUENCIES = np.linspace(0.02, 0.5, 25)
"""Cycles a pixel at which spectra are stated."""
FIGURE_LIMIT_BYTES = 200_000
_DETREND_PX = 8.0
_MARGIN_PX = 4
_COLOURS = ("black", "tab:orange", "tab:blue", "tab:green")


@dataclass(frozen=True)
class Texture:
    """Measurements of one frame.

    Parameters
    ----------
    histogram : (64,) float64 ndarray
        Share of pixels by gray, 0 to 1.
    mean, deviation : float
        Of gray.
    contrast : float
        Standard deviation of gray at the scale of speckle.
    axial_px, lateral_px : float
        Full width at half maximum of the autocorrelation of texture, down and across.
    axial_spectrum, lateral_spectrum : (25,) float64 ndarray
        Power of texture by frequency, in dB, summing to 1 before the logarithm.
    """

    histogram: NDArray[np.float64]
    mean: float
    deviation: float
    contrast: float
    axial_px: float
    lateral_px: float
    axial_spectrum: NDArray[np.float64]
    lateral_spectrum: NDArray[np.float64]


NUMBERS = ("mean", "deviation", "contrast", "axial_px", "lateral_px")


def measure(gray: NDArray[np.float32]) -> Texture:
    """Return the measurements of one frame (H, W), gray in [0, 1]; black margins are cut off first.

    Raises
    ------
    LusguiError
        If less than 48 x 48 pixels are left.
    """
    from scipy.ndimage import gaussian_filter

    picture = without_margins(gray)
    if min(picture.shape) < 48:
        raise LusguiError(
            f"the picture is too small to compare textures ({picture.shape[0]} x {picture.shape[1]})",
            remedy="Use frames of at least 48 x 48 pixels",
        )
    histogram, _ = np.histogram(picture, bins=BINS, range=(0.0, 1.0))
    texture = picture - gaussian_filter(picture, _DETREND_PX)
    texture = texture[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    # dark regions have little texture and bright lines much: each place counts alike
    local = np.sqrt(gaussian_filter(texture**2, 2 * _DETREND_PX))
    even = np.asarray(texture / np.maximum(local, 1e-3), np.float32)
    return Texture(
        histogram=histogram / histogram.sum(),
        mean=float(picture.mean()),
        deviation=float(picture.std()),
        contrast=float(texture.std()),
        axial_px=_width(even, 0),
        lateral_px=_width(even, 1),
        axial_spectrum=_spectrum(even, 0),
        lateral_spectrum=_spectrum(even, 1),
    )


def without_margins(gray: NDArray[np.float32], black: float = 0.05) -> NDArray[np.float32]:
    """Return what lies within rows and columns that hold nothing but black."""
    rows = np.flatnonzero(np.percentile(gray, 95, axis=1) > black)
    columns = np.flatnonzero(np.percentile(gray, 95, axis=0) > black)
    if not rows.size or not columns.size:
        return gray[:0, :0]
    return gray[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def compare(sets: Mapping[str, Sequence[NDArray[np.float32]]]) -> dict[str, list[Texture]]:
    """Measure every frame of every set.

    Raises
    ------
    LusguiError
        If a set is empty or a frame too small.
    """
    for name, frames in sets.items():
        if not frames:
            raise LusguiError(f"there is no frame in the set '{name}'")
    return {name: [measure(frame) for frame in frames] for name, frames in sets.items()}


def histogram_distance(first: Sequence[Texture], second: Sequence[Texture]) -> float:
    """Return how far gray must move, as a share of the range, to turn one mean histogram into the other."""
    one = np.mean([texture.histogram for texture in first], axis=0)
    other = np.mean([texture.histogram for texture in second], axis=0)
    return float(np.abs(np.cumsum(one - other)).sum() / BINS)


def write_numbers(measured: Mapping[str, Sequence[Texture]], path: Path) -> None:
    """Write quartiles of every number of every set, and its distances to the first set, as CSV."""
    reference = next(iter(measured.values()))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("set", "frames", "quantity", "lower_quartile", "median", "upper_quartile"))
        for name, textures in measured.items():
            for quantity in NUMBERS:
                values = [float(getattr(texture, quantity)) for texture in textures]
                low, middle, high = np.percentile(values, (25, 50, 75))
                writer.writerow((name, len(textures), quantity, f"{low:.4f}", f"{middle:.4f}", f"{high:.4f}"))
            distance = histogram_distance(textures, reference)
            writer.writerow((name, len(textures), "gray_distance_to_first", "", f"{distance:.4f}", ""))
            for axis in ("axial", "lateral"):
                spectrum = _median(textures, f"{axis}_spectrum") - _median(reference, f"{axis}_spectrum")
                rms = float(np.sqrt(np.mean(spectrum**2)))
                writer.writerow(
                    (name, len(textures), f"{axis}_spectrum_rms_db_to_first", "", f"{rms:.3f}", "")
                )


def write_figure(
    sets: Mapping[str, Sequence[NDArray[np.float32]]],
    measured: Mapping[str, Sequence[Texture]],
    path: Path,
    examples: int = 6,
) -> None:
    """Draw examples of each set above histograms, widths of speckle and spectra, as a PNG.

    Parameters
    ----------
    sets : mapping of str to sequence of (H, W) float32 ndarray
        Frames by name.
    measured : mapping of str to sequence of Texture
        As `compare` returns.
    path : Path
        Of the PNG.
    examples : int
        How many frames of each set are shown.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 1.5 * len(sets) + 3.4), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(sets) + 1, 12, height_ratios=[1.0] * len(sets) + [2.2])
    for row, (name, frames) in enumerate(sets.items()):
        strip = figure.add_subplot(grid[row, :])
        chosen = np.linspace(0, len(frames) - 1, min(examples, len(frames))).round().astype(int)
        strip.imshow(_strip([frames[index] for index in chosen]), cmap="gray", vmin=0, vmax=1)
        strip.set_title(f"{name} ({len(frames)} frames)", fontsize=8, loc="left")
        strip.set_axis_off()
    places = [figure.add_subplot(grid[len(sets), start : start + 3]) for start in (0, 3, 6, 9)]
    centres = (np.arange(BINS) + 0.5) / BINS
    for number, (name, textures) in enumerate(measured.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        mean = np.mean([texture.histogram for texture in textures], axis=0)
        places[0].plot(centres, mean, colour, label=name, lw=1.2)
        places[1].scatter(
            [texture.lateral_px for texture in textures],
            [texture.axial_px for texture in textures],
            s=5,
            c=colour,
            alpha=0.5,
        )
        for axis, place in (("axial", places[2]), ("lateral", places[3])):
            spectra = np.stack([getattr(texture, f"{axis}_spectrum") for texture in textures])
            low, middle, high = np.percentile(spectra, (25, 50, 75), axis=0)
            place.plot(FREQUENCIES, middle, colour, lw=1.2)
            place.fill_between(FREQUENCIES, low, high, color=colour, alpha=0.15, lw=0)
    texts = (
        ("gray", "share of pixels", "Gray"),
        ("across (px)", "down (px)", "Speckle: width at half height"),
        ("cycles/px, down", "dB", "Texture, axial"),
        ("cycles/px, across", "dB", "Texture, lateral"),
    )
    for place, (x, y, title) in zip(places, texts, strict=True):
        place.set_xlabel(x, fontsize=7)
        place.set_ylabel(y, fontsize=7)
        place.set_title(title, fontsize=8)
        place.tick_params(labelsize=6)
    places[0].legend(fontsize=6)
    figure.savefig(path, pil_kwargs={"optimize": True})
    _shrink(path)


def _shrink(path: Path) -> None:
    """Reduce a PNG to fewer colours if it is larger than a figure of the guide may be."""
    from PIL import Image

    for colours in (256, 128, 64):
        if path.stat().st_size <= FIGURE_LIMIT_BYTES:
            return
        with Image.open(path) as image:
            # lines have few pixels, and must keep their colours all the same
            fewer = image.convert("RGB").quantize(
                colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
            )
        fewer.save(path, optimize=True)


def _strip(frames: Sequence[NDArray[np.float32]], height: int = 96) -> NDArray[np.float32]:
    from PIL import Image

    tiles = []
    for frame in frames:
        picture = without_margins(frame)
        width = max(round(picture.shape[1] * height / picture.shape[0]), 1)
        small = Image.fromarray(np.asarray(picture, np.float32)).resize((width, height), Image.Resampling.BOX)
        tiles += [np.asarray(small), np.ones((height, 4), np.float32)]
    return np.concatenate(tiles[:-1], axis=1)


def _median(textures: Sequence[Texture], quantity: str) -> NDArray[np.float64]:
    return np.asarray(np.median([getattr(texture, quantity) for texture in textures], axis=0))


def _width(texture: NDArray[np.float32], axis: int, reach: int = 24) -> float:
    """Return the full width at half maximum of the autocorrelation along an axis, in pixels."""
    lines = np.moveaxis(texture, axis, -1)
    lines = lines - lines.mean()
    power = float(np.mean(lines**2))
    previous = 1.0
    for lag in range(1, min(reach, lines.shape[-1] // 2)):
        value = float(np.mean(lines[..., lag:] * lines[..., :-lag])) / max(power, 1e-12)
        if value <= 0.5:
            return 2 * (lag - 1 + (previous - 0.5) / max(previous - value, 1e-12))
        previous = value
    return 2.0 * reach


def _spectrum(texture: NDArray[np.float32], axis: int) -> NDArray[np.float64]:
    lines = np.moveaxis(texture, axis, -1)
    window = np.hanning(lines.shape[-1])
    power = np.mean(np.abs(np.fft.rfft((lines - lines.mean()) * window, axis=-1)) ** 2, axis=0)
    found = np.interp(FREQUENCIES, np.fft.rfftfreq(lines.shape[-1]), power)
    return np.asarray(10 * np.log10(np.maximum(found / max(found.sum(), 1e-12), 1e-9)))
