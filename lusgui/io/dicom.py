"""DICOM ultrasound: single frames and cine loops, frame by frame. Nothing about the patient is read out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import (
    LusguiError,
    MissingLibraryError,
    NotAnImageError,
    TooLargeError,
    UnreadableFileError,
    UnsupportedFileError,
)
from lusgui.core.polarity import invert
from lusgui.core.recording import Intensity, Provenance, Recording
from lusgui.io.dicom_tags import frame_rate_of, number, spacing_of, window_of
from lusgui.io.pixels import apply_recipe, check_frame_size, guess_range, quiet_decoders, to_gray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe

DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1")
TAGS = (
    "NumberOfFrames", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation",
    "PlanarConfiguration",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "BurnedInAnnotation", "PixelSpacing",
    "SequenceOfUltrasoundRegions", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept",
    "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
)  # fmt: skip
"""All that is ever read of a header: nothing in it says who the patient is."""
_MAX_FRAMES = 1_000_000


class DicomSource:
    """Frames of a DICOM file, decoded when asked for.

    Parameters
    ----------
    path : Path
        The file.
    header : pydicom.Dataset
        Its header, read without pixels.
    pixels_at : int
        Byte at which the pixels begin.
    """

    def __init__(self, path: Path, header: Any, pixels_at: int = 0) -> None:  # noqa: ANN401 (pydicom)
        self.path = path
        self._header = header
        self._lock = threading.Lock()
        frames = int(number(header, "NumberOfFrames") or 1)
        rows, cols = int(number(header, "Rows") or 0), int(number(header, "Columns") or 0)
        check_frame_size(rows, cols, path)
        if not 1 <= frames <= _MAX_FRAMES:
            raise UnreadableFileError(f"it claims to hold {frames} frames", path=path)
        self.shape = (frames, rows, cols)
        self.photometric = str(header.get("PhotometricInterpretation", "MONOCHROME2")).strip().upper()
        self.stored_bits = int(number(header, "BitsStored") or number(header, "BitsAllocated") or 8)
        self.is_signed = int(number(header, "PixelRepresentation") or 0) == 1
        samples = int(number(header, "SamplesPerPixel") or 1)
        if samples not in (1, 3) or self.stored_bits not in range(1, 33):
            raise UnsupportedFileError(
                f"its pixels have {samples} samples of {self.stored_bits} bits", path=path
            )
        if not header.file_meta.TransferSyntaxUID.is_compressed:
            bits = int(number(header, "BitsAllocated") or 8)
            subsampled = 2 / 3 if self.photometric == "YBR_FULL_422" else 1
            if frames * rows * cols * samples * bits / 8 * subsampled > path.stat().st_size - pixels_at:
                raise UnreadableFileError(
                    "the file is cut short: it is smaller than the frames it claims to hold",
                    path=path,
                    shape=self.shape,
                    remedy="Copy or export it again",
                )

    @property
    def stored_range(self) -> tuple[float, float]:
        """Range of the stored bits."""
        if self.is_signed:
            return -float(2 ** (self.stored_bits - 1)), float(2 ** (self.stored_bits - 1) - 1)
        # Colour pictures and palettes arrive as gray of at most the bits stored.
        return 0.0, 255.0 if self.photometric == "PALETTE COLOR" else float(2**self.stored_bits - 1)

    def value_range(self, samples: Sequence[NDArray[Any]]) -> tuple[float, float]:
        """Return what is black and what is white, for gray as `read` gives it.

        Eight bits say so themselves. Of wider ones the window does that the file asks to be shown with;
        without one the bits stored, unless the numbers use but the lowest quarter of them: then whoever
        wrote the file counted bits it never had, and the smallest usual number of bits that holds them
        is taken.

        Parameters
        ----------
        samples : sequence of (H, W) ndarray
            Some frames.
        """
        low, high = self.stored_range
        if self.stored_bits <= 8 or self.photometric not in ("MONOCHROME1", "MONOCHROME2"):
            return low, high
        is_turned = self.photometric == "MONOCHROME1"
        window = window_of(self._header)
        if window is not None:
            ends = (low + high - window[1], low + high - window[0]) if is_turned else window
            if all(np.count_nonzero((s > ends[0]) & (s < ends[1])) for s in samples):
                return ends
        if self.is_signed or not samples:
            return low, high
        if max(float(sample.max()) for sample in samples) < high / 4:
            return 0.0, guess_range(samples[0].dtype, samples)[1]
        if is_turned and min(float(sample.min()) for sample in samples) > high * 3 / 4:
            # turned within the bits that were claimed, the numbers lie at their upper end
            depth = guess_range(samples[0].dtype, [high - sample.astype(np.int64) for sample in samples])[1]
            return high - depth, high
        return low, high

    def read(self, index: int) -> NDArray[Any]:
        """Return frame `index` as gray (H, W), bright meaning strong."""
        from pydicom.pixels.processing import apply_color_lut
        from pydicom.pixels.utils import pixel_array

        with self._lock, quiet_decoders():
            try:
                frame = pixel_array(self.path, index=index if self.shape[0] > 1 else None)
                if self.photometric == "PALETTE COLOR":
                    colours = apply_color_lut(frame, self._header)
                    frame = colours if colours.dtype == np.uint8 else (colours >> 8).astype(np.uint8)
            except (MemoryError, OverflowError) as error:
                raise TooLargeError("there is not enough memory to decode it", path=self.path) from error
            except (RuntimeError, NotImplementedError, ImportError) as error:
                raise self._explain(error) from error
            except Exception as error:  # decoders raise anything on hostile bytes
                raise self._damaged(index) from error
        gray = to_gray(frame)
        if gray.shape != self.shape[1:]:
            raise self._damaged(index)
        # MONOCHROME1: the least number is shown white (PS3.3 C.7.6.3.1.2)
        return invert(gray, self.stored_range) if self.photometric == "MONOCHROME1" else gray

    def _explain(self, error: Exception) -> LusguiError:
        syntax = self._header.file_meta.TransferSyntaxUID
        text = str(error).lower()
        tells = "missing" in text or "not supported" in text or "plugin" in text
        if (tells or isinstance(error, ImportError)) and not self._decoder_is_there():
            return MissingLibraryError(
                f"its pixels are compressed as '{syntax.name}', which nothing installed here can decode",
                path=self.path,
                remedy="Install a decoder with 'pip install pylibjpeg[all]' or export it uncompressed",
            )
        return self._damaged(0)

    def _decoder_is_there(self) -> bool:
        from pydicom.pixels.decoders.base import get_decoder

        try:
            return bool(get_decoder(self._header.file_meta.TransferSyntaxUID).is_available)
        except NotImplementedError:
            return False

    def _damaged(self, index: int) -> UnreadableFileError:
        return UnreadableFileError(
            f"frame {index + 1} is damaged or cut short", path=self.path, remedy="Copy or export it again"
        )

    def close(self) -> None:
        """Nothing is held open between frames."""


def _read_header(path: Path) -> tuple[Any, int]:
    """Return everything before the pixels and where they begin; refuse what inflates without bounds."""
    import pydicom
    from pydicom.errors import InvalidDicomError
    from pydicom.filereader import read_file_meta_info

    try:
        with quiet_decoders():
            syntax = str(read_file_meta_info(path).get("TransferSyntaxUID", ""))
            if syntax in DEFLATED:
                raise UnsupportedFileError(
                    "the whole file is deflated, which we do not unpack",
                    path=path,
                    remedy="Export it uncompressed",
                )
            with path.open("rb") as stream:
                header = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(TAGS))
                pixels_at = stream.tell()
            if "Rows" not in header or not syntax:
                raise NotAnImageError(
                    "this DICOM file holds no pixels", path=path, remedy="Choose a file with images"
                )
            return header, pixels_at
    except LusguiError:
        raise
    except InvalidDicomError as error:
        raise UnsupportedFileError("this is no DICOM file", path=path) from error
    except MemoryError as error:
        raise TooLargeError("there is not enough memory to read it", path=path) from error
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    except Exception as error:  # pydicom raises anything on hostile bytes
        raise UnreadableFileError(
            "its DICOM header is damaged", path=path, remedy="Copy or export it again"
        ) from error


def open_dicom(path: Path, recipe: Recipe | None = None, progress: Progress | None = None) -> Recording:
    """Open a DICOM file as a recording.

    Spacing comes from the ultrasound regions calibrated in centimetres, else from the pixel spacing.
    No attribute that could identify a patient is read into the recording.

    Parameters
    ----------
    path : Path
        The file.
    recipe : Recipe, optional
        Choices that overrule what the file says.
    progress : Progress, optional
        Told once the header is read.

    Returns
    -------
    Recording
        Display data (T, H, W), gray.

    Raises
    ------
    LusguiError
        If the file is no DICOM image, damaged, or compressed in a way nothing here decodes.
    """
    header, pixels_at = _read_header(path)
    try:
        source = DicomSource(path, header, pixels_at)
        spacing, notes = spacing_of(header)
        rate = frame_rate_of(header)
        if str(header.get("BurnedInAnnotation", "")).upper() == "YES":
            notes.append("The file says that text is burned into its pictures: it may name the patient.")
    except LusguiError:
        raise
    except Exception as error:  # values in a hostile header can be anything
        raise UnreadableFileError("its DICOM header is damaged", path=path) from error
    if progress is not None:
        progress(0, source.shape[0], "reading frames")
    first = source.read(0)
    recording = Recording(
        source=source,
        shape=source.shape,
        dtype=first.dtype,
        intensity=Intensity.DISPLAY,
        provenance=Provenance(path, None, "dicom"),
        spacing_mm=spacing,
        frame_rate_hz=rate,
        warnings=tuple(notes),
        value_range=source.value_range([first]),
    )
    return apply_recipe(recording, recipe)
