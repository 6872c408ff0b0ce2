from __future__ import annotations

import pytest

from lusgui.base import paths
from lusgui.base.errors import LusguiError


def test_resources_are_found():
    assert (paths.resources_dir() / "weights").is_dir()


def test_missing_resources_are_said(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "lusgui" / "base" / "paths.py"))
    with pytest.raises(LusguiError, match="Install lusgui again"):
        paths.resources_dir()


@pytest.mark.parametrize(
    ("system", "variable", "value", "tail"),
    [
        ("linux", "XDG_CONFIG_HOME", "/c", "/c/lusgui"),
        ("darwin", "HOME", "/Users/x", "Application Support/lusgui"),
        ("win32", "LOCALAPPDATA", "L", "L/lusgui"),
    ],
)
def test_each_system_has_its_place(monkeypatch, system, variable, value, tail):
    monkeypatch.delenv("LUSGUI_HOME")
    monkeypatch.setattr(paths.sys, "platform", system)
    monkeypatch.setenv(variable, value)
    assert paths.config_dir().as_posix().endswith(tail)


def test_home_can_be_moved(own_home):
    assert {paths.config_dir(), paths.data_dir()} == {own_home}
    assert paths.log_dir().parent == own_home
