from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import UnreadableFileError
from training.dataset import Sample
from training.simulate.implant_hosts import WITH_BONE, content, limb_hosts, ribless

EMPTY = np.zeros((120, 120), np.bool_)


def sample(name: str, frame: np.ndarray | None = None, **masks: np.ndarray) -> Sample:
    return Sample(name, name, np.full((120, 120), 90, np.uint8) if frame is None else frame, masks)


def test_frames_with_a_rib_or_with_bone_or_too_small_are_no_hosts():
    drawn = EMPTY.copy()
    drawn[50:54, 20:80] = True
    bony = min(WITH_BONE)
    samples = [
        sample("free", rib=EMPTY),
        sample("rib", rib=drawn),
        sample("unasked"),
        sample(bony, vessel=drawn),
        sample("0002", nerve=drawn),
        sample("small", np.full((60, 60), 90, np.uint8), rib=EMPTY[:60, :60]),
        sample(bony, rib=EMPTY),  # another set, in which somebody looked
    ]
    assert [host.name for host in ribless(samples)] == ["free", "unasked", "0002", bony]


def test_margins_are_no_content():
    frame = np.zeros((200, 200), np.uint8)
    frame[20:150, 30:160] = 80
    assert content(sample("x", frame)).shape == (130, 130)


def test_limb_frames_are_read_without_those_that_show_bone(tmp_path):
    (tmp_path / "images").mkdir()
    for stem in ("0002", min(WITH_BONE)):
        Image.fromarray(np.full((100, 110), 70, np.uint8)).save(tmp_path / "images" / f"{stem}.png")
    (host,) = limb_hosts(tmp_path)
    assert host.name == "0002"
    assert host.masks["rib"].shape == (100, 110)
    assert not host.masks["rib"].any()


def test_a_folder_without_limb_frames_is_said(tmp_path):
    with pytest.raises(UnreadableFileError, match="no limb frames"):
        limb_hosts(tmp_path)


def test_stems_with_bone_are_those_of_files():
    assert all(len(stem) == 4 and stem.isdecimal() for stem in WITH_BONE)
    assert 50 < len(WITH_BONE) < 172
