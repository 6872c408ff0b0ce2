import contextlib
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lusgui.base.errors import CancelledError, LusguiError, MissingLibraryError, UnsupportedFileError
from lusgui.io.video import LEAD_IN, READ_AHEAD, is_video, load_opencv, open_video

pytest.importorskip("cv2")
cv2 = load_opencv()  # FFmpeg is told to be quiet before it opens its first file
COUNT = 90


@pytest.fixture(scope="module", params=[("avi", "MJPG"), ("mp4", "mp4v")])
def movie(request, tmp_path_factory):
    """A film whose frames tell their own number by a bright bar; predicted frames make seeking hard."""
    extension, codec = request.param
    path = tmp_path_factory.mktemp("v") / f"film.{extension}"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), 25.0, (128, 64))
    noise = np.random.default_rng(0).integers(0, 60, (64, 128), dtype=np.uint8)
    for k in range(COUNT):
        frame = noise.copy()
        for bit in range(8):
            frame[16:48, bit * 16 : bit * 16 + 14] = 220 if k >> bit & 1 else 20
        writer.write(np.dstack([frame] * 3))
    writer.release()
    return path


def number_in(frame):
    return sum(1 << bit for bit in range(8) if frame[20:44, bit * 16 + 3 : bit * 16 + 11].mean() > 120)


def test_every_jump_lands_on_the_frame_asked_for(movie):
    with open_video(movie) as recording:
        assert recording.shape == (COUNT, 64, 128)
        assert recording.frame_rate_hz == 25.0
        assert recording.value_range == (0.0, 255.0)
        order = [0, 1, 2, 89, 88, 87, 40, READ_AHEAD + 41, 3, 89 - LEAD_IN, 0, 60, 59, 58, 12, 13]
        order += np.random.default_rng(1).integers(0, COUNT, 25).tolist()
        for index in order:
            assert number_in(recording.frame(index)) == index
        for index in reversed(range(COUNT)):
            assert number_in(recording.frame(index)) == index


def test_what_is_handed_out_may_be_written_to(movie):
    with open_video(movie) as recording:
        recording.frame(5)[:] = 0
        assert number_in(recording.frame(5)) == 5


def test_opening_can_be_stopped(movie):
    def stop(done, total, text=""):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        open_video(movie, None, stop)


def test_other_files_never_reach_the_decoder(tmp_path):
    path = tmp_path / "a.mp4"
    for content in (b"", b"#EXTM3U\nhttp://localhost/x", b"RIFF0000WAVEfmt "):
        path.write_bytes(content)
        assert not is_video(path)
        with pytest.raises(UnsupportedFileError):
            open_video(path)


def test_without_opencv_the_way_out_is_named(movie, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingLibraryError, match=r"pip install lusgui\[video\]"):
        open_video(movie)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=8))
def test_damaged_files_open_or_are_refused(movie, tmp_path_factory, capfd, cut, flips):
    path = tmp_path_factory.mktemp("d") / movie.name
    data = bytearray(movie.read_bytes())
    for where, value in flips:
        data[int(where**2 * len(data))] ^= value
    path.write_bytes(bytes(data[: int(cut * len(data))] if cut < 0.7 else data))
    with contextlib.suppress(LusguiError), open_video(path) as recording:
        assert recording.frame(recording.frame_count - 1).shape == recording.frame_shape
    assert capfd.readouterr().err == ""
