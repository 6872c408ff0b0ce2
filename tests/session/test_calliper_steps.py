from __future__ import annotations

from lusgui.session.calliper_steps import Step, title_of


def test_the_last_step_is_named_with_its_frame():
    steps = [Step("Distance", (1, 0), (), ()), Step("Calibrate", (1, 4), None, (0.1, 0.1), is_spacing=True)]
    assert title_of(steps) == "Calibrate, frame 5"
    assert title_of([]) == ""
