import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import CancelledError, NotAnImageError, UnsupportedFileError
from lusgui.io.frame_folder import natural_key, open_frame_folder
from lusgui.io.images import open_image

FRAMES = np.random.default_rng(0).integers(0, 256, (12, 9, 7), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    for k, frame in enumerate(FRAMES):
        Image.fromarray(frame).save(tmp_path / f"frame{k}.png")
    return tmp_path


def test_frames_come_in_the_order_of_their_numbers(folder):
    (folder / ".hidden.png").write_bytes(b"")
    Image.fromarray(FRAMES[0]).save(folder / "overview.bmp")
    with open_frame_folder(folder, opener=open_image) as recording:
        assert recording.shape == FRAMES.shape
        np.testing.assert_array_equal(np.stack(list(recording)), FRAMES)
        assert recording.extra["files"][10] == "frame10.png"
        assert recording.warnings == ("1 .bmp files in this folder were left out.",)
        assert recording.provenance.path == folder


def test_frames_that_differ_are_named(folder):
    Image.fromarray(FRAMES[0].T).save(folder / "frame5.png")
    with pytest.raises(UnsupportedFileError, match=r"frame5\.png.*size"):
        open_frame_folder(folder, opener=open_image)


def test_an_empty_folder_and_cancel(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotAnImageError):
        open_frame_folder(tmp_path / "empty", opener=open_image)

    def stop(done, total, text=""):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        open_frame_folder(folder, None, stop, opener=open_image)


def test_a_stack_is_a_recording_of_its_own(tmp_path):
    first, *others = [Image.fromarray(frame) for frame in FRAMES]
    first.save(tmp_path / "a.tif", save_all=True, append_images=others)
    with pytest.raises(UnsupportedFileError, match="12 frames"):
        open_frame_folder(tmp_path, opener=open_image)


def test_natural_order(tmp_path):
    names = ["a10", "a2", "b1", "a2b"]
    assert sorted(names, key=lambda name: natural_key(tmp_path / name)) == ["a2", "a2b", "a10", "b1"]
