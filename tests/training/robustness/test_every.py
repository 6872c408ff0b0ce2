from __future__ import annotations

import pytest

from lusgui.base.errors import LusguiError
from training.robustness.every import EVERY, perturbations_for
from training.robustness.page import KINDS
from training.robustness.perturbation import PLAIN


def test_names_are_unique_and_plain_comes_first():
    names = [one.name for one in EVERY]
    assert len(set(names)) == len(names)
    assert names[0] == PLAIN
    assert {one.kind for one in EVERY} == set(KINDS)
    assert all(one.title for one in EVERY)


def test_a_rib_is_never_upside_down():
    assert "upside_down" not in [one.name for one in perturbations_for("rib")]
    assert "upside_down" in [one.name for one in perturbations_for("cerebellum")]


def test_some_only_with_plain():
    assert [one.name for one in perturbations_for("rib", ["noise"])] == [PLAIN, "noise"]
    with pytest.raises(LusguiError, match="no perturbation 'upside_down' for 'rib'"):
        perturbations_for("rib", ["upside_down"])
