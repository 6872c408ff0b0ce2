import contextlib
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lusgui.base.errors import LusguiError, TooLargeError, UnsupportedFileError
from lusgui.core.recording import Intensity
from lusgui.io.images import open_image

GRAY = np.random.default_rng(0).integers(0, 256, (20, 13), dtype=np.uint8)


def write(path, image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("extension", ["png", "bmp", "tif"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA"])
def test_gray_in_any_colour_mode_is_exact(tmp_path, extension, mode):
    if (extension, mode) == ("bmp", "LA"):
        pytest.skip("BMP has no gray with alpha")
    path = write(tmp_path / f"a.{extension}", Image.fromarray(GRAY).convert(mode))
    with open_image(path) as recording:
        assert recording.shape == (1, 20, 13)
        assert recording.intensity is Intensity.DISPLAY
        assert recording.value_range == (0.0, 255.0)
        assert recording.spacing_mm is None
        np.testing.assert_array_equal(recording.frame(0), GRAY)


def test_content_decides_and_not_the_extension(tmp_path):
    path = write(tmp_path / "a.jpg", Image.fromarray(GRAY), format="PNG")
    with open_image(path) as recording:
        np.testing.assert_array_equal(recording.frame(0), GRAY)


def test_sixteen_and_one_bit(tmp_path):
    wide = GRAY.astype(np.uint16) * 10
    with open_image(write(tmp_path / "a.png", Image.fromarray(wide))) as recording:
        np.testing.assert_array_equal(recording.frame(0), wide)
        assert recording.value_range == (0.0, 4095.0)
    bits = Image.fromarray(GRAY > 99)
    with open_image(write(tmp_path / "b.png", bits)) as recording:
        np.testing.assert_array_equal(recording.frame(0), np.where(GRAY > 99, 255, 0))


def test_a_turned_photograph_is_put_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = write(tmp_path / "a.jpg", Image.fromarray(GRAY), exif=exif, quality=95)
    with open_image(path) as recording:
        assert recording.frame_shape == (13, 20)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_decompression_bomb_is_refused(tmp_path):
    for size in (12_000, 60_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0))
        body = chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
        path = tmp_path / "bomb.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body)
        with pytest.raises(TooLargeError, match=r"bomb\.png"):
            open_image(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "a.png"
    for content in (b"", b"hello", b"GIF89a" + bytes(50)):
        path.write_bytes(content)
        with pytest.raises(UnsupportedFileError, match=r"a\.png"):
            open_image(path)
    with pytest.raises(LusguiError):
        open_image(tmp_path / "none.png")
    with pytest.raises(LusguiError):
        open_image(tmp_path)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["PNG", "BMP", "JPEG", "TIFF", "LZW"]),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=8),
)
def test_damaged_files_open_or_are_refused(tmp_path_factory, capfd, kind, cut, flips):
    path = tmp_path_factory.mktemp("i") / "a.bin"
    options = {"format": "TIFF", "compression": "tiff_lzw"} if kind == "LZW" else {"format": kind}
    Image.fromarray(GRAY).save(path, **options)
    data = bytearray(path.read_bytes())
    for where, value in flips:
        data[int(where * len(data))] ^= value
    path.write_bytes(bytes(data[: int(cut * len(data))] if cut < 0.7 else data))
    with contextlib.suppress(LusguiError), open_image(path) as recording:
        for index in range(min(recording.frame_count, 3)):
            assert recording.frame(index).shape == recording.frame_shape
    assert capfd.readouterr().err == ""


def test_a_damaged_strip_of_a_packed_tiff_is_refused_without_a_word_on_stderr(tmp_path, capfd):
    path = tmp_path / "a.tif"
    Image.fromarray(GRAY).save(path, format="TIFF", compression="tiff_lzw")
    data = bytearray(path.read_bytes())
    data[int(0.78125 * len(data))] ^= 1
    path.write_bytes(bytes(data))
    with contextlib.suppress(LusguiError), open_image(path) as recording:
        recording.frame(0)
    assert capfd.readouterr().err == ""
