import h5py
import numpy as np
import pytest
from scipy.io import savemat

from lusgui.base.errors import LusguiError, NotAnImageError
from lusgui.io.masks_mat import read_mat_masks

MASK = np.random.default_rng(0).random((12, 8, 3)) > 0.5


def test_logical_and_named_variables_and_their_labels(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"rib_mask": MASK.astype(np.uint8) * 255, "BW": MASK[:, :, 0], "Img": np.ones((12, 8)) * 3})
    groups = {group.part: group for group in read_mat_masks(path)}
    assert set(groups) == {"rib_mask", "BW"}
    assert groups["rib_mask"].label == "rib"
    assert groups["BW"].label is None
    np.testing.assert_array_equal(groups["rib_mask"].read(2), MASK[:, :, 2])


def test_four_axes_as_verasonics_saves(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"mask": MASK[:, :, None, :]})
    (group,) = read_mat_masks(path)
    assert group.shape == (3, 12, 8)


def test_plain_hdf5(tmp_path):
    path = tmp_path / "a.mat"
    with h5py.File(path, "w") as file:
        file["mask_rib"] = MASK.T.astype(np.uint8)
    (group,) = read_mat_masks(path)
    assert group.label == "rib"
    np.testing.assert_array_equal(group.read(1), MASK[:, :, 1])


def test_no_masks(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"x": 1.0, "name": "y"})
    with pytest.raises(NotAnImageError, match="no masks"):
        read_mat_masks(path)
    path.write_bytes(b"")
    with pytest.raises(LusguiError):
        read_mat_masks(path)
