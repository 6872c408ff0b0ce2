from __future__ import annotations

import pytest

from lusgui.base.errors import CancelledError
from lusgui.core.progress import Progress, no_progress


def _count(progress: Progress):
    for index in range(5):
        progress(index, 5, "counting")


def test_silence_never_stops_work():
    _count(no_progress)


def test_a_progress_function_stops_work():
    def stop_at_two(done, total, text=""):
        if done == 2:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        _count(stop_at_two)
