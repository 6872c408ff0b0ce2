from __future__ import annotations

import pytest

from training.report.notice import TINY_RUN, notices, tiny_run
from training.report.page import Report


def test_pages_of_tiny_runs_say_so_and_others_do_not():
    with tiny_run():
        assert TINY_RUN in Report("Title").html()
    assert TINY_RUN not in Report("Title").html()
    with tiny_run(False):
        assert TINY_RUN not in Report("Title").html()


def test_an_error_within_leaves_nothing_behind():
    with pytest.raises(KeyError), tiny_run():
        raise KeyError
    assert notices() == ()
