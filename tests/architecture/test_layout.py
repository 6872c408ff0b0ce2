"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for top in ("lusgui", "training", "installer")
    for path in (ROOT / top).rglob("*.py")
    if path.stat().st_size
)
LONGEST = 400


def _identify(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_identify)
def test_module_holds_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", SOURCES, ids=_identify)
def test_module_avoids_what_we_ban(path):
    source = path.read_text(encoding="utf-8")
    assert "processEvents" not in source, "an event loop inside an event loop"
    assert "allow_pickle=True" not in source
    assert "weights_only=False" not in source
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"eval", "exec"}
    if "installer" not in path.parts:
        assert "print" not in calls


def _folder_of_tests(path):
    parts = list(path.relative_to(ROOT).parts)
    return ROOT.joinpath("tests", *parts[1 if parts[0] == "lusgui" else 0 : -1])


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name not in ("__init__.py", "__main__.py")], ids=_identify
)
def test_module_is_tested_where_its_mirror_stands(path):
    folder = _folder_of_tests(path)
    if (folder / f"test_{path.name}").exists():
        return
    # a collaborator split off for length is tested through its facade; the test names it
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    tests = [file.read_text(encoding="utf-8") for file in folder.glob("test_*.py")]
    assert any(dotted in text for text in tests), f"no test in {folder.relative_to(ROOT)} is about {dotted}"


BLOCKER = """
import importlib, pkgutil, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError(f"{{name}} is blocked")
sys.meta_path.insert(0, Refuse())
for package in {packages!r}:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        importlib.import_module(found.name)
"""


@pytest.mark.parametrize(
    ("packages", "blocked"),
    [
        (("lusgui.base", "lusgui.core", "lusgui.io", "lusgui.session"), ("PySide6", "pyqtgraph", "torch")),
        (("lusgui.runtime", "lusgui.ui"), ("torch",)),
        (("lusgui.cli", "lusgui.nn"), ("PySide6", "pyqtgraph")),
    ],
)
def test_packages_import_without_what_they_must_not_need(packages, blocked):
    code = BLOCKER.format(packages=packages, blocked=set(blocked))
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_nothing_committed_names_a_place_of_ours():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    hosts = re.compile(r"/work/(main|shared)|pypi\.org/simple|files\.pythonhosted|deb\.debian\.org")
    text = {".py", ".md", ".toml", ".txt", ".json", ".yml", ".yaml", ".qss", ".csv", ""}
    guilty = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path == Path(__file__) or path.suffix not in text or not path.is_file():
            continue
        if hosts.search(path.read_text(encoding="utf-8", errors="replace")):
            guilty.append(name)
    assert not guilty
