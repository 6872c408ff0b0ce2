from __future__ import annotations

import numpy as np
import pytest
import scipy.io as sio
from PIL import Image

from lusgui.core.intensity import measure_mapping
from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.io.frame_folder import open_frame_folder
from lusgui.io.open import open_recording
from lusgui.io.polarity import INVERTED_KEY
from lusgui.io.recipes import save_folder_recipe


def scan():
    random = np.random.default_rng(0)
    gray = np.zeros((120, 100), np.uint8)
    gray[20:-20, 20:-20] = random.integers(20, 140, (80, 60))
    return gray


@pytest.fixture
def white(tmp_path):
    path = tmp_path / "white.png"
    Image.fromarray(255 - scan()).save(path)
    return path


def opener(path, recipe, progress):
    return open_recording(path, recipe=recipe, progress=progress)


def test_it_is_noticed_but_not_turned_by_itself(white):
    with open_recording(white) as recording:
        assert recording.extra[INVERTED_KEY] is True
        assert any("exchanged" in note for note in recording.warnings)
        np.testing.assert_array_equal(recording.frame(0), 255 - scan())


def test_the_person_says_so(white):
    with open_recording(white, recipe=Recipe("r", is_inverted=True)) as recording:
        np.testing.assert_array_equal(recording.frame(0), scan())
        assert recording.dtype == np.uint8
        assert INVERTED_KEY not in recording.extra
        assert not recording.warnings


def test_the_person_says_it_is_right(white):
    with open_recording(white, recipe=Recipe("r", is_inverted=False)) as recording:
        np.testing.assert_array_equal(recording.frame(0), 255 - scan())
        assert INVERTED_KEY not in recording.extra


def test_an_ordinary_picture_raises_no_question(tmp_path):
    Image.fromarray(scan()).save(tmp_path / "a.png")
    with open_recording(tmp_path / "a.png") as recording:
        assert INVERTED_KEY not in recording.extra
        assert not recording.warnings


def test_gray_on_another_range_is_turned_within_it(tmp_path):
    gray = scan() / 255 * 2 - 1
    sio.savemat(tmp_path / "a.mat", {"Img": -gray})
    with open_recording(tmp_path / "a.mat", recipe=Recipe("r", is_inverted=True)) as recording:
        assert recording.intensity is Intensity.DISPLAY
        shown = measure_mapping(recording).apply(recording.frame(0))
    np.testing.assert_allclose(shown, scan() / 255, atol=1e-6)


def test_amplitude_is_never_turned(tmp_path):
    sio.savemat(tmp_path / "a.mat", {"Img": scan().astype(float) * 1000})
    with open_recording(tmp_path / "a.mat", recipe=Recipe("r", is_inverted=True)) as recording:
        assert recording.intensity is Intensity.LINEAR
        np.testing.assert_array_equal(recording.frame(0), scan() * 1000.0)
        assert any("amplitudes" in note for note in recording.warnings)


def test_a_folder_is_turned_once(white):
    with open_frame_folder(white.parent, opener=opener) as recording:
        assert recording.extra[INVERTED_KEY] is True
    save_folder_recipe(Recipe("r", is_inverted=True), white.parent)
    with open_recording(white) as recording:
        np.testing.assert_array_equal(recording.frame(0), scan())
    recipe = Recipe("r", is_inverted=True)
    with open_frame_folder(white.parent, recipe, opener=opener) as recording:
        np.testing.assert_array_equal(recording.frame(0), scan())
        assert not recording.extra[INVERTED_KEY]


def test_one_white_frame_in_a_dark_clip_says_nothing(tmp_path):
    frames = [Image.fromarray(255 - scan()), *(Image.fromarray(scan()) for _ in range(3))]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    with open_recording(tmp_path / "a.tif") as recording:
        assert recording.frame_count == 4
        assert INVERTED_KEY not in recording.extra
