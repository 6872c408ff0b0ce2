import numpy as np
import pytest
import tifffile
from PIL import Image

from lusgui.base.errors import LusguiError
from lusgui.io.tiff_stack import TiffSource, open_tiff

STACK = np.random.default_rng(0).integers(0, 256, (6, 20, 13), dtype=np.uint8)


def frames_of(path):
    with open_tiff(path) as recording:
        return np.stack(list(recording))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"metadata": None},
        {"imagej": True},
        {"imagej": True, "contiguous": True, "truncate": True},
        {"truncate": True},
        {"tile": (16, 16)},
        {"predictor": True, "compression": "zlib"},
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_layout_gives_the_same_frames(tmp_path, options, dtype):
    path = tmp_path / "a.tif"
    if options.get("predictor") and dtype is np.float32:
        pytest.skip("floating-point prediction needs a codec")
    options = {"photometric": "minisblack", **options}
    contiguous = options.pop("contiguous", None)
    tifffile.imwrite(path, STACK.astype(dtype), contiguous=contiguous, **options)
    found = frames_of(path)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, STACK)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_pages_written_by_pillow(tmp_path, compression):
    path = tmp_path / "a.tif"
    first, *others = [Image.fromarray(frame) for frame in STACK]
    first.save(path, save_all=True, append_images=others, compression=compression)
    np.testing.assert_array_equal(frames_of(path), STACK)


def test_colour_palette_inverted_and_bits(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.stack([STACK] * 3, axis=-1), photometric="rgb")
    np.testing.assert_array_equal(frames_of(path), STACK)
    tifffile.imwrite(path, np.stack([STACK] * 3, axis=1), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(frames_of(path), STACK)
    tifffile.imwrite(path, STACK, photometric="miniswhite")
    np.testing.assert_array_equal(frames_of(path), 255 - STACK)
    ramp = np.arange(255, -1, -1, dtype=np.uint16) * 257
    tifffile.imwrite(path, STACK, photometric="palette", colormap=np.stack([ramp] * 3))
    np.testing.assert_array_equal(frames_of(path), 255 - STACK)
    Image.fromarray(STACK[0] > 99).save(path)
    np.testing.assert_array_equal(frames_of(path)[0], np.where(STACK[0] > 99, 255, 0))


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("factor", [1, 257])
def test_white_is_zero_whatever_the_compression_and_the_bits(tmp_path, compression, factor):
    path = tmp_path / "a.tif"
    stored = STACK[0].astype(np.uint8 if factor == 1 else np.uint16) * factor
    Image.fromarray(stored).save(path, compression=compression)
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tiff.pages[0].tags["PhotometricInterpretation"].overwrite(0)
    np.testing.assert_array_equal(frames_of(path)[0], 255 * factor - stored)


def test_white_is_zero_for_floats_and_signed_numbers(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, (STACK / 255).astype(np.float32), photometric="miniswhite")
    np.testing.assert_allclose(frames_of(path), 1 - STACK / 255, atol=1e-6)
    tifffile.imwrite(path, STACK.astype(np.int16) * 128, photometric="miniswhite")
    with open_tiff(path) as recording:
        low, high = recording.value_range
        np.testing.assert_array_equal(recording.frame(0), low + high - STACK[0].astype(np.int16) * 128)


def test_stored_numbers_for_label_maps(tmp_path):
    path = tmp_path / "a.tif"
    ramp = np.arange(255, -1, -1, dtype=np.uint16) * 257
    tifffile.imwrite(path, STACK[0], photometric="palette", colormap=np.stack([ramp] * 3))
    source = TiffSource(path, as_stored=True)
    np.testing.assert_array_equal(source.read(0), STACK[0])
    source.close()
    source.close()
    with pytest.raises(LusguiError, match="closed"):
        source.read(0)


def test_pages_are_read_when_asked_for(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((400, 300, 300), np.uint8), photometric="minisblack")
    with open_tiff(path) as recording:
        assert recording.shape == (400, 300, 300)
        assert recording.frame(399).base is None or recording.frame(399).nbytes == 90_000


def test_complex_numbers_are_refused_without_a_warning(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", (STACK[0] + 1j).astype(np.complex64))
    with pytest.raises(LusguiError, match="complex"):
        open_tiff(tmp_path / "a.tif")


def test_opening_looks_at_few_pages_of_a_long_stack(tmp_path, monkeypatch):
    path = tmp_path / "long.tif"
    with tifffile.TiffWriter(path) as writer:
        for number in range(200):
            writer.write(np.full((4, 5), number, np.uint8), contiguous=False, metadata=None)
    read = []
    make = tifffile.TiffPage.__init__
    monkeypatch.setattr(
        tifffile.TiffPage, "__init__", lambda page, *a, **k: (read.append(1), make(page, *a, **k))[1]
    )
    with open_tiff(path) as recording:
        assert recording.frame_count == 200
        assert len(read) < 20
        assert recording.frame(150)[0, 0] == 150
