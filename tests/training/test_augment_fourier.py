from __future__ import annotations

import torch

from training.augment_fourier import mix_amplitudes


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


def _smooth(seed, n=3):
    noise = torch.rand((n, 1, 6, 6), generator=_generator(seed))
    return torch.nn.functional.interpolate(noise, (64, 48), mode="bicubic").clamp(0, 1)


def test_nothing_changes_without_a_chance():
    images = _smooth(0)
    donors = (_smooth(1) * 255).to(torch.uint8)
    assert torch.equal(mix_amplitudes(images, donors, _generator(), 0.0), images)


def test_a_frame_is_its_own_donor():
    images = (_smooth(0, 1) * 255).to(torch.uint8)
    mixed = mix_amplitudes(images.float() / 255, images, _generator(), 1.0)
    assert torch.allclose(mixed, images.float() / 255, atol=1e-5)


def test_the_mean_stays_and_the_look_changes():
    images = 0.3 + 0.4 * _smooth(0)
    donors = (_smooth(1, 5) * 255).to(torch.uint8)[:, :, ::2, ::2]
    mixed = mix_amplitudes(images, donors, _generator(), 1.0)
    assert mixed.shape == images.shape
    assert mixed.min() >= 0
    assert mixed.max() <= 1
    assert torch.allclose(mixed.mean((2, 3)), images.mean((2, 3)), atol=0.02)
    assert (mixed - images).abs().mean() > 1e-3


def test_the_anatomy_stays():
    images = 0.3 + 0.4 * _smooth(0)
    images[:, :, 30:32] += 0.2  # a thin line is made of high frequencies
    donors = (_smooth(1, 5) * 255).to(torch.uint8)
    mixed = mix_amplitudes(images, donors, _generator(), 1.0)
    line = mixed[:, :, 30:32].mean((2, 3)) - mixed[:, :, 24:28].mean((2, 3))
    before = images[:, :, 30:32].mean((2, 3)) - images[:, :, 24:28].mean((2, 3))
    assert torch.all(line > 0.5 * before)


def test_it_is_a_function_of_the_generator():
    images = _smooth(0)
    donors = (_smooth(1, 5) * 255).to(torch.uint8)
    first = mix_amplitudes(images, donors, _generator(3), 0.5)
    assert torch.equal(first, mix_amplitudes(images, donors, _generator(3), 0.5))
