"""AVI and MP4, frame by frame, each frame proved to be the one that was asked for."""

from __future__ import annotations

import os
import threading
import zlib
from collections import OrderedDict
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
from lusgui.core.progress import no_progress
from lusgui.core.recording import Intensity, Provenance, Recording
from lusgui.io.pixels import apply_recipe, check_frame_size, to_gray, usable_rate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe

CACHE_BYTES = 64 * 1024 * 1024
LEAD_IN = 8
"""Frames decoded before the one jumped to, so that stepping backwards from there is quick."""
READ_AHEAD = 48
"""A jump forward by at most this many frames decodes on instead of seeking."""


def is_video(path: Path) -> bool:
    """Whether the first bytes are those of AVI, MP4/MOV or Matroska; playlists and the like are not."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if head[:4] == b"RIFF":
        return head[8:12] == b"AVI "
    return head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip") or head[:4] == b"\x1aE\xdf\xa3"


def load_opencv() -> Any:  # noqa: ANN401 (a module without types)
    """Import OpenCV with its chatter switched off.

    Raises
    ------
    MissingLibraryError
        If it is not installed.
    """
    # FFmpeg inside OpenCV reads these once, when the first file is opened.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    try:
        import cv2
    except ImportError as error:
        raise MissingLibraryError(
            "reading AVI and MP4 needs OpenCV", remedy="Install it with 'pip install lusgui[video]'"
        ) from error
    for place in (cv2, getattr(getattr(cv2, "utils", None), "logging", None)):
        if place is not None and hasattr(place, "setLogLevel"):
            place.setLogLevel(0)
    return cv2


class VideoSource:
    """Frames of a video, checked against fingerprints taken when the file was opened.

    Seeking by frame number is approximate in many files, and the header's frame count too. So opening
    decodes the file once, counts, and keeps a fingerprint of every frame; a jump that lands on another
    frame is noticed and replaced by decoding from the start.

    Parameters
    ----------
    path : Path
        The file.
    progress : Progress
        Told of every sixteenth frame while counting; may cancel.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path = path
        self._cv2 = load_opencv()
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._prints: list[int] = []
        self._next = 0
        self._capture = self._open()
        try:
            self.frame_rate_hz = usable_rate(self._capture.get(self._cv2.CAP_PROP_FPS))
            self._count(progress)
        except BaseException:
            self._capture.release()
            raise

    def _open(self) -> Any:  # noqa: ANN401
        # FFmpeg only: OpenCV's other back-ends read numbered pictures and cameras from a name.
        capture = self._cv2.VideoCapture(str(self.path.resolve()), self._cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            raise UnreadableFileError(
                "the video is damaged or its codec is not known here",
                path=self.path,
                remedy="Save it as AVI with the MJPG codec or as MP4 with H.264",
            )
        rows = int(capture.get(self._cv2.CAP_PROP_FRAME_HEIGHT))
        cols = int(capture.get(self._cv2.CAP_PROP_FRAME_WIDTH))
        try:
            check_frame_size(rows, cols, self.path)
        except LusguiError:
            capture.release()
            raise
        return capture

    def _count(self, progress: Progress) -> None:
        claimed = max(int(self._capture.get(self._cv2.CAP_PROP_FRAME_COUNT)), 0)
        self.frame_shape = (0, 0)
        while True:
            frame = self._decode()
            if frame is None:
                break
            if not self._prints:
                self.frame_shape = (frame.shape[0], frame.shape[1])
            elif frame.shape[:2] != self.frame_shape:
                raise UnsupportedFileError(
                    "its frames change size on the way", path=self.path, shape=frame.shape[:2]
                )
            self._prints.append(_fingerprint(frame))
            if len(self._prints) % 16 == 0:
                progress(len(self._prints), max(claimed, len(self._prints)), "counting frames")
        if not self._prints:
            raise NotAnImageError("no frame of the video can be decoded", path=self.path)
        self._restart()

    @property
    def frame_count(self) -> int:
        """Number of frames that can be decoded."""
        return len(self._prints)

    def _decode(self) -> NDArray[np.uint8] | None:
        """Return the next frame as stored, or None at the end."""
        try:
            good, frame = self._capture.read()
        except (self._cv2.error, MemoryError) as error:
            raise TooLargeError("a frame cannot be decoded", path=self.path) from error
        return np.asarray(frame, dtype=np.uint8) if good and frame is not None else None

    def _restart(self) -> None:
        self._capture.release()
        self._capture = self._open()
        self._next = 0

    def read(self, index: int) -> NDArray[Any]:
        """Return frame `index` as gray (H, W), uint8."""
        with self._lock:
            if index in self._cache:
                self._cache.move_to_end(index)
                return self._cache[index].copy()
            if not 0 <= index - self._next <= READ_AHEAD:
                self._seek(max(index - LEAD_IN, 0))
            gray = self._decode_up_to(index)
            if gray is None:  # the seek had landed elsewhere
                self._restart()
                gray = self._decode_up_to(index)
            if gray is None:
                raise UnreadableFileError(
                    f"frame {index + 1} could be decoded once but not again", path=self.path
                )
            return gray.copy()

    def _seek(self, index: int) -> None:
        if index == 0:
            self._restart()
        else:
            self._capture.set(self._cv2.CAP_PROP_POS_FRAMES, index)
            self._next = index

    def _decode_up_to(self, index: int) -> NDArray[np.uint8] | None:
        """Decode from the present place to `index`; None as soon as a frame is not the expected one."""
        gray: NDArray[np.uint8] | None = None
        while self._next <= index:
            frame = self._decode()
            if frame is None or _fingerprint(frame) != self._prints[self._next]:
                return None
            if index - self._next <= LEAD_IN:
                gray = to_gray(frame)
                self._keep(self._next, gray)
            self._next += 1
        return gray

    def _keep(self, index: int, gray: NDArray[np.uint8]) -> None:
        self._cache[index] = gray
        self._cache.move_to_end(index)
        # At least the lead-in stays, or stepping backwards would decode every frame nine times.
        while len(self._cache) > LEAD_IN + 1 and len(self._cache) * gray.nbytes > CACHE_BYTES:
            self._cache.popitem(last=False)

    def close(self) -> None:
        """Release the decoder; idempotent."""
        with self._lock:
            self._capture.release()
            self._cache.clear()


def _fingerprint(frame: NDArray[np.uint8]) -> int:
    """Checksum of every fourth row: speckle differs everywhere, so this tells frames apart."""
    return zlib.crc32(np.ascontiguousarray(frame[::4]).tobytes())


def open_video(path: Path, recipe: Recipe | None = None, progress: Progress | None = None) -> Recording:
    """Open an AVI, MP4, MOV or MKV file as a recording.

    Parameters
    ----------
    path : Path
        The file.
    recipe : Recipe, optional
        Choices that overrule what the file says.
    progress : Progress, optional
        Told while the frames are counted, which decodes the file once; may cancel.

    Returns
    -------
    Recording
        Display data (T, H, W), uint8, gray; the spacing of a video is unknown.

    Raises
    ------
    LusguiError
        If OpenCV is missing, or the file is damaged or of another kind.
    """
    try:
        known = is_video(path)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    if not known:
        raise UnsupportedFileError("this is no AVI, MP4, MOV or MKV video", path=path)
    source = VideoSource(path, progress or no_progress)
    recording = Recording(
        source=source,
        shape=(source.frame_count, *source.frame_shape),
        dtype=np.dtype(np.uint8),
        intensity=Intensity.DISPLAY,
        provenance=Provenance(path, None, path.suffix.lower().lstrip(".") or "video"),
        frame_rate_hz=source.frame_rate_hz,
        value_range=(0.0, 255.0),
        warnings=("A video does not say how many millimetres a pixel is.",),
    )
    return apply_recipe(recording, recipe)
