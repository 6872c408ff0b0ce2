import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import UnreadableFileError
from training.dataset import Sample
from training.experiments import sets


def test_cysts_are_as_many_as_asked_and_have_a_digest_of_their_own():
    first, again, other = sets.cysts(3, 0, 32), sets.cysts(3, 0, 32), sets.cysts(3, 1, 32)
    assert [sample.frame.shape for sample in first.samples] == [(32, 32)] * 3
    assert first.digest == again.digest != other.digest
    assert first.digest[:16] in str(first.facts())


def test_every_simulated_set_knows_its_label():
    for part in (sets.salient(2, 0, 32), sets.simulated_heads(2, 0, 64), sets.lungs(2, 0)):
        assert all(part.label in sample.masks for sample in part.samples)


def test_ribs_come_with_the_program(tmp_path):
    part = sets.ribs(tmp_path)
    assert len(part.samples) > 80
    assert {"g_vir1", "g_vir2", "g_reg"} <= {sample.group for sample in part.samples}


def test_shrinking_averages_and_keeps_the_place():
    frame = np.zeros((40, 80), np.uint8)
    frame[:, 40:] = 200
    sample = Sample("a", "g", frame, {"x": frame > 0}, spacing_mm=(0.1, 0.2))
    small = sets.shrink(sample, 20)
    assert small.frame.shape == (10, 20)
    assert small.frame.dtype == np.uint8
    assert (small.frame[:, 10:] == 200).all()
    assert not small.frame[:, :10].any()
    assert (small.masks["x"] == (small.frame > 0)).all()
    assert small.spacing_mm == pytest.approx((0.4, 0.8))
    assert sets.shrink(sample, 80) is sample


def test_joined_sets_share_one_foreground():
    joined = sets.joined("both", "foreground", [sets.cysts(2, 0, 32), sets.salient(2, 0, 32)], "two")
    assert [set(sample.masks) for sample in joined.samples] == [{"foreground"}] * 4
    assert len({sample.group for sample in joined.samples}) == 4


def test_limb_masks_are_any_colour(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / "usgra" / name).mkdir(parents=True)
    Image.fromarray(np.full((20, 30), 90, np.uint8)).save(tmp_path / "usgra" / "images" / "0000.png")
    mask = np.zeros((20, 30, 3), np.uint8)
    mask[:5, :, 0] = 128
    mask[15:, :, 1] = 128
    Image.fromarray(mask).save(tmp_path / "usgra" / "masks" / "0000.png")
    part = sets.nerves(tmp_path, 64)
    assert part.samples[0].masks[part.label].sum() == 10 * 30


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(UnreadableFileError, match="usgra"):
        sets.nerves(tmp_path, 64)
    with pytest.raises(UnreadableFileError, match="cerebellum"):
        sets.cerebella(tmp_path, 64)
