from __future__ import annotations

from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.click.question import ClickQuestion, FrameKey


def test_frames_are_told_apart_and_questions_are_what_was_put():
    assert FrameKey(1, 2) == FrameKey(1, 2, "off")
    assert len({FrameKey(1, 2), FrameKey(1, 3), FrameKey(2, 2), FrameKey(1, 2, "fast"), FrameKey(1, 2)}) == 4
    one = ClickQuestion(1, FrameKey(1, 2), ClickPrompt())
    assert (one.previous, one.is_preview) == (None, False)
    assert one != ClickQuestion(1, FrameKey(1, 2), ClickPrompt())  # a question is itself
