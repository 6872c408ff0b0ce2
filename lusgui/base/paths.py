"""Where things lie: bundled resources, the person's own settings, logs and caches."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lusgui.base.errors import LusguiError

APP_NAME = "lusgui"


def resources_dir() -> Path:
    """Return the folder of bundled resources, in an installed wheel or in a source checkout.

    Raises
    ------
    LusguiError
        If neither place has them: the installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package / "resources", package.parent / "resources"):
        if (place / "weights").is_dir():
            return place
    raise LusguiError("the bundled resources are missing", path=package, remedy="Install lusgui again")


def _home(variable: str, unix: str) -> Path:
    override = os.environ.get("LUSGUI_HOME")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local")))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get(variable, str(Path.home() / unix)))
    return base / APP_NAME


def config_dir() -> Path:
    """Return the folder of settings and recipes (not created here). ``LUSGUI_HOME`` overrides it."""
    return _home("XDG_CONFIG_HOME", ".config")


def data_dir() -> Path:
    """Return the folder of the person's models and studies (not created here)."""
    return _home("XDG_DATA_HOME", ".local/share")


def log_dir() -> Path:
    """Return the folder of log files (not created here)."""
    return _home("XDG_STATE_HOME", ".local/state") / "logs"
