import pytest

from lusgui.base.errors import CancelledError, StudyError
from lusgui.session.signals import SessionSignals


def test_guard_reports_ours_swallows_cancel_and_lets_bugs_through():
    signals, told = SessionSignals(), []
    signals.problem_reported.connect(told.append)
    with signals.guarded("Nothing was done"):
        raise StudyError("it is damaged")
    with signals.guarded("Nothing was done"):
        raise CancelledError("stop")
    with pytest.raises(ZeroDivisionError), signals.guarded("Nothing was done"):
        raise ZeroDivisionError
    assert [problem.title for problem in told] == ["Nothing was done"]
