"""The one place for what differs between operating systems while the program runs."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

CHILD_NICENESS = 5
"""By how much a background child begins behind its parent on POSIX; it may add to it."""


def has_display() -> bool:
    """Whether a window can be shown to a person here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def lower_priority() -> None:
    """Let every other process go first; a background worker calls this on itself."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import ctypes

            below_normal = 0x00004000
            ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), below_normal)
        else:
            os.nice(5)


def lower_priority_of_thread() -> None:
    """Let every other thread of this process go first; the thread calls this on itself.

    Where the system weighs only whole processes (macOS) nothing happens.
    """
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import ctypes

            below_normal = -1
            ctypes.windll.kernel32.SetThreadPriority(ctypes.windll.kernel32.GetCurrentThread(), below_normal)
        elif sys.platform == "linux":
            number = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, number, os.getpriority(os.PRIO_PROCESS, number) + 10)


def background_process_options() -> dict[str, Any]:
    """Return the options of `subprocess.Popen` for a process that works beside the window.

    It shows no console, stands in a process group of its own, so that Ctrl+C in a terminal reaches the parent
    alone, and stays in the parent's session: Linux weighs priorities only within one session (autogroups).
    """
    if sys.platform == "win32":
        below_normal, no_window, new_group = 0x00004000, 0x08000000, 0x00000200
        return {"creationflags": below_normal | no_window | new_group}
    return {"process_group": 0}


def lower_priority_of(pid: int) -> None:
    """Let every other process go before a child just started; Windows does it at the start."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, pid, own + CHILD_NICENESS)


def console_program(name: str) -> Path:
    """Return the console program of an application frozen into one folder: a window's has no output.

    Parameters
    ----------
    name : str
        Without the ending, e.g. ``lusgui-training``.
    """
    return Path(sys.executable).with_name(name + (".exe" if sys.platform == "win32" else ""))


def nvidia_driver_answers() -> bool:
    """Whether an NVIDIA driver is installed and sees a GPU, without importing torch."""
    if sys.platform == "darwin":
        return False
    try:
        answer = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "GPU" in answer.stdout


def reveal_in_file_manager(path: Path) -> list[str]:
    """Return the command that shows `path` in the system's file manager."""
    if sys.platform == "win32":
        return ["explorer", f"/select,{path}"]
    if sys.platform == "darwin":
        return ["open", "-R", str(path)]
    return ["xdg-open", str(path.parent)]
