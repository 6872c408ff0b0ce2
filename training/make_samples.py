"""Make the bundled sample recordings from the published clips: ``python -m training.make_samples SOURCE``.

The lung sample is a real linear-probe clip, resampled to the 960 x 128 grid of a Verasonics recording, turned
from screen gray back to linear amplitude and stored the way acquisition scripts store it: a cell ``ImgData``
with a ring buffer, beside ``PData``, ``Trans`` and ``Resource``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from training.mat73_writer import write_mat73

if TYPE_CHECKING:
    from numpy.typing import NDArray

LUNG_CLIP = "Reg_Image_18122_crop"
CEREBELLUM_PLANE = "p060_ga21_a"
ROWS, COLS, FRAMES = 960, 128, 24
FIRST_FRAME = 9
"""Ring buffer: the oldest frame lies in this 1-based slot, so that readers must put the order right."""
DYNAMIC_RANGE_DB = 60.0
PEAK_AMPLITUDE = 20000.0
FREQUENCY_MHZ = 5.2
SOUND_SPEED_M_S = 1540.0
PITCH_MM = 0.298
CLIP_RATE_HZ = 19.1


def read_clip(path: Path) -> NDArray[np.uint8]:
    """Return the gray frames (T, H, W) of a clip, without its black side bars.

    Raises
    ------
    FileNotFoundError
        If the clip cannot be decoded.
    """
    import cv2

    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        good, frame = capture.read()
        if not good:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    capture.release()
    if not frames:
        raise FileNotFoundError(path)
    movie = np.stack(frames)
    lit = np.flatnonzero(movie.max(axis=(0, 1)) > 40)
    # The codec bleeds the image by a column or two into the bars.
    return np.asarray(movie[:, :, lit[0] + 1 : lit[-1]], dtype=np.uint8)


def to_amplitude(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Undo a log compression of 60 dB: gray (T, H, W) 0..255 to linear amplitude, black being zero.

    Frames are resampled on gray and kept at 256 levels, so that the stored file compresses well.
    """
    import cv2

    table = PEAK_AMPLITUDE * 10.0 ** ((np.arange(256) / 255.0 - 1.0) * DYNAMIC_RANGE_DB / 20.0)
    table[0] = 0.0
    frames = []
    for frame in gray:
        narrow = cv2.resize(frame, (COLS, frame.shape[0]), interpolation=cv2.INTER_AREA)
        frames.append(cv2.resize(narrow, (COLS, ROWS), interpolation=cv2.INTER_CUBIC))
    return np.asarray(table.astype(np.float32)[np.stack(frames)])


def lung_variables(movie: NDArray[np.uint8]) -> dict[str, Any]:
    """Return the variables of the lung sample; arrays in MATLAB's axis order, dicts for structs.

    Parameters
    ----------
    movie : (T, H, W) uint8 ndarray
        The whole clip.
    """
    chosen = np.linspace(0, len(movie) - 1, FRAMES).round().astype(int)
    amplitude = to_amplitude(movie[chosen])
    ring = np.empty_like(amplitude)
    ring[(FIRST_FRAME - 1 + np.arange(FRAMES)) % FRAMES] = amplitude
    pixels = np.ascontiguousarray(ring.transpose(1, 2, 0))[:, :, np.newaxis, :]

    wavelength_mm = SOUND_SPEED_M_S / (FREQUENCY_MHZ * 1e6) * 1e3
    width_mm = PITCH_MM * COLS
    row_mm = width_mm * movie.shape[1] / movie.shape[2] / ROWS
    step_s = (len(movie) - 1) / (FRAMES - 1) / CLIP_RATE_HZ
    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = pixels
    return {
        "ImgData": cell,
        "PData": {
            "Coord": "rectangular",
            "PDelta": np.array([[PITCH_MM / wavelength_mm, 0.0, row_mm / wavelength_mm]]),
            "Size": np.array([[float(ROWS), float(COLS), 1.0]]),
            "Origin": np.array([[-width_mm / wavelength_mm / 2, 0.0, 5.0]]),
        },
        "Trans": {
            "name": "nominal linear",
            "units": "wavelengths",
            "frequency": np.array([[FREQUENCY_MHZ]]),
            "spacingMm": np.array([[PITCH_MM]]),
            "spacing": np.array([[PITCH_MM / wavelength_mm]]),
            "numelements": np.array([[float(COLS)]]),
        },
        "Resource": {
            "Parameters": {"speedOfSound": np.array([[SOUND_SPEED_M_S]]), "simulateMode": np.array([[0.0]])},
            "ImageBuffer": {
                "numFrames": np.array([[float(FRAMES)]]),
                "firstFrame": np.array([[float(FIRST_FRAME)]]),
                "lastFrame": np.array([[float(FIRST_FRAME - 1)]]),
            },
        },
        "P": {
            "startDepth": np.array([[5.0]]),
            "endDepth": np.array([[5.0 + ROWS * row_mm / wavelength_mm]]),
            "frameRate": np.array([[1.0 / step_s]]),
        },
    }


def write_lung(source: Path, out: Path) -> None:
    """Write the lung sample as MAT v5 (compressed) and v7.3."""
    from scipy.io import savemat

    variables = lung_variables(read_clip(source / "lung_linear" / f"{LUNG_CLIP}.mp4"))
    savemat(out / "lung_linear_v5.mat", variables, do_compression=True, oned_as="row")
    write_mat73(out / "lung_linear_v73.mat", variables)


def write_cerebellum(source: Path, out: Path) -> None:
    """Write the fetal plane at 512 x 512, and its expert mask apart as a reference."""
    from PIL import Image

    folder = source / "fetal_cerebellum"
    size = (512, 512)
    with Image.open(folder / f"{CEREBELLUM_PLANE}.jpg") as plane:
        plane.convert("L").resize(size, Image.Resampling.LANCZOS).save(
            out / "fetal_cerebellum.png", optimize=True
        )
    with Image.open(folder / f"{CEREBELLUM_PLANE}.cerebellum.png") as mask:
        half = np.asarray(mask.convert("L").resize(size, Image.Resampling.BOX)) >= 128
    reference = out / "reference"
    reference.mkdir(exist_ok=True)
    Image.fromarray(half.astype(np.uint8) * 255).save(
        reference / "fetal_cerebellum_cerebellum.png", optimize=True
    )


LICENSES = f"""# Where the samples come from

## lung_linear_v5.mat, lung_linear_v73.mat

Made from `{LUNG_CLIP}.mp4`, a healthy lung seen with a linear probe; one of three clips of
one contributor (`Reg_Image_*`).

Credit: Born et al., COVID-19 lung ultrasound dataset, Appl. Sci. 2021, doi 10.3390/app11020672;
contributor "charlotte". Licence: CC BY 4.0.

Changed: black bars cut off; {FRAMES} frames spread over the clip; resampled to {ROWS} rows x {COLS} columns;
screen gray taken back to linear amplitude by undoing a log compression of {DYNAMIC_RANGE_DB:.0f} dB (an
assumption); stored as a ring buffer whose oldest frame lies in slot {FIRST_FRAME}. Frequency, pitch, spacing
and depth are **nominal**: the clip does not state them. They give pixels of the clip's own aspect on a
width of {PITCH_MM * COLS:.1f} mm. Never take measurements of the patient from this file.

## fetal_cerebellum.png, reference/fetal_cerebellum_cerebellum.png

Made from `{CEREBELLUM_PLANE}.jpg` (patient p060, 21 weeks of gestation) and its expert mask.

Credit: Eira Rodriguez Martin, fetal cerebellum planes. Licence: CC0 1.0 (its annotation file says
CC BY 4.0).

Changed: gray, 1024 x 1024 to 512 x 512, the mask likewise. Pixel spacing is unknown.

## Learning

Made by `python -m training.make_samples`. No model shipped here may be judged on a patient it learned
from: the clip belongs to the group `Reg_Image_*`, the plane to patient p060; the cards of the models say
on which side of the split these stood.
"""


def make_samples(source: Path, out: Path) -> None:
    """Write every sample and its licences to `out`.

    Parameters
    ----------
    source : Path
        Folder that holds ``lung_linear`` and ``fetal_cerebellum``.
    out : Path
        Where the samples go; made if missing.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_lung(source, out)
    write_cerebellum(source, out)
    (out / "LICENSES.md").write_text(LICENSES, encoding="utf-8")


def main(source: Path, out: Path = Path("resources/samples")) -> None:
    """Make the bundled samples from the folder of published data SOURCE."""
    make_samples(source, out)
    for path in sorted(out.rglob("*.*")):
        typer.echo(f"{path} {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    typer.run(main)
