"""Frames written to files of many kinds and read again by the product's own readers."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.robustness.perturbation import Perturbation, gray_of, with_gray

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.recording import Recording
    from training.dataset import Sample
    from training.robustness.perturbation import Change

    Gray = NDArray[np.float32]

DECADES = 3.0
"""Gray is taken to show 60 dB of amplitude."""


def amplitude_of(gray: Gray, random: np.random.Generator) -> NDArray[np.float64]:
    """Return the amplitude that a machine of 60 dB shows as this gray, finely graded as it was."""
    levels = gray + random.uniform(-0.5, 0.5, gray.shape) / 255
    return np.where(gray > 0, 10.0 ** ((levels - 1) * DECADES), 0.0)


def write_linear_tiff(path: Path, gray: Gray, random: np.random.Generator) -> None:
    """Write linear amplitude as a TIFF of floats, on a scale of its own."""
    import tifffile

    tifffile.imwrite(path, (amplitude_of(gray, random) * 3.7e4).astype(np.float32))


def write_linear_png(path: Path, gray: Gray, random: np.random.Generator) -> None:
    """Write linear amplitude as counts of 16 bits."""
    from PIL import Image

    Image.fromarray(np.rint(amplitude_of(gray, random) * 65535).clip(0, 65535).astype(np.uint16)).save(
        path, "PNG"
    )


def write_db_mat(path: Path, gray: Gray, random: np.random.Generator) -> None:
    """Write decibels below the loudest echo, cut off at -60."""
    from scipy.io import savemat

    amplitude = np.maximum(amplitude_of(gray, random), 1e-30)
    decibels = np.maximum(20 * np.log10(amplitude / max(float(amplitude.max()), 1e-30)), -60.0)
    savemat(path, {"Bmode": decibels.astype(np.float32)}, appendmat=False)


def write_linear_mat(path: Path, gray: Gray, random: np.random.Generator) -> None:
    """Write amplitude scaled to its greatest."""
    from scipy.io import savemat

    amplitude = amplitude_of(gray, random)
    savemat(path, {"Img": amplitude / max(float(amplitude.max()), 1e-30)}, appendmat=False)


def write_gray_png(path: Path, gray: Gray, random: np.random.Generator) -> None:
    """Write gray with 16 bits."""
    from PIL import Image

    Image.fromarray(np.rint(gray * 255).astype(np.uint16) * 257).save(path, "PNG")


def write_white_png(path: Path, gray: Gray, random: np.random.Generator) -> None:
    """Write gray with black and white exchanged, and say nothing of it."""
    from PIL import Image

    Image.fromarray(255 - np.rint(gray * 255).astype(np.uint8)).save(path, "PNG")


def write_monochrome1(path: Path, gray: Gray, random: np.random.Generator) -> None:
    """Write a DICOM file whose least number is shown white, twelve bits in sixteen."""
    import pydicom

    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.UltrasoundImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.UID("1.2.3")
    data = pydicom.Dataset()
    data.file_meta = meta
    data.Rows, data.Columns = gray.shape
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME1", 0
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 12, 11
    data.PixelData = (4095 - np.rint(gray * 4095).astype(np.uint16)).tobytes()
    data.save_as(path, enforce_file_format=True)


def store(
    extension: str,
    write: Callable[[Path, Gray, np.random.Generator], None],
    *,
    is_answered: bool = False,
) -> Change:
    """Return the writing to a file and the reading of it, mapping and all.

    Parameters
    ----------
    extension : str
        Of the file.
    write : callable
        ``write(path, gray, random)``.
    is_answered : bool
        Whether a person agrees when lusgui asks whether black and white are exchanged.
    """

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        from lusgui.core.recipe import Recipe
        from lusgui.io.polarity import INVERTED_KEY

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"frame.{extension}"
            write(path, gray_of(sample), random)
            frame, mapping, extra = _read(path, None)
            if is_answered and extra.get(INVERTED_KEY):
                frame, mapping, _ = _read(path, Recipe("answered", is_inverted=True))
        return replace(sample, frame=frame, mapping=mapping)

    return change


def _read(path: Path, recipe: Any) -> tuple[NDArray[Any], Any, dict[str, Any]]:  # noqa: ANN401
    from lusgui.core.intensity import measure_mapping
    from lusgui.io.open import open_recording

    recording: Recording
    with open_recording(path, recipe=recipe) as recording:
        return np.array(recording.frame(0)), measure_mapping(recording), dict(recording.extra)


def invert_gray(sample: Sample, label: str, random: np.random.Generator) -> Sample:
    """Exchange black and white behind the readers' back."""
    return with_gray(sample, 1.0 - gray_of(sample))


STORED = (
    Perturbation("linear_tiff", "linear amplitude (TIFF)", "file", store("tif", write_linear_tiff)),
    Perturbation("linear_mat", "linear amplitude scaled to 1 (MAT)", "file", store("mat", write_linear_mat)),
    Perturbation("linear_png", "linear amplitude, 16 bits (PNG)", "file", store("png", write_linear_png)),
    Perturbation("db_mat", "decibels, cut off at -60 (MAT)", "file", store("mat", write_db_mat)),
    Perturbation("gray_16_bit", "gray with 16 bits (PNG)", "file", store("png", write_gray_png)),
    Perturbation("inverted_stated", "inverted and stated (DICOM)", "file", store("dcm", write_monochrome1)),
    Perturbation(
        "inverted_asked",
        "inverted, put right where lusgui asks",
        "file",
        store("png", write_white_png, is_answered=True),
    ),
    Perturbation("inverted_unnoticed", "inverted, nobody the wiser", "file", invert_gray),
)
