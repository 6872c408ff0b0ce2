from __future__ import annotations

from dataclasses import replace

import pytest

from lusgui.base.errors import LusguiError
from training.experiments.bridge_variants import (
    PLAIN,
    REFERENCE,
    check_only,
    is_wanted,
    variants_of,
    with_settings,
)


def _by_key(options):
    return {variant.key: variant for variant in variants_of("rib", options)}


def test_a_change_is_turned_around_where_the_reference_has_it(fakes):
    without, with_it = _by_key(fakes.options()), _by_key(fakes.options(fourier=0.3))
    assert without["fourier"].changes == {"fourier": 0.5}
    assert without["fourier"].title == "Fourier amplitude mixing added"
    assert with_it["fourier"].changes == {"fourier": 0.0}
    assert with_it["fourier"].title == "without Fourier amplitude mixing"


def test_every_variant_differs_from_the_reference_and_is_possible(fakes):
    for options in (fakes.options(), fakes.options(drawn="first", implanted=0)):
        first, *others = variants_of("rib", options)
        assert first.key == REFERENCE
        assert len({variant.key for variant in others}) == len(others)
        for variant in others:
            assert replace(options, **variant.changes) != options or variant.inference != PLAIN
    assert "gray" not in _by_key(fakes.options())
    assert "fewer-masks" not in _by_key(fakes.options(drawn="first"))


def test_what_is_wanted(fakes):
    assert is_wanted("rib", "fourier", ())
    for only in ("rib", "fourier", "rib/fourier"):
        assert is_wanted("rib", "fourier", (only,))
    assert not is_wanted("rib", "fourier", ("cerebellum", "rib/ema"))
    known = {"rib": variants_of("rib", fakes.options())}
    check_only(("rib", "rib/fourier", "ema"), known)
    with pytest.raises(LusguiError, match="cerebellum"):
        check_only(("cerebellum",), known)


def test_settings_are_read_as_what_they_were(fakes):
    options = with_settings(
        "rib", fakes.options(), ("rib.steps=9", "fourier=0.5", "cerebellum.side=64", "drawn=none")
    )
    assert options == fakes.options(steps=9, fourier=0.5, drawn="none")
    for text in ("rib.steps", "rib.steps=many", "rib.stepz=3", "nerve.steps=3"):
        with pytest.raises(LusguiError):
            with_settings("rib", fakes.options(), (text,))
