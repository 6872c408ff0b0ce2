import pytest
from job_maker import draw_clip, make_run, write_clip

from lusgui.core.annotation import Status
from lusgui.core.learning.job import LearnFrame
from lusgui.core.learning.scores import FrameScore
from lusgui.nn.checkpoint import save_model
from training.learning.judging import Judged
from training.learning.rivals import CARD_ENTRY, Rivals, fair_rows, past_of, to_scores, what_was_learnt

A, B = "a" * 64, "b" * 64


def frame(number, digest=A):
    return LearnFrame(1, number, {"disc": Status.EDITED}, {"disc": digest} if digest else {})


def score(number, dice):
    return FrameScore(1, number, "disc", dice)


def card_of(tiny, frames, rows=()):
    entry = what_was_learnt(frames, {"disc": tuple(rows)})
    return tiny(scores={CARD_ENTRY: entry}).card


def test_scores_carry_the_study_numbers():
    rows = [
        Judged("x", "g", "disc", 0.5, True, None, "px", 2),
        Judged("x", "g", "ring", 0.25, True, 1.0, "mm", 0),
    ]
    found = to_scores(rows, {"x": (3, 7)})
    assert found["disc"][0].key == (3, 7, "disc")
    assert found["disc"][0].false_components == 2.0
    assert found["ring"][0].hd95_unit == "mm"


def test_a_frame_that_was_learnt_counts_as_when_it_was_left_out(tiny):
    card = card_of(tiny, [frame(0), frame(1)], [score(0, 0.4)])
    past = past_of(card, [frame(0), frame(1), frame(2)])
    assert past.seen == {(1, 0), (1, 1)}
    kept, lost = fair_rows([score(0, 0.99), score(1, 0.98), score(2, 0.5)], past)
    assert [row.dice for row in kept] == [0.4, 0.5]
    assert lost == 1


def test_a_mask_that_was_changed_since_says_nothing_any_more(tiny):
    card = card_of(tiny, [frame(0), frame(1)], [score(0, 0.4), score(1, 0.3)])
    kept, lost = fair_rows([score(0, 0.99), score(1, 0.98)], past_of(card, [frame(0, B), frame(1)]))
    assert [row.dice for row in kept] == [0.3]
    assert lost == 1


def test_numbers_of_another_study_mean_other_frames(tiny):
    card = card_of(tiny, [frame(0), frame(1, None)], [score(0, 0.4)])
    past = past_of(card, [frame(0, B), frame(1, None)])
    assert past.seen == frozenset()


@pytest.mark.parametrize(
    "entry",
    [None, [], {"frames": 3}, {"frames": [{"place": "x"}, 5], "left_out": {"disc": [{"dice": "?"}]}}],
)
def test_a_card_that_says_nonsense_says_nothing(tiny, entry):
    past = past_of(tiny(scores={CARD_ENTRY: entry}).card, [frame(0)])
    assert (past.seen, past.rows) == (frozenset(), {})


@pytest.fixture
def job(tmp_path):
    clip, masks = draw_clip(2)
    path = write_clip(tmp_path / "clip.tiff", clip)
    return lambda **values: make_run(tmp_path / "run", [(path, masks, {0: Status.EDITED})], **values)


def test_rivals_are_read_once_and_only_where_they_know_the_label(job, tiny, tmp_path):
    paths = []
    for name, labels in (("one", ("disc",)), ("two", ("ring",))):
        model = tiny(labels, name=name)
        paths.append(str(tmp_path / f"{name}.safetensors"))
        save_model(tmp_path / f"{name}.safetensors", model.network, model.card)
    said = []
    base = tiny()
    rivals = Rivals(job(base_path="base", active_path=paths[0], active_key="x"), base, said.append)
    assert rivals.active("disc") is rivals.active("disc")
    assert rivals.active("disc").card.name == "one"
    assert Rivals(job(active_path=paths[1]), base, said.append).active("disc") is None
    assert Rivals(job(base_path="base", active_path="base"), base, said.append).active("disc") is base
    assert Rivals(job(), base, said.append).active("disc") is None
    assert said == []
    assert (
        Rivals(job(active_path=str(tmp_path / "gone.safetensors")), base, said.append).active("disc") is None
    )
    assert "cannot be read" in said[0]
