"""What holds for every test: own settings folder, one thread for numerics, nothing left running."""

from __future__ import annotations

import gc
import os
import threading

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

try:
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "lusgui",
        deadline=None,
        derandomize=bool(os.environ.get("CI")),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        database=None,
    )
    settings.load_profile("lusgui")
except ImportError:
    pass


def pytest_collection_finish():
    """Set aside what was imported: collections, and looks for what a test left behind, need not see it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """Keep settings, models and logs of the person who runs the tests out of them."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LUSGUI_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_process_left_behind():
    """Fail a test that leaves a child process running."""
    import psutil

    here = psutil.Process()
    before = {child.pid for child in here.children(recursive=True)}
    yield
    left = [child for child in here.children(recursive=True) if child.pid not in before]
    _, alive = psutil.wait_procs(left, timeout=3)
    names = [" ".join(child.cmdline()[:4]) for child in alive if child.status() != psutil.STATUS_ZOMBIE]
    # multiprocessing's own helpers live as long as the interpreter
    assert not [name for name in names if "resource_tracker" not in name and "forkserver" not in name], names


@pytest.fixture(autouse=True)
def no_thread_left_behind():
    """Fail a test that leaves a thread of ours running."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and not t.daemon]
    for thread in left:
        thread.join(timeout=3)
    assert not [t.name for t in left if t.is_alive()]
