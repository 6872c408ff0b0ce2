from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.data.boxes import Box
from training.data.digest import data_digest, sample_digest
from training.dataset import Sample


@pytest.fixture
def sample(frame, blob):
    return Sample("a", "g", frame(), {"rib": blob() > 0}, boxes={"rib": (Box(1, 2, 3, 4),)})


def test_the_same_data_have_the_same_digest(sample):
    copy = replace(sample, frame=np.asfortranarray(sample.frame), masks=dict(sample.masks))
    assert sample_digest(copy) == sample_digest(sample)
    swapped = sample.frame.astype(">u2")
    assert sample_digest(replace(sample, frame=swapped)) == sample_digest(
        replace(sample, frame=swapped.astype("<u2"))
    )
    assert len(data_digest([sample])) == 64


def test_any_change_changes_it(sample):
    mask = sample.masks["rib"].copy()
    mask[0, 0] = True
    frame = sample.frame.copy()
    frame[0, 0] ^= 1
    changes = [
        replace(sample, name="b"),
        replace(sample, group="h"),
        replace(sample, frame=frame),
        replace(sample, frame=sample.frame.astype(np.uint16)),
        replace(sample, masks={"rib": mask}),
        replace(sample, masks={"bone": sample.masks["rib"]}),
        replace(sample, masks={}),
        replace(sample, boxes={}),
        replace(sample, points={"rib": (1.0, 2.0)}),
        replace(sample, facts={"hc_mm": 3.0}),
        replace(sample, spacing_mm=(0.1, 0.1)),
    ]
    digests = {sample_digest(one) for one in [sample, *changes]}
    assert len(digests) == len(changes) + 1


def test_order_does_not_matter_but_number_does(sample):
    other = replace(sample, name="b")
    assert data_digest([sample, other]) == data_digest([other, sample])
    assert data_digest([sample, sample]) != data_digest([sample])
