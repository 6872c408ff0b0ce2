from lusgui.session.jobs import FinishReason, JobState, JobStatus


def test_finished_says_so():
    assert not JobStatus("a", "A").is_finished
    assert JobStatus("a", "A", state=JobState.FINISHED, reason=FinishReason.CANCELLED).is_finished
