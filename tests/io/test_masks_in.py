"""Export then import gives the same bits back, in every format; what does not fit is said."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from lusgui.base.errors import LusguiError
from lusgui.core.annotation import Status
from lusgui.core.label import DEFAULT_LABELS
from lusgui.io.export.masks import write_masks
from lusgui.io.masks_in import Target, preview_pairing, read_mask, read_masks, stated_statuses

MASKS = np.random.default_rng(3).random((5, 30, 9)) > 0.7
CLIP = Target("clip", (5, 30, 9), (3, 4, 5, 1, 2))
OTHER = Target("clip 2", (5, 30, 9))


def write(folder, formats, **options):
    options |= {"frame_numbers": CLIP.frame_numbers, "status": Status.EDITED}
    return write_masks("clip", "rib", MASKS, folder, formats, **options)


@pytest.mark.parametrize(
    ("formats", "options"),
    [(("tiff",), {}), (("png",), {}), (("mat",), {}), (("mat",), {"mat_version": "7.3"})],
)
def test_export_then_import_is_bit_identical(tmp_path, formats, options):
    write(tmp_path, formats, **options)
    pairings = preview_pairing([tmp_path], [OTHER, CLIP], DEFAULT_LABELS)
    assert [pairing.problem for pairing in pairings] == [None] * len(pairings)
    assert {pairing.recording for pairing in pairings} == {"clip"}
    planes = read_masks(pairings)
    assert sorted(planes) == [(1, frame, "rib") for frame in range(5)]
    for (_, frame, _), mask in planes.items():
        assert mask.dtype == np.bool_
        np.testing.assert_array_equal(mask, MASKS[frame])
    if formats != ("png",):
        assert set(stated_statuses(pairings).values()) == {Status.EDITED}


def test_where_nobody_looked_nothing_is_imported(tmp_path):
    empty = np.zeros((5, 30, 9), bool)
    write_masks("clip", "rib", empty, tmp_path, ("mat",))
    assert read_masks(preview_pairing([tmp_path], [CLIP], DEFAULT_LABELS)) == {}
    write_masks("clip", "rib", empty, tmp_path, ("mat",), overwrite=True, status=Status.NOTHING_HERE)
    pairings = preview_pairing([tmp_path], [CLIP], DEFAULT_LABELS)
    assert len(read_masks(pairings)) == 5
    assert set(stated_statuses(pairings).values()) == {Status.NOTHING_HERE}


def test_a_matlab_mask_as_people_save_it(tmp_path):
    path = tmp_path / "clip.mat"
    savemat(path, {"mask": np.moveaxis(MASKS, 0, 2).astype(np.uint8)})
    (pairing,) = preview_pairing([path], [CLIP], DEFAULT_LABELS, "rib")
    assert pairing.problem is None
    assert (pairing.recording_index, pairing.frames, pairing.label) == (0, (0, 1, 2, 3, 4), "rib")
    np.testing.assert_array_equal(read_mask(path), MASKS)
    (pairing,) = preview_pairing([path], [CLIP], DEFAULT_LABELS)
    assert "Say it" in pairing.problem


def test_other_shapes_are_reported_and_never_resized(tmp_path):
    path = tmp_path / "clip_rib.png"
    Image.fromarray(MASKS[0].T.astype(np.uint8)).save(path)
    (pairing,) = preview_pairing([path], [CLIP], DEFAULT_LABELS)
    assert "turned by 90 degrees" in pairing.problem
    assert read_masks([pairing]) == {}


def test_label_maps_ask_for_a_name_a_value(tmp_path):
    path = tmp_path / "clip_00002.png"
    Image.fromarray(np.array([[0, 1, 2] * 3] * 30, np.uint8)).save(path)
    pairings = preview_pairing([path], [CLIP], DEFAULT_LABELS, {"1": "rib", "2": "cerebellum"})
    assert [(one.label, one.frames, one.problem) for one in pairings] == [
        ("rib", (1,), None),
        ("cerebellum", (1,), None),
    ]
    planes = read_masks(pairings)
    assert planes[0, 1, "cerebellum"].sum() == 90
    assert all(one.problem for one in preview_pairing([path], [CLIP], DEFAULT_LABELS, "rib"))
    with pytest.raises(LusguiError, match="several structures"):
        read_mask(path)


def test_which_frames_is_never_guessed(tmp_path):
    path = tmp_path / "clip_rib.mat"
    savemat(path, {"mask_rib": np.moveaxis(MASKS[:3], 0, 2)})
    (pairing,) = preview_pairing([path], [CLIP], DEFAULT_LABELS)
    assert "does not say which" in pairing.problem
    savemat(path, {"mask_rib": np.moveaxis(MASKS[:3], 0, 2), "frames": [1, 2, 3]})
    (pairing,) = preview_pairing([path], [CLIP], DEFAULT_LABELS)
    assert pairing.frames == (3, 4, 0)
    savemat(path, {"mask_rib": np.moveaxis(MASKS[:3], 0, 2), "frames": [1, 2, 9]})
    (pairing,) = preview_pairing([path], [CLIP], DEFAULT_LABELS)
    assert "frame 9" in pairing.problem


def test_two_masks_for_one_plane_and_strangers(tmp_path):
    write(tmp_path, ("tiff", "mat"))
    pairings = preview_pairing([tmp_path], [CLIP], DEFAULT_LABELS)
    assert [one.problem is None for one in pairings] == [True, False]
    assert "already" in pairings[1].problem
    (tmp_path / "notes.json").write_text("[1, 2")
    (pairing,) = preview_pairing([tmp_path / "notes.json"], [CLIP], DEFAULT_LABELS)
    assert "notes.json" in pairing.problem
    stranger = Target("someone", (7, 30, 9))
    pairings = preview_pairing([tmp_path / "clip_rib.tif"], [stranger, OTHER], DEFAULT_LABELS)
    assert pairings[0].problem is not None
