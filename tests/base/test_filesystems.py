import os
import subprocess
import sys
from pathlib import Path

import pytest

from lusgui.base import filesystems
from lusgui.base.filesystems import (
    find_mount_kind,
    is_network_folder,
    is_network_kind,
    is_process_alive,
    try_lock,
)

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
//ward/share /mnt/ward\\040share cifs rw 0 0
/dev/sdb1 /home/me/local xfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data", "ext4"),
        ("/home/me", "nfs4"),
        ("/home/me/local/x", "xfs"),
        ("/home/me/localish", "nfs4"),
        ("/mnt/ward share/a", "cifs"),
        ("/", "ext4"),
    ],
)
def test_innermost_mount_counts(folder, kind):
    assert find_mount_kind(folder, filesystems._linux_mounts(MOUNTS)) == kind


def test_later_mount_on_the_same_point_counts():
    assert find_mount_kind("/a/b", [("/a", "nfs"), ("/a", "ext4")]) == "ext4"
    assert find_mount_kind("/a", []) == ""


def test_mac_mounts():
    text = "/dev/disk1 on / (apfs, local)\n//me@ward/share on /Volumes/my share (smbfs, nodev)\n"
    assert find_mount_kind("/Volumes/my share/a", filesystems._mac_mounts(text)) == "smbfs"


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "vboxsf"])
def test_network_kinds(kind):
    assert is_network_kind(kind)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "apfs", "overlay", "tmpfs", "fuseblk", "zfs", ""])
def test_local_kinds(kind):
    assert not is_network_kind(kind)


def test_this_machine_answers(tmp_path):
    assert is_network_folder(tmp_path) in (True, False)
    assert isinstance(is_network_folder(Path("/no/such/place")), bool)


def test_lock_is_exclusive(tmp_path):
    first = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    second = os.open(tmp_path / "lock", os.O_RDWR)
    assert try_lock(first)
    assert not try_lock(second)
    os.close(first)
    assert try_lock(second)
    os.close(second)


def test_alive_and_dead_processes():
    assert is_process_alive(os.getpid())
    other = subprocess.Popen([sys.executable, "-c", "pass"])
    other.wait()
    assert not is_process_alive(other.pid)
    assert not is_process_alive(0)
