from __future__ import annotations

import numpy as np
import pytest
import scipy.io as sio

from lusgui.io.companion import find_companion, is_setup_only
from lusgui.io.matfile import open_matfile
from lusgui.io.open import find_recordings


def setup(size=(64, 48), step=0.5):
    return {
        "PData": {"PDelta": [[1.0, 0.0, step]], "Size": [[float(size[0]), float(size[1]), 1.0]]},
        "Trans": {"frequency": 5.0},
        "Resource": {"Parameters": {"speedOfSound": 1500.0}},
    }


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "scan_7.mat"
    sio.savemat(path, {"ImgData": np.random.default_rng(0).rayleigh(900, (64, 48, 1, 2))})
    return path


def test_the_setup_beside_the_data(data):
    sio.savemat(data.with_name("setup.mat"), setup())
    assert is_setup_only(data.with_name("setup.mat"))
    assert not is_setup_only(data)
    with open_matfile(data) as recording:
        assert recording.spacing_mm == pytest.approx((0.15, 0.3))
        assert any("setup.mat" in warning for warning in recording.warnings)
    assert find_recordings([data.parent]) == [data]


def test_nothing_is_assumed_without_one(data):
    with open_matfile(data) as recording:
        assert recording.spacing_mm is None
        assert any("spacing is not known" in warning for warning in recording.warnings)


def test_a_setup_for_another_grid_is_passed_over(data):
    sio.savemat(data.with_name("setup.mat"), setup((100, 100)))
    assert find_companion(data, (64, 48)) is None


def test_a_recording_of_its_own_is_no_companion(data):
    sio.savemat(data.with_name("scan_8.mat"), {**setup(), "ImgData": np.ones((64, 48))})
    assert find_companion(data, (64, 48)) is None


def test_setups_that_disagree(data):
    sio.savemat(data.with_name("a_setup.mat"), setup(step=0.5))
    sio.savemat(data.with_name("b_setup.mat"), setup(step=0.25))
    assert find_companion(data, (64, 48)) is None
    sio.savemat(data.with_name("scan_7_setup.mat"), setup(step=1.0))
    assert find_companion(data, (64, 48))[1].spacing_mm == pytest.approx((0.3, 0.3))


def test_damaged_neighbours_do_no_harm(data):
    data.with_name("setup.mat").write_bytes(b"MATLAB 5.0".ljust(126) + b"IM" + b"\xff" * 99)
    with open_matfile(data) as recording:
        assert recording.spacing_mm is None
