"""TIFF stacks, one page at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError, NotAnImageError, TooLargeError, UnreadableFileError
from lusgui.core.polarity import InvertedSource
from lusgui.core.recording import Intensity, Provenance, Recording
from lusgui.io.images import pillow_array
from lusgui.io.picture_intensity import guess_picture
from lusgui.io.pixels import (
    apply_recipe,
    check_frame_size,
    guess_range,
    quiet_decoders,
    silent_stderr,
    to_gray,
)
from lusgui.io.tiff_tags import frame_rate_of, intensity_of, spacing_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe

_PALETTE = 3
_MINISWHITE = 0


class TiffSource:
    """Frames from the pages of a TIFF file, decoded when asked for.

    Parameters
    ----------
    path : Path
        A TIFF, BigTIFF, ImageJ or OME-TIFF file.
    as_stored : bool
        True leaves palette indices and inverted grays as they are stored (for label maps).

    Raises
    ------
    LusguiError
        If the file is damaged or holds no picture.
    """

    def __init__(self, path: Path, *, as_stored: bool = False) -> None:
        import tifffile

        self.path = path
        self.notes: list[str] = []
        self._as_stored = as_stored
        self._lock = threading.Lock()
        self._tiff: tifffile.TiffFile | None = None
        self._pillow: Any = None
        try:
            with quiet_decoders():
                self._tiff = tifffile.TiffFile(path)
                self._lay_out(self._tiff)
        except LusguiError:
            self.close()
            raise
        except MemoryError as error:
            self.close()
            raise TooLargeError("there is not enough memory to read it", path=path) from error
        except Exception as error:  # decoders raise anything on hostile bytes
            self.close()
            raise self._damaged() from error

    def _lay_out(self, tiff: Any) -> None:  # noqa: ANN401 (tifffile carries no types)
        if not len(tiff.pages):
            raise NotAnImageError("the TIFF holds no picture", path=self.path)
        series = max(tiff.series, key=lambda one: len(one.pages))
        if len(tiff.series) > 1:
            self.notes.append("Pages of another size in this TIFF were left out.")
        first = series.keyframe
        rows, cols = int(first.imagelength), int(first.imagewidth)
        check_frame_size(rows, cols, self.path)
        self.samples = int(first.samplesperpixel)
        if int(first.imagedepth) > 1 or self.samples > 4:
            raise NotAnImageError(
                "each page of this TIFF is a volume or has many channels",
                path=self.path,
                shape=first.shape,
                remedy="Save it as one gray page a frame",
            )
        planes = int(np.prod(series.shape, dtype=np.int64)) // max(rows * cols * self.samples, 1)
        self._pages = series.pages
        # ImageJ and tifffile may describe one page only and store the others right behind it.
        # The last page tells: to look at each of ten thousand takes seconds.
        is_cut_off = planes > len(series.pages) or series.pages[-1] is None
        self._offset = series.dataoffset if is_cut_off else None
        if self._offset is not None:
            size = self.path.stat().st_size
            if self._offset + planes * rows * cols * self.samples * first.dtype.itemsize > size:
                raise self._damaged()
        elif planes > len(series.pages):
            planes = len(series.pages)
        self.shape = (planes, rows, cols)
        self.keyframe = first
        self.dtype: np.dtype[Any] = np.dtype(np.uint8)  # known after the first frame

    @property
    def is_white_zero(self) -> bool:
        """Whether the least number is shown white; `read` undoes it for numbers without a sign."""
        return int(self.keyframe.photometric) == _MINISWHITE

    @property
    def tiff(self) -> Any:  # noqa: ANN401
        """The open ``tifffile.TiffFile``."""
        return self._tiff

    def read(self, index: int) -> NDArray[Any]:
        """Return page `index` as gray (H, W)."""
        with self._lock, quiet_decoders():
            if self._tiff is None:
                raise UnreadableFileError("the file was closed", path=self.path)
            try:
                page = self._page_array(index)
            except LusguiError:
                raise
            except MemoryError as error:
                raise TooLargeError("there is not enough memory to decode it", path=self.path) from error
            except Exception as error:  # decoders raise anything on hostile bytes
                raise self._damaged(index) from error
        if page.shape != self.shape[1:]:
            raise self._damaged(index)
        return page

    def _page_array(self, index: int) -> NDArray[Any]:
        if self._offset is not None:
            count = int(np.prod(self.keyframe.shape))
            dtype = np.dtype(self.keyframe.dtype).newbyteorder(self._tiff.byteorder)  # type: ignore[union-attr]
            with self.path.open("rb") as stream:
                stream.seek(self._offset + index * count * dtype.itemsize)
                array = np.fromfile(stream, dtype=dtype, count=count).reshape(self.keyframe.shape)
            return self._brightness(array.astype(dtype.newbyteorder("=")))
        page = self._pages[index]
        if page is None:
            raise self._damaged(index)
        page = page.aspage()
        check_frame_size(int(page.imagelength), int(page.imagewidth), self.path)
        try:
            array = page.asarray()
        except ValueError as error:
            if "imagecodecs" not in str(error):
                raise
            return self._through_pillow(int(page.index), error)
        return self._brightness(array)

    def _brightness(self, page: NDArray[Any]) -> NDArray[Any]:
        """Undo palette, inversion and separate colour planes."""
        keyframe = self.keyframe
        photometric = int(keyframe.photometric)
        page = page.reshape([size for size in page.shape if size != 1] or [1])
        if page.ndim == 3 and int(keyframe.planarconfig) == 2:
            page = np.moveaxis(page, 0, 2)
        if page.ndim < 2 and page.size == self.shape[1] * self.shape[2]:
            page = page.reshape(self.shape[1:])
        if self._as_stored:
            return page if page.ndim == 2 else to_gray(page)
        if photometric == _PALETTE and keyframe.colormap is not None and page.ndim == 2:
            table = (np.asarray(keyframe.colormap).T >> 8).astype(np.uint8)  # (256, 3)
            return to_gray(table[np.minimum(page, len(table) - 1)])
        gray = to_gray(page)
        if photometric == _MINISWHITE and np.issubdtype(gray.dtype, np.unsignedinteger):
            gray = gray.dtype.type(2 ** min(int(keyframe.bitspersample), 8 * gray.itemsize) - 1) - gray
        elif photometric == _MINISWHITE and gray.dtype == np.bool_:
            gray = ~gray
        return gray.astype(np.uint8) * 255 if gray.dtype == np.bool_ else gray

    def _through_pillow(self, index: int, cause: ValueError) -> NDArray[Any]:
        """Decode LZW, JPEG and fax pages, which tifffile leaves to a larger library."""
        from PIL import Image

        if self._pillow is None:
            self._pillow = Image.open(self.path, formats=("TIFF",))
        self._pillow.seek(index)
        if int(self.keyframe.bitspersample) not in (1, 4, 8) and self.samples > 1:
            raise UnreadableFileError(
                "its compression cannot be decoded for this kind of colour",
                path=self.path,
                remedy="Save it without compression",
            ) from cause
        with silent_stderr():  # libtiff complains there of every damaged strip
            self._pillow.load()
        if self._as_stored and self._pillow.mode == "P":
            return np.array(self._pillow)
        gray = to_gray(pillow_array(self._pillow))
        # Pillow turns white-is-zero around for up to eight bits only
        is_left = int(self.keyframe.photometric) == _MINISWHITE and self._pillow.mode.startswith("I;16")
        return np.iinfo(gray.dtype).max - gray if is_left and not self._as_stored else gray

    def _damaged(self, index: int | None = None) -> UnreadableFileError:
        where = "the TIFF" if index is None else f"page {index + 1} of the TIFF"
        return UnreadableFileError(
            f"{where} is damaged or cut short", path=self.path, remedy="Copy or export it again"
        )

    def close(self) -> None:
        """Close the file; idempotent."""
        with self._lock:
            if self._tiff is not None:
                self._tiff.close()
                self._tiff = None
            if self._pillow is not None:
                self._pillow.close()
                self._pillow = None


def open_tiff(path: Path, recipe: Recipe | None = None, progress: Progress | None = None) -> Recording:
    """Open a TIFF file, single or multi-page, reading each page only when it is asked for.

    Parameters
    ----------
    path : Path
        The file.
    recipe : Recipe, optional
        Choices that overrule what the file says.
    progress : Progress, optional
        Told once the pages are known.

    Returns
    -------
    Recording
        Display data unless the file says otherwise (our own exports do).

    Raises
    ------
    LusguiError
        If the file is damaged, holds no picture, or a page is too large.
    """
    source = TiffSource(path)
    try:
        if progress is not None:
            progress(0, source.shape[0], "reading pages")
        first = source.read(0)
        if np.iscomplexobj(first):
            raise NotAnImageError("its numbers are complex", path=path, remedy="Export amplitude instead")
        source.dtype = first.dtype
        spacing, notes = spacing_of(source.tiff)
        intensity = intensity_of(source.tiff)
        recording = Recording(
            source=source,
            shape=source.shape,
            dtype=first.dtype,
            intensity=intensity or Intensity.DISPLAY,
            provenance=Provenance(path, None, "tiff"),
            spacing_mm=spacing,
            frame_rate_hz=frame_rate_of(source.tiff),
            warnings=tuple(source.notes + notes),
        )
        if intensity not in (Intensity.LINEAR, Intensity.DB):
            is_small = first.dtype == np.uint8
            samples = [first] if is_small else [recording.frame(i) for i in recording.sample_indices(5)]
            recording.value_range = guess_range(first.dtype, samples)
            if intensity is None:
                guess, said = guess_picture(first.dtype, samples)
                recording.intensity, recording.value_range = guess.intensity, guess.value_range
                recording.warnings = (*recording.warnings, *said)
            if source.is_white_zero and recording.value_range is not None and first.dtype.kind in "if":
                recording.source = InvertedSource(source, recording.value_range)
        return apply_recipe(recording, recipe)
    except BaseException:
        source.close()
        raise
