"""What the disk under a folder can and cannot do: network folders, and locks between processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NETWORK_KINDS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "ncpfs", "afs", "9p"}
    | {
        "vboxsf",
        "prl_fs",
        "virtiofs",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "gfs2",
        "ocfs2",
        "fuse",
    }
)
"""Kinds of file system on which two machines may meet, or on which shared memory between them fails."""

_LOCK_OFFSET = 1 << 30
"""Byte that Windows locks: beyond the text, so that others can still read who holds it."""


def is_network_folder(folder: Path) -> bool:
    """Return whether a folder lies on a network disk or on one shared with another machine.

    Unknown counts as local: SQLite's rollback journal is only needed where memory cannot be shared.
    """
    if sys.platform == "win32":
        return _is_windows_share(folder)
    return is_network_kind(_kind_of_mount(folder))


def is_network_kind(kind: str) -> bool:
    """Return whether the name of a file system, as the system lists it, is one of a network disk."""
    kind = kind.lower()
    return kind in _NETWORK_KINDS or kind.startswith(("fuse.", "nfs", "smb", "cifs"))


def find_mount_kind(folder: str, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the kind of the innermost mount that holds `folder`, empty if none does.

    Parameters
    ----------
    folder : str
        Absolute path with forward slashes.
    mounts : iterable of (mount point, kind)
        In the order of mounting: of two on the same point the later one counts.
    """
    best, kind = -1, ""
    for point, name in mounts:
        stem = point.rstrip("/")
        if (folder == stem or folder.startswith(stem + "/")) and len(stem) >= best:
            best, kind = len(stem), name
    return kind


def _kind_of_mount(folder: Path) -> str:
    try:
        absolute = str(folder.resolve())
        if sys.platform == "darwin":
            listed = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False)
            return find_mount_kind(absolute, _mac_mounts(listed.stdout))
        text = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except (OSError, subprocess.SubprocessError):
        return ""
    return find_mount_kind(absolute, _linux_mounts(text))


def _linux_mounts(text: str) -> list[tuple[str, str]]:
    """Parse ``/proc/self/mounts``: device, point, kind; blanks in names are written in octal."""
    mounts = []
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) >= 3:
            point = fields[1]
            for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
                point = point.replace(code, sign)
            mounts.append((point, fields[2]))
    return mounts


def _mac_mounts(text: str) -> list[tuple[str, str]]:
    """Parse the output of ``mount`` on macOS: ``//host/share on /Volumes/share (smbfs, nodev)``."""
    mounts = []
    for line in text.splitlines():
        _device, _on, rest = line.partition(" on ")
        point, _bracket, kinds = rest.rpartition(" (")
        if point:
            mounts.append((point, kinds.split(",")[0].rstrip(")")))
    return mounts


def _is_windows_share(folder: Path) -> bool:
    absolute = str(folder.absolute())
    if absolute.startswith("\\\\") and not absolute.startswith("\\\\?\\"):
        return True
    if sys.platform == "win32":
        import ctypes

        drive_remote = 4
        return bool(ctypes.windll.kernel32.GetDriveTypeW(folder.absolute().anchor) == drive_remote)
    return False


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process; the system lets go of it when the process dies, however it dies.

    Returns
    -------
    bool
        False when another process (or another handle of this one) holds it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _LOCK_OFFSET, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError, OSError):
        return False
    return True


def is_process_alive(pid: int) -> bool:
    """Return whether a process of this machine with that number runs; true where nobody can say."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        import ctypes

        query_limited, still_active = 0x1000, 259
        handle = ctypes.windll.kernel32.OpenProcess(query_limited, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        known = ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
        ctypes.windll.kernel32.CloseHandle(handle)
        return not known or code.value == still_active
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
