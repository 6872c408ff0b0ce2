from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from lusgui.core.click.messages import Ask, OpenFrame
from lusgui.core.click.prompt import ClickPrompt
from lusgui.nn.click_desk import MOST_AHEAD, Desk, Held

GRAY = np.zeros((4, 5), np.float32)


class Embedding:
    def __init__(self, nbytes):
        self.nbytes = nbytes


def held(nbytes=10):
    return Held(Embedding(nbytes), (4, 5), 1.0)


def frame(number, *, ahead=False):
    return OpenFrame(number, GRAY, 1.0, ahead)


def ask(number, frame_id=1, *, is_preview=False):
    return Ask(number, frame_id, ClickPrompt(), None, is_preview)


@pytest.fixture
def desk():
    dropped, forgotten = [], []
    desk = Desk(dropped.append, forgotten.append, most_bytes=35, quiet_s=0.0)
    desk.dropped, desk.forgotten = dropped, forgotten
    yield desk
    desk.close()


def embed(desk, *, ahead=False, nbytes=10):
    """Embed the next frame at once; return its number."""
    number = desk.take_frame(ahead=ahead).frame_id
    desk.embedded(number, held(nbytes))
    return number


def take_later(function):
    """Run something that waits in a thread; return its results and the thread."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()), daemon=True)
    thread.start()
    return results, thread


def test_the_frame_on_screen_comes_before_neighbours_and_those_in_order(desk):
    for number in (2, 3):
        assert desk.open(frame(number, ahead=True)) is None
    desk.open(frame(1))
    results, thread = take_later(lambda: desk.take_frame(ahead=True).frame_id)
    time.sleep(0.02)
    assert results == []  # the one on screen is not embedded yet
    assert embed(desk) == 1
    thread.join(5)
    assert results == [2]
    desk.embedded(2, held())
    assert embed(desk, ahead=True) == 3
    assert desk.bytes_held == 30


def test_neighbours_wait_until_nobody_has_asked_for_a_while():
    desk = Desk(lambda _: None, lambda _: None, quiet_s=0.15)
    desk.open(frame(1))
    embed(desk)
    desk.open(frame(2, ahead=True))
    desk.ask(ask(1))
    start = time.monotonic()
    results, thread = take_later(lambda: desk.take_frame(ahead=True).frame_id)
    assert desk.take_question()[0].request_id == 1
    thread.join(5)
    assert results == [2]
    assert time.monotonic() - start > 0.1
    desk.close()


def test_a_question_waits_for_the_embedding_of_its_frame(desk):
    desk.open(frame(1))
    desk.ask(ask(7))
    results, thread = take_later(desk.take_question)
    time.sleep(0.02)
    assert results == []
    embed(desk)
    thread.join(5)
    question, found = results[0]
    assert question.request_id == 7
    assert found.shape == (4, 5)


def test_a_click_replaces_everything_and_a_preview_only_previews(desk):
    desk.open(frame(1))
    embed(desk)
    desk.ask(ask(1, is_preview=True))
    desk.ask(ask(2, is_preview=True))
    assert desk.dropped == [1]
    desk.ask(ask(3))
    desk.ask(ask(4))
    assert desk.dropped == [1, 2, 3]
    desk.ask(ask(5, is_preview=True))
    assert [desk.take_question()[0].request_id for _ in range(2)] == [4, 5]


def test_a_preview_never_waits_for_an_embedding(desk):
    desk.open(frame(1))
    desk.ask(ask(1, is_preview=True))
    results, thread = take_later(desk.take_question)
    deadline = time.monotonic() + 5
    while desk.dropped != [1] and time.monotonic() < deadline:
        time.sleep(0.005)
    assert desk.dropped == [1]
    desk.close()
    thread.join(5)
    assert results == [None]


def test_questions_are_withdrawn_by_number_or_all_together(desk):
    desk.open(frame(1))
    embed(desk)
    desk.ask(ask(1))
    desk.ask(ask(2, is_preview=True))
    desk.cancel((99,))
    desk.cancel((1,))
    assert desk.dropped == [1]
    assert desk.take_question()[0].request_id == 2
    desk.ask(ask(3))
    desk.ask(ask(4, is_preview=True))
    desk.cancel(())
    assert desk.dropped == [1, 3, 4]


def test_a_question_about_a_frame_nobody_sent_says_so(desk):
    desk.ask(ask(1, frame_id=5))
    results, thread = take_later(desk.take_question)
    deadline = time.monotonic() + 5
    while desk.forgotten != [5] and time.monotonic() < deadline:
        time.sleep(0.005)
    assert desk.forgotten == [5]
    assert desk.dropped == []  # it is asked again after the frame was sent
    desk.open(frame(5))
    embed(desk)
    desk.ask(ask(1, frame_id=5))
    thread.join(5)
    assert results[0][0].request_id == 1


def test_memory_is_bounded_and_the_frame_on_screen_stays(desk):
    desk.open(frame(1))
    embed(desk)
    for number in (2, 3, 4):
        desk.open(frame(number, ahead=True))
        embed(desk, ahead=True)
    assert desk.forgotten == [2]  # the oldest but the one on screen
    assert desk.bytes_held == 30
    assert desk.show(2) is None
    assert desk.forgotten == [2, 2]
    assert desk.show(3) is not None
    desk.open(frame(9))
    embed(desk, nbytes=1000)  # larger than the bound, and held all the same
    assert sorted(desk.forgotten) == [1, 2, 2, 3, 4]
    assert desk.bytes_held == 1000


def test_a_neighbour_that_does_not_fit_beside_the_frame_on_screen_is_not_kept(desk):
    desk.open(frame(1))
    embed(desk, nbytes=30)
    desk.open(frame(2, ahead=True))
    desk.take_frame(ahead=True)
    assert desk.embedded(2, held(20)) is False
    assert (desk.forgotten, desk.bytes_held) == ([2], 30)


def test_what_was_left_before_it_was_begun_is_not_embedded(desk):
    for number in range(1, 6):
        desk.open(frame(number))
    assert desk.forgotten == [1, 2, 3, 4]
    assert embed(desk) == 5


def test_the_list_of_neighbours_is_bounded(desk):
    desk.open(frame(1))
    for number in range(2, MOST_AHEAD + 4):
        desk.open(frame(number, ahead=True))
    assert desk.forgotten == [2, 3]


def test_an_embedding_that_is_there_is_told_again(desk):
    desk.open(frame(1))
    embed(desk)
    desk.open(frame(2))
    embed(desk)
    assert desk.open(frame(1)).nbytes == 10
    assert desk.show(2).nbytes == 10
    assert desk.forgotten == []


def test_everything_is_forgotten_and_what_is_being_embedded_too(desk):
    desk.open(frame(1))
    embed(desk)
    desk.open(frame(2))
    assert desk.take_frame(ahead=False).frame_id == 2
    desk.ask(ask(1, 2))
    desk.forget()
    assert desk.dropped == [1]
    assert desk.embedded(2, held()) is False
    assert desk.bytes_held == 0


def test_a_frame_that_cannot_be_embedded_gives_its_reason(desk):
    desk.open(frame(1))
    desk.take_frame(ahead=False)
    assert desk.refuse(1, "too large")
    desk.ask(ask(1))
    question, found = desk.take_question()
    assert (question.request_id, found) == (1, "too large")
    desk.open(frame(2, ahead=True))
    desk.take_frame(ahead=True)
    assert not desk.refuse(2, "too large")  # tried again when it is looked at
    assert desk.forgotten == [2]
    desk.open(frame(1))
    assert embed(desk) == 1  # sent again, it is tried again


def test_closed_it_sends_everybody_home(desk):
    waiting = [
        take_later(function)
        for function in (
            desk.take_question,
            lambda: desk.take_frame(ahead=True),
            lambda: desk.take_frame(ahead=False),
        )
    ]
    desk.close()
    for results, thread in waiting:
        thread.join(5)
        assert results == [None]
