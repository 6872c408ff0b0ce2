from __future__ import annotations

import pytest

from lusgui.base.errors import LearnError
from lusgui.core.learning.version import ModelVersion, VersionState

VERSION = ModelVersion(
    3,
    "rib",
    ("rib", "cerebellum"),
    "Rib 2",
    "rib-2.0-abc",
    "rib-1.0",
    VersionState.ACTIVE,
    "run-0003/candidate.safetensors",
    "a" * 64,
    "2026-01-01T00:00:00.000+00:00",
    3,
    {"frames": 5},
    {"gate": {"dice_after": 0.7, "dice_before": 0.5}},
)


def test_a_version_comes_back_as_it_was():
    assert ModelVersion.loads(VERSION.dumps()) == VERSION
    assert VERSION.is_active
    assert (VERSION.dice, VERSION.dice_before) == (0.7, 0.5)


def test_a_version_that_was_never_judged():
    bare = ModelVersion.from_json(VERSION.to_json() | {"scores": {"gate": None}})
    assert bare.dice is None
    assert ModelVersion.from_json(VERSION.to_json() | {"scores": {"gate": {"dice_after": True}}}).dice is None


@pytest.mark.parametrize(
    "changes",
    [
        {"label": "vermis"},
        {"path": "../x.safetensors"},
        {"sha256": "1"},
        {"state": "deleted"},
        {"key": ""},
        {"name": " "},
    ],
)
def test_versions_that_make_no_sense(changes):
    with pytest.raises(LearnError):
        ModelVersion.from_json(VERSION.to_json() | changes)
