import contextlib
import io
import logging
import os
import threading

import pytest

from lusgui.core.learning.messages import CANCEL, STOP, Log, Notice, Progress, parse_line
from training.learning.wire import WarningsAsNotices, Wire


@pytest.fixture
def ears():
    """A wire, what it said, and a way to speak to it."""
    out = io.BytesIO()
    wire = Wire(out)
    hear, speak = os.pipe()
    thread = wire.listen(hear)
    yield wire, out, speak, thread
    for end in (speak, hear):
        with contextlib.suppress(OSError):
            os.close(end)
    thread.join(5)


def said(out):
    return [parse_line(line) for line in out.getvalue().splitlines()]


def test_the_end_of_input_is_a_parent_gone(ears):
    wire, _, speak, thread = ears
    assert not wire.is_told_to_end
    os.close(speak)
    thread.join(5)
    assert wire.is_alone
    assert wire.must_hurry
    assert not wire.is_cancelled


def test_stop_keeps_and_cancel_does_not(ears):
    wire, _, speak, thread = ears
    os.write(speak, b"hello\nst")
    os.write(speak, STOP[2:])
    for _ in range(500):
        if wire.is_told_to_end:
            break
        threading.Event().wait(0.01)
    assert wire.is_told_to_end
    assert not wire.must_hurry
    os.write(speak, CANCEL)
    os.close(speak)
    thread.join(5)
    assert wire.is_cancelled
    assert not wire.is_alone


def test_messages_are_whole_lines_and_recorded(tmp_path):
    out = io.BytesIO()
    wire = Wire(out, tmp_path / "progress.jsonl")
    wire.notice("one\ntwo")
    wire.log("three")
    wire.close()
    assert said(out) == [Notice("one\ntwo"), Log("three")]
    assert (tmp_path / "progress.jsonl").read_bytes() == out.getvalue()


def test_progress_is_thinned_out_but_for_phases_and_ends():
    out = io.BytesIO()
    wire = Wire(out)
    for step in range(50):
        wire.progress("learning", step + 1, 50, loss=0.5)
    wire.progress("writing")
    found = [message for message in said(out) if isinstance(message, Progress)]
    assert len(found) < 20
    assert (found[0].step, found[-2].step, found[-1].phase) == (1, 50, "writing")
    assert found[0].memory_mb > 1
    assert wire.peak_memory_mb >= found[0].memory_mb - 0.1


def test_nobody_reading_is_a_parent_gone():
    class Broken(io.BytesIO):
        def write(self, raw):
            raise BrokenPipeError

    wire = Wire(Broken())
    wire.log("anybody?")
    assert wire.is_alone


def test_warnings_of_the_engine_are_told():
    out = io.BytesIO()
    logger = logging.getLogger("training.engine.step")
    handler = WarningsAsNotices(Wire(out))
    logging.getLogger("training").addHandler(handler)
    try:
        logger.warning("%s is out of memory", "the card")
        logger.info("nothing")
    finally:
        logging.getLogger("training").removeHandler(handler)
    assert said(out) == [Notice("the card is out of memory")]
