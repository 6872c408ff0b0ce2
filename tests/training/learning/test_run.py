import io
from types import SimpleNamespace

import numpy as np
import pytest
from job_maker import draw_clip, make_run, write_clip

from lusgui.base.errors import CancelledError, LearnError
from lusgui.core.annotation import Status
from lusgui.core.learning.changes import read_changes
from lusgui.core.learning.messages import Epoch, Started, parse_line
from lusgui.core.learning.status import FinishReason
from lusgui.io.learn_folder import CANDIDATE, file_sha256, read_result
from lusgui.nn.checkpoint import load_model, save_model
from training.learning import outcome, run
from training.learning.hold_out import Split
from training.learning.rivals import CARD_ENTRY
from training.learning.run import Run
from training.learning.wire import Wire


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setitem(run.MINUTES, "cpu", 1e-9)
    monkeypatch.setattr(run, "leave_a_core", lambda: 1)
    monkeypatch.setattr(outcome, "SUGGEST_S", 0.5)


class Ended(Wire):
    """A wire that hears a word when a message of a kind is sent for the nth time."""

    def __init__(self, kind=None, word=None, times=1):
        self.said = []
        super().__init__(io.BytesIO())
        self._kind, self._last, self._left = kind, word, times

    def send(self, message):
        super().send(message)
        self.said.append(message)
        if self._kind is not None and isinstance(message, self._kind):
            self._left -= 1
            if self._left == 0:
                self._word = self._last


@pytest.fixture
def job(tiny, tmp_path):
    def make(count=5, wire=None, statuses=None, folder="run-0001", **values):
        model = tiny()
        path = tmp_path / "base.safetensors"
        card = save_model(path, model.network, model.card, overwrite=True)
        clip, masks = draw_clip(12)
        clip_path = tmp_path / "clip.tiff"
        if not clip_path.exists():
            write_clip(clip_path, clip)
        reviewed = statuses or dict.fromkeys(range(count), Status.EDITED)
        given = {"base_path": str(path), "base_key": card.key, "device": "cpu", "threads": 1}
        given |= {"active_path": str(path), "active_key": card.key, "parent_key": card.key}
        made = make_run(tmp_path / folder, [(clip_path, masks, reviewed)], **(given | values))
        return Run(made, tmp_path / folder, wire or Ended())

    return make


def test_a_few_masks_are_left_out_in_turn_and_decide(job):
    one = job(3, suggest_from=((1, 8), (1, 9), (1, 10)), n_suggest=2)
    finished = one.go()
    assert finished.reason is FinishReason.COMPLETED
    result = read_result(one.folder)
    assert result.held_out_kind == "leave-one-out"
    assert result.held_out == ((1, 0), (1, 1), (1, 2))
    assert [row.frame for row in result.scores["disc"]] == [0, 1, 2]
    assert {row.frame for row in result.active_scores["disc"]} == {0, 1, 2}
    assert result.base_scores == result.active_scores
    assert result.gate["disc"].n == 3
    assert result.frames == 3
    assert result.sha256 == file_sha256(one.folder / CANDIDATE)
    assert len(result.suggestions) == 2
    assert result.curve[-1][2] is not None
    card = load_model(one.folder / CANDIDATE).card
    assert card.key == result.candidate_key
    assert card.parent == one.job.base_key
    assert len(card.scores[CARD_ENTRY]["left_out"]["disc"]) == 3
    kinds = [type(message).__name__ for message in one.wire.said]
    assert kinds.index("Started") < kinds.index("Epoch")
    assert {e.who for e in one.wire.said if isinstance(e, Epoch)} == {"base", "active", "candidate"}


def test_more_masks_are_kept_aside_and_never_learnt(job, monkeypatch):
    learnt = []
    plain = run.Tuner

    class Spy(plain):
        def __init__(self, base, samples, *args, **values):
            learnt.extend(sample.name for sample in samples)
            super().__init__(base, samples, *args, **values)

    monkeypatch.setattr(run, "Tuner", Spy)
    one = job(8)
    one.go()
    result = read_result(one.folder)
    assert result.held_out_kind == "blocks"
    held = {f"r{recording_id}_f{frame}" for recording_id, frame in result.held_out}
    assert len(held) == 2
    assert held.isdisjoint(learnt)
    assert result.frames == 6
    changes = read_changes(one.folder / "changes.npz")
    assert sum(change.is_held_out for change in changes) == 2
    assert len(changes) == 8


def test_frames_kept_earlier_are_kept_again(job):
    one = job(8, held_out=((1, 0), (1, 1)))
    one.go()
    assert read_result(one.folder).held_out == ((1, 0), (1, 1))


def test_one_mask_is_learnt_and_never_promoted(job):
    one = job(1, use_unreviewed=True)
    one.go()
    result = read_result(one.folder)
    assert "nobody reviewed" in result.notes[0]
    assert result.held_out_kind == "none"
    assert not result.gate["disc"].promotes
    assert result.candidate is not None


def test_a_new_label_has_no_rival(job, tiny, tmp_path):
    other = tiny(("other",))
    card = save_model(tmp_path / "other.safetensors", other.network, other.card)
    one = job(
        2, base_path=str(tmp_path / "other.safetensors"), base_key=card.key, active_path="", active_key=""
    )
    one.go()
    result = read_result(one.folder)
    assert (result.active_scores, result.base_scores) == ({}, {})
    assert load_model(one.folder / CANDIDATE).card.labels == ("disc",)


def test_a_version_is_judged_on_frames_it_learnt_as_when_they_were_left_out(job):
    first = job(3)
    first.go()
    rows = {row.key: row for row in read_result(first.folder).scores["disc"]}
    path = first.folder / CANDIDATE
    second = job(4, folder="run-0002", active_path=str(path), active_key=load_model(path).card.key)
    second.go()
    active = {row.key: row for row in read_result(second.folder).active_scores["disc"]}
    assert len(active) == 4
    assert all(active[key].dice == pytest.approx(row.dice) for key, row in rows.items())


def test_stop_keeps_what_was_learnt(job):
    one = job(3, wire=Ended(Epoch, b"stop\n", times=3))
    assert one.go().reason is FinishReason.STOPPED_AND_KEPT
    result = read_result(one.folder)
    assert result.reason is FinishReason.STOPPED_AND_KEPT
    assert result.candidate == CANDIDATE
    assert result.suggestions == ()


def test_stop_at_once_leaves_nothing(job):
    one = job(3, wire=Ended(Started, b"stop\n"))
    finished = one.go()
    assert (finished.reason, finished.result) == (FinishReason.STOPPED_AND_KEPT, None)


@pytest.mark.parametrize("word", [b"cancel\n", b""])
def test_cancelled_or_left_alone_it_leaves_no_result(job, word):
    one = job(8, wire=Ended(Epoch, word, times=4))
    with pytest.raises(CancelledError):
        one.go()
    assert read_result(one.folder) is None
    assert (one.folder / "state" / "course.pt").is_file()


def test_a_run_left_alone_goes_on(job):
    first = job(8, wire=Ended(Epoch, b"", times=4))
    with pytest.raises(CancelledError):
        first.go()
    second = job(8)
    second.go()
    steps = [m.step for m in second.wire.said if isinstance(m, Epoch) and m.who == "candidate"]
    assert 0 not in steps  # it did not begin anew
    assert read_result(second.folder).reason is FinishReason.COMPLETED


def test_nothing_but_empty_frames_is_refused_with_a_way_out(job):
    one = job(statuses={0: Status.NOTHING_HERE, 1: Status.NOTHING_HERE})
    with pytest.raises(LearnError, match="no reviewed frame shows") as caught:
        one.go()
    assert "mask" in caught.value.remedy


def test_rating_alone_learns_nothing(job):
    one = job(1, kind="suggest", suggest_from=((1, 5), (1, 6)), n_suggest=1)
    one.go()
    result = read_result(one.folder)
    assert result.candidate is None
    assert len(result.suggestions) == 1


def test_messages_survive_the_way_over_the_wire(job):
    one = job(2)
    one.go()
    lines = one.wire._out.getvalue().splitlines()
    assert len(lines) == len(one.wire.said)
    assert all(type(parse_line(line)) is type(m) for line, m in zip(lines, one.wire.said, strict=True))
    assert np.isfinite(one.wire.seconds)


@pytest.mark.parametrize("word", [b"cancel\n", b""])
def test_cancelled_while_each_is_left_out_it_leaves_no_result(job, word):
    one = job(3, wire=Ended(Epoch, word, times=3))
    with pytest.raises(CancelledError):
        one.go()
    assert read_result(one.folder) is None


def test_the_time_left_of_a_run_that_goes_on_counts_from_where_it_goes_on(job, monkeypatch):
    began = job()
    clock = iter((10.0, 11.0, 12.0))
    monkeypatch.setattr(Ended, "seconds", property(lambda wire: next(clock)))
    said = []
    monkeypatch.setattr(began.wire, "progress", lambda *words, **values: said.append(values))

    def fit(*, on_step, **_more):
        on_step(301, 400, 0.5)
        on_step(302, 400, 0.5)
        return SimpleNamespace(step=0)

    tuner = SimpleNamespace(fit=fit, settings=SimpleNamespace(batch=2))
    began._learn(tuner, Split("blocks", (), ""), [])
    assert [values["eta_s"] for values in said] == [99.0, 98.0]  # a second a step
    assert [values["images_per_s"] for values in said] == [2.0, 2.0]
