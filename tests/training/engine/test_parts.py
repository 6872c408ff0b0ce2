from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch

from training.engine.parts import count, cut
from training.engine.settings import TrainingError


@dataclass(frozen=True)
class Boxed:
    images: torch.Tensor
    boxes: list
    weight: torch.Tensor | None = None


class Pair(NamedTuple):
    images: torch.Tensor
    masks: torch.Tensor


IMAGES = torch.arange(12).view(6, 2)


def test_tuples_mappings_and_dataclasses_are_cut():
    assert torch.equal(cut((IMAGES, IMAGES + 1), 1, 3)[1], IMAGES[1:3] + 1)
    assert torch.equal(cut({"a": IMAGES}, 4, 9)["a"], IMAGES[4:])
    boxed = cut(Boxed(IMAGES, list("abcdef")), 2, 4)
    assert torch.equal(boxed.images, IMAGES[2:4])
    assert boxed.boxes == ["c", "d"]
    assert boxed.weight is None
    pair = cut(Pair(IMAGES, IMAGES), 0, 2)
    assert isinstance(pair, Pair)
    assert len(pair.masks) == 2


def test_what_is_not_by_item_is_kept():
    assert cut((IMAGES, "sector", 3), 0, 1)[1:] == ("sector", 3)


def test_items_are_counted_by_the_first_tensor():
    assert count((IMAGES, torch.zeros(3))) == 6
    assert count(Boxed(IMAGES, [])) == 6
    assert count({"scale": torch.tensor(2.0), "images": IMAGES}) == 6
    with pytest.raises(TrainingError, match="no tensor"):
        count(("a", 3))
