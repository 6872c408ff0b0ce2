"""A wheel built from the tree, installed elsewhere, starts and finds its resources."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    wheel = next(folder.glob("lusgui-*.whl"))
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return wheel, site


def _run(site, *words):
    environment = os.environ | {"PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "lusgui", *words],
        cwd=site.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_wheel_finds_its_own_resources(installed):
    _, site = installed
    code = (
        "import lusgui; from lusgui.base.paths import resources_dir;"
        " print(lusgui.__file__); print(resources_dir())"
    )
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=site.parent,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(line.startswith(str(site)) for line in outcome.stdout.splitlines())


def test_wheel_opens_its_sample(installed):
    _, site = installed
    sample = site / "lusgui" / "resources" / "samples" / "lung_linear_v5.mat"
    outcome = _run(site, "info", str(sample), "--json")
    assert outcome.returncode == 0, outcome.stderr
    assert '"rows": 960' in outcome.stdout


def test_wheel_holds_both_packages_and_no_tests(installed):
    wheel, _ = installed
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {"lusgui", "training"} <= tops
    assert "tests" not in tops
    assert any(name.startswith("lusgui/resources/weights/") for name in names)
