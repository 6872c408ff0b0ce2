"""lusgui.ui.learning.words: what is counted, how a run goes and ends, what to do next."""

from __future__ import annotations

import pytest

from lusgui.core.learning.policy import Reviewed
from lusgui.core.learning.status import IDLE, FinishReason, LearnProblem, LearnStatus, RunState
from lusgui.core.learning.version import ModelVersion, VersionState
from lusgui.ui.learning import words
from lusgui.ui.learning.words import Tone


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (4.4, "4 s"),
        (38, "40 s"),
        (61, "1 min"),
        (179, "3 min"),
        (3600, "1 h"),
        (4260, "1 h 11 min"),
    ],
)
def test_a_length_of_time_as_people_say_it(seconds, told):
    assert words.duration(seconds) == told


def test_listed():
    assert words.listed([]) == ""
    assert words.listed(["rib"]) == "rib"
    assert words.listed(["rib", "shadow", "vermis"]) == "rib, shadow and vermis"


def test_what_was_counted():
    told = words.describe_counted(Reviewed(5, 2, 4, 1, points=3))
    assert told.headline == "5 reviewed frames"
    assert told.detail == "4 masks, 1 “nothing here” in 2 recordings, 3 points"
    assert words.describe_counted(Reviewed()).headline == "No reviewed frames yet"
    assert words.describe_counted(Reviewed(boxes=1)).detail == "1 box so far."


@pytest.mark.parametrize(
    ("positives", "recordings", "says"),
    [
        (0, 0, "Draw or accept rib"),
        (1, 1, "Draw one more"),
        (3, 1, "With 3 more"),
        (7, 1, "second recording"),
        (7, 2, "Every further mask"),
        (20, 2, "Fix what is wrong"),
    ],
)
def test_there_is_always_a_next_step(positives, recordings, says):
    assert says in words.next_step(Reviewed(positives, recordings, positives, 0), "rib")


def test_news():
    assert words.describe_news(Reviewed(5, 1, 5, 0, since_last_run=2), True) == "2 new since the last run"
    assert words.describe_news(Reviewed(5, 1, 5, 0), True) == "Nothing new since the last run"
    assert words.describe_news(Reviewed(5, 1, 5, 0, since_last_run=5), False) == ""


def test_a_run_that_goes():
    status = LearnStatus(1, ("rib",), RunState.RUNNING, None, "learning", 31, 50, eta_s=24, text="Learning")
    told = words.describe_run(status, "Rib")
    assert (told.headline, told.detail, told.tone) == (
        "Learning Rib 62%",
        "Learning · about 25 s left",
        Tone.BUSY,
    )
    assert words.describe_run(IDLE, "").headline == ""


@pytest.mark.parametrize("reason", FinishReason)
def test_every_end_is_told(reason):
    told = words.describe_run(LearnStatus(1, ("rib",), RunState.FINISHED, reason, seconds=31), "Rib")
    assert told.headline
    assert told.detail or reason.has_result
    bad = (FinishReason.FAILED, FinishReason.CRASHED, FinishReason.OUT_OF_MEMORY)
    assert (told.tone is Tone.BAD) == (reason in bad)


def test_a_problem_is_told_with_its_way_out():
    problem = LearnProblem("The run did not finish", "clip.mat: the file is gone.", "Find it.")
    status = LearnStatus(1, ("rib",), RunState.FINISHED, FinishReason.FAILED, problem=problem)
    told = words.describe_run(status, "Rib")
    assert told == words.Told("The run did not finish", "clip.mat: the file is gone. Find it.", Tone.BAD)


@pytest.mark.parametrize(
    ("before", "after", "headline", "tone"),
    [
        (0.71, 0.83, "+0.12", Tone.GOOD),
        (0.83, 0.80, "−0.03", Tone.BAD),
        (0.8, 0.803, "±0.00", Tone.PLAIN),
        (None, 0.6, "first model", Tone.GOOD),
        (0.5, None, "", Tone.PLAIN),
    ],
)
def test_gain(before, after, headline, tone):
    told = words.describe_gain(before, after)
    assert (told.headline, told.tone) == (headline, tone)


def version(state, before, after):
    return ModelVersion(
        1, "rib", ("rib",), "Rib 1", "k", "", state, "run-0001/candidate.safetensors", "a" * 64,
        "2026-11-21T14:20:00+00:00", scores={"gate": {"dice_before": before, "dice_after": after}},
        reason="Because.",
    )  # fmt: skip


def test_verdict():
    better = words.describe_verdict(version(VersionState.ACTIVE, 0.7, 0.8), "Rib")
    assert better == words.Told("A better model of Rib is in use", "Because.", Tone.GOOD)
    assert words.describe_verdict(version(VersionState.ACTIVE, 0.7, 0.7), "Rib").headline.startswith("A new")
    aside = words.describe_verdict(version(VersionState.CANDIDATE, 0.7, 0.6), "Rib")
    assert aside.tone is Tone.WARNING
    assert "kept aside" in aside.headline
    assert "Put aside" in words.describe_verdict(version(VersionState.RETIRED, 0.7, 0.6), "Rib").headline


def test_small_figures():
    assert (words.dice_text(None), words.dice_text(0.8333)) == ("–", "0.83")
    assert (words.memory_text(None), words.memory_text(850.4), words.memory_text(1434)) == (
        "–",
        "850 MB",
        "1.4 GB",
    )


def test_points_alone_are_not_told_to_be_nothing():
    told = words.next_step(Reviewed(points=6), "rib")
    assert "where rib is" in told
    assert "for its outline" in told
