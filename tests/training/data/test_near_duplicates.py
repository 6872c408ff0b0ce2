from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from training.data.near_duplicates import (
    BITS,
    DEFAULT_DISTANCE,
    find,
    groups_by_likeness,
    hashes,
    pairs_within,
    perceptual_hash,
    warn_of_leaks,
)
from training.data.splits import Fold
from training.dataset import Sample
from training.simulate.lung import simulate_samples


@pytest.fixture(scope="module")
def lungs():
    return simulate_samples(8, seed=3)


def as_samples(*frames):
    return [Sample(f"f{i}", f"g{i}", frame) for i, frame in enumerate(frames)]


def jpeg(frame):
    stream = io.BytesIO()
    Image.fromarray(frame).save(stream, "JPEG", quality=40)
    return np.asarray(Image.open(stream))


def rescaled(frame):
    image = Image.fromarray(frame)
    return np.asarray(
        image.resize((int(image.width * 0.6), int(image.height * 0.8)), Image.Resampling.BILINEAR)
    )


VARIANTS = {
    "the same": lambda frame: frame.copy(),
    "brighter": lambda frame: np.clip(frame * 1.1 + 5, 0, 255).astype(np.uint8),
    "darker": lambda frame: (frame * 0.5).astype(np.uint8),
    "gamma": lambda frame: ((frame / 255.0) ** 0.7 * 255).astype(np.uint8),
    "jpeg": jpeg,
    "rescaled": rescaled,
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_variant_is_found(lungs, variant, is_mirrored):
    for sample in lungs[:4]:
        other = VARIANTS[variant](sample.frame)
        (pair,) = find(as_samples(sample.frame, other[:, ::-1] if is_mirrored else other))
        assert (pair.first, pair.second) == (0, 1)
        assert pair.mirrored == is_mirrored


def test_different_frames_stay_apart(lungs):
    assert find(lungs) == []
    assert find(lungs, distance=BITS)  # the limit is what keeps them apart


def test_an_exact_copy_has_distance_zero_and_comes_first(lungs):
    frames = [lungs[0].frame, jpeg(lungs[0].frame), lungs[1].frame, lungs[0].frame]
    pairs = find(as_samples(*frames))
    assert (pairs[0].first, pairs[0].second, pairs[0].distance) == (0, 3, 0)
    assert {(pair.first, pair.second) for pair in pairs} == {(0, 3), (0, 1), (1, 3)}


def test_the_hash_of_the_mirror_is_known_without_mirroring(lungs):
    plain, flipped = hashes(lungs)
    turned, _ = hashes([Sample(one.name, one.group, one.frame[:, ::-1]) for one in lungs])
    differing = np.bitwise_count(flipped ^ turned).sum(axis=1)
    assert differing.max() <= 2  # rounding of the numbers next to the median
    assert plain.shape == (8, 4)


def test_the_hash_ignores_size():
    frame = np.random.default_rng(0).random((128, 96))
    twice = np.kron(frame, np.ones((2, 2)))
    assert perceptual_hash(frame).shape == (BITS,)
    assert np.array_equal(perceptual_hash(frame), perceptual_hash(twice))


def test_a_picture_smaller_than_the_grid_has_a_hash():
    assert perceptual_hash(np.arange(30.0).reshape(5, 6)).shape == (BITS,)


def test_no_samples_no_pairs():
    assert find([]) == []
    assert pairs_within(*hashes([])) == []
    assert groups_by_likeness([]) == []


def test_likeness_is_handed_on(lungs):
    frames = [lungs[0].frame, lungs[1].frame, jpeg(lungs[0].frame), lungs[0].frame[:, ::-1]]
    first, second, third, fourth = groups_by_likeness(as_samples(*frames))
    assert first == third == fourth != second


def test_a_leak_is_said_with_an_example(lungs):
    samples = as_samples(lungs[0].frame, jpeg(lungs[0].frame), lungs[1].frame, lungs[2].frame)
    (said,) = warn_of_leaks([Fold((0, 2), (), (1, 3)), Fold((0, 1), (2,), (3,))], samples)
    assert said.startswith("Near duplicates stand apart in training and test: 1, 0 pairs")
    assert "'f0' is almost the same as 'f1'" in said
    assert warn_of_leaks([Fold((0, 1), (2,), (3,))], samples) == []


def test_the_limit_lies_between_what_was_measured():
    # On hc18 different patients are 54 bits apart or more, JPEG and gamma variants 30 or less.
    assert 30 < DEFAULT_DISTANCE < 54
