"""One writer a study: a lock the system frees at death, and on network folders a lease that is renewed."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import secrets
import socket
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lusgui.base.errors import StudyLockedError, StudyReadOnlyError
from lusgui.base.filesystems import is_process_alive, try_lock

if TYPE_CHECKING:
    from pathlib import Path

RENEW_SECONDS = 15.0
STALE_SECONDS = 120.0
"""A lease not renewed for this long was left behind by a machine that died or lost the network."""

_MAX_LEASE_BYTES = 4096


@dataclass(frozen=True)
class Holder:
    """Who has a study open for writing."""

    host: str
    pid: int
    user: str
    since: str
    token: str

    @property
    def sentence(self) -> str:
        """The holder in words."""
        where = "on this computer" if self.host == socket.gethostname() else f"on {self.host}"
        return f"{self.user or 'somebody'} has it open {where} since {self.since[11:16]} UTC"


def _me() -> Holder:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in some containers
        user = ""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return Holder(socket.gethostname(), os.getpid(), user, since, secrets.token_hex(8))


def lock_path(study: Path) -> Path:
    """Return where the lock of a study lies."""
    return study.with_name(f".{study.name}.lock")


def read_holder(path: Path) -> Holder | None:
    """Return who wrote a lock file, or None when that cannot be read."""
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_MAX_LEASE_BYTES))
        return Holder(
            str(values["host"])[:80],
            int(values["pid"]),
            str(values["user"])[:80],
            str(values["since"])[:40],
            str(values["token"])[:40],
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


class StudyLock:
    """Holds a study for writing, until `release` or death.

    Parameters
    ----------
    study : Path
        The study file.
    is_network : bool
        Whether the folder is on a network disk, where only a renewed lease is trusted.

    Raises
    ------
    StudyLockedError
        If somebody else holds it; the message says who.
    StudyReadOnlyError
        If nothing may be written into the folder.
    """

    def __init__(self, study: Path, *, is_network: bool) -> None:
        self._study = study
        self._path = lock_path(study)
        self._me = _me()
        self._descriptor: int | None = None
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None
        try:
            if is_network:
                self._take_lease()
            else:
                self._take_lock()
        except OSError as error:
            raise StudyReadOnlyError(
                f"nothing can be written into its folder ({error.strerror or error})",
                path=study,
                remedy="Save a copy in another folder to draw",
            ) from error

    def _refuse(self) -> StudyLockedError:
        holder = read_holder(self._path)
        who = holder.sentence if holder else "another program has it open"
        return StudyLockedError(who, path=self._study, remedy="It can be looked at, or saved as a copy")

    def _take_lock(self) -> None:
        for _attempt in range(5):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
            if not try_lock(descriptor):
                os.close(descriptor)
                raise self._refuse()
            if self._is_in_place(descriptor):
                self._descriptor = descriptor
                try:
                    os.ftruncate(descriptor, 0)
                    os.lseek(descriptor, 0, os.SEEK_SET)
                    os.write(descriptor, self._text())
                except OSError:  # a full disk: nothing of ours stays behind
                    self.release()
                    raise
                return
            os.close(descriptor)
        raise self._refuse()

    def _is_in_place(self, descriptor: int) -> bool:
        """Return whether the locked file still has its name: its last holder may just have removed it."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def _text(self) -> bytes:
        return json.dumps(asdict(self._me)).encode()

    def _take_lease(self) -> None:
        for _attempt in range(3):
            if self._create_lease():
                self._stop = threading.Event()
                self._thread = threading.Thread(
                    target=self._renew, args=(self._stop,), name="lusgui study lease", daemon=True
                )
                self._thread.start()
                return
            if not self._remove_stale():
                raise self._refuse()
        raise self._refuse()

    def _create_lease(self) -> bool:
        """Write the whole lease beside, then link it into place: it appears complete or not at all."""
        draft = self._path.with_name(f"{self._path.name}.{self._me.token}")
        draft.write_bytes(self._text())
        try:
            os.link(draft, self._path)
        except FileExistsError:
            return False
        except OSError:  # a disk without hard links: creating exclusively is the next best
            try:
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                return False
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._text())
                file.flush()
                os.fsync(file.fileno())
        finally:
            draft.unlink(missing_ok=True)
        return True

    def _remove_stale(self) -> bool:
        """Clear away a lease that its holder no longer renews; false if it is alive."""
        holder = read_holder(self._path)
        is_dead_here = (
            holder is not None and holder.host == self._me.host and not is_process_alive(holder.pid)
        )
        try:
            if not is_dead_here and self._age_seconds() < STALE_SECONDS:
                return False
            aside = self._path.with_name(f"{self._path.name}.stale-{self._me.token}")
            self._path.replace(aside)
        except FileNotFoundError:
            return True  # given back or cleared by another opener in the meantime
        moved = read_holder(aside)
        if moved is not None and holder is not None and moved.token != holder.token:
            # another opener was quicker, and what was moved is its fresh lease
            with contextlib.suppress(OSError):
                os.link(aside, self._path)
            aside.unlink(missing_ok=True)
            return False
        aside.unlink(missing_ok=True)
        return True

    def _age_seconds(self) -> float:
        """Return the age of the lease by the clock of the disk's own machine, which stamps both files."""
        probe = self._path.with_name(f"{self._path.name}.clock-{self._me.token}")
        try:
            probe.write_bytes(b"")
            return probe.stat().st_mtime - self._path.stat().st_mtime
        finally:
            probe.unlink(missing_ok=True)

    def _renew(self, stop: threading.Event) -> None:
        while not stop.wait(RENEW_SECONDS):
            with contextlib.suppress(OSError):  # a network that is away for a while comes back
                if self.is_held():
                    os.utime(self._path)

    def is_held(self) -> bool:
        """Return whether the study is still ours; a laptop that slept too long may have lost its lease."""
        if self._descriptor is not None:
            return True
        if self._thread is None:
            return False
        holder = read_holder(self._path)
        return holder is not None and holder.token == self._me.token

    def release(self) -> None:
        """Let others in; idempotent."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):  # Windows keeps open files; then it is left empty
                os.ftruncate(self._descriptor, 0)
                self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None
        if self._stop is not None and self._thread is not None:
            self._stop.set()
            self._thread.join()
            if self.is_held():
                with contextlib.suppress(OSError):
                    self._path.unlink(missing_ok=True)
            self._stop = self._thread = None
