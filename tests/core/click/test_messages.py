from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.core.click import messages as m
from lusgui.core.click.answer import ClickAnswer
from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.framing import Garbage, pack

numbers = st.integers(-(2**31), 2**31)
texts = st.text(max_size=20)
places = st.floats(0, 40, width=32)
shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)
grays = hnp.arrays(np.float32, shapes, elements=st.floats(0, 1, width=32))
masks = hnp.arrays(bool, shapes)
points = st.lists(st.tuples(places, places), min_size=1, max_size=4)


@st.composite
def prompts(draw):
    prompt = ClickPrompt()
    for row, col, kind in draw(st.lists(st.tuples(places, places, st.sampled_from("+-bs")), max_size=4)):
        if kind == "b":
            prompt = prompt.with_box(row, col, row + 3, col + 2)
        elif kind == "s":
            prompt = prompt.with_scribble(draw(points), positive=draw(st.booleans()), radius=3.0)
        else:
            prompt = prompt.with_click(row, col, kind == "+")
    return prompt


@st.composite
def answers(draw):
    mask = draw(masks)
    probability = draw(hnp.arrays(np.float16, mask.shape, elements=st.floats(0, 1, width=16)))
    probability[probability < m.LEAST_PROBABILITY] = 0
    seconds = draw(st.floats(0, 9))
    answer = ClickAnswer(
        mask, probability.astype(np.float32), draw(st.booleans()), draw(texts), seconds, draw(texts)
    )
    return m.Answer(draw(numbers), draw(numbers), answer)


every_message = st.one_of(
    st.builds(m.OpenFrame, numbers, grays, st.floats(0.01, 100), st.booleans()),
    st.builds(m.ShowFrame, numbers),
    st.just(m.ForgetFrames()),
    st.builds(m.Ask, numbers, numbers, prompts(), st.none() | masks, st.booleans()),
    st.builds(m.Cancel, st.lists(numbers, max_size=3).map(tuple)),
    st.just(m.Stop()),
    st.builds(m.Hello, numbers),
    st.builds(m.EngineReady, texts, st.booleans(), texts),
    st.builds(m.Embedded, numbers, st.floats(0, 1e5), numbers),
    st.builds(m.Forgot, numbers),
    st.builds(m.NotEmbedded, numbers, texts),
    answers(),
    st.builds(m.Dropped, numbers),
    st.builds(m.Failed, numbers, texts, texts, texts),
)


def plain(value):
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tolist()
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, ClickPrompt):
        return type(value), {name: plain(each) for name, each in vars(value).items()}
    return value


@given(st.lists(every_message, max_size=3), st.integers(1, 60))
def test_whatever_is_said_is_heard_in_any_pieces(said, piece):
    raw = b"".join(m.encode(message) for message in said)
    decoder = m.ClickDecoder()
    heard = [item for i in range(0, len(raw), piece) for item in decoder.feed(raw[i : i + piece])]
    assert [plain(item) for item in heard] == [plain(message) for message in said]


@settings(max_examples=200)
@given(every_message, st.data())
def test_a_damaged_message_never_raises_and_the_next_is_heard(message, data):
    raw = bytearray(m.encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    decoder = m.ClickDecoder()
    decoder.feed(bytes(raw))
    assert m.Forgot(9) in decoder.feed(m.encode(m.Forgot(9)))


GRAY = np.zeros((3, 4), np.float32)
OPEN = {"type": "OpenFrame", "frame_id": 1, "spacing_ratio": 1.0, "is_ahead": False}
ASK = {"type": "Ask", "request_id": 1, "frame_id": 1, "prompt": {"marks": []}, "is_preview": False}
ANSWER = {"type": "Answer", "request_id": 1, "frame_id": 1, "shape": [3, 4], "corner": [1, 2]}
ANSWER |= {"found": True, "note": "", "seconds": 0.1, "engine": "x"}
CUT = (np.ones((2, 2), bool), np.ones((2, 2), np.float16))


def test_the_forger_can_write_true_ones():
    for header, arrays, kind in ((OPEN, [GRAY], m.OpenFrame), (ASK, [], m.Ask), (ANSWER, CUT, m.Answer)):
        (item,) = m.ClickDecoder().feed(pack(header, arrays))
        assert isinstance(item, kind)
    assert item.answer.mask.tolist() == [[False] * 4, [False, False, True, True], [False, False, True, True]]
    assert not item.answer.mask.flags.writeable


@pytest.mark.parametrize(
    ("header", "arrays"),
    [
        (OPEN, []),
        (OPEN, [GRAY.astype(np.float64)]),
        (OPEN | {"spacing_ratio": 0.0}, [GRAY]),
        (OPEN | {"spacing_ratio": float("nan")}, [GRAY]),
        (OPEN | {"is_ahead": 1}, [GRAY]),
        (ASK | {"prompt": {"marks": [{"kind": "spell"}]}}, []),
        (ASK | {"prompt": None}, []),
        (ASK | {"frame_id": "1"}, []),
        (ASK, [GRAY]),
        (ASK, [GRAY > 0, GRAY > 0]),
        (ANSWER | {"corner": [2, 2]}, CUT),
        (ANSWER | {"corner": [-1, 0]}, CUT),
        (ANSWER | {"shape": [0, 4]}, []),
        (ANSWER | {"shape": [60_000, 60_000]}, []),
        (ANSWER | {"shape": [3]}, CUT),
        (ANSWER, CUT[:1]),
        (ANSWER, CUT[::-1]),
        (ANSWER, (CUT[0], CUT[1] * np.float16("nan"))),
        (ANSWER | {"found": "yes"}, CUT),
        ({"type": "ShowFrame", "frame_id": 1}, [GRAY]),
        ({"type": "EngineReady", "name": "x", "has_model": 1}, []),
        ({"type": "Cancel", "request_ids": 5}, []),
        ({"type": "Predict"}, []),
        ({"type": ["Ask"]}, []),
    ],
)
def test_forged_messages_are_garbage(header, arrays):
    item, following = m.ClickDecoder().feed(pack(header, arrays) + m.encode(m.Hello(1)))
    assert isinstance(item, Garbage)
    assert following == m.Hello(1)


def test_what_is_nothing_in_an_answer_is_not_sent():
    mask = np.zeros((600, 800), bool)
    mask[300:320, 400:420] = True
    probability = np.where(mask, 0.9, 1e-5).astype(np.float32)
    raw = m.encode(m.Answer(1, 1, ClickAnswer(mask, probability, True, "", 0.01, "x")))
    assert len(raw) < 2000
    (item,) = m.ClickDecoder().feed(raw)
    assert np.array_equal(item.answer.mask, mask)
    assert np.allclose(item.answer.probability, np.where(mask, 0.9, 0), atol=1e-3)
