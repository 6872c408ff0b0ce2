from __future__ import annotations

import io
import logging
import os
import signal
import sys
import threading

import pytest

from training.transfer.watching import describe_epoch, shown, stop_on_interrupt

ROW = {"epoch": 2, "loss": 0.5, "val_loss": 0.25, "val_dice": 0.75, "seconds": 12.2}


def test_the_first_interrupt_asks_and_the_second_stops():
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt() as cancelled:
        assert not cancelled()
        os.kill(os.getpid(), signal.SIGINT)
        assert cancelled()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_leave_signals_alone():
    found = []

    def work():
        with stop_on_interrupt() as cancelled:
            found.append(cancelled())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]


def test_a_line_an_epoch_where_nobody_watches(caplog):
    with caplog.at_level(logging.INFO), shown("rib", 9) as on_epoch:
        on_epoch(ROW)
    assert "rib: epoch 2 of 9, loss 0.5000, validation 0.250, Dice 0.750, 12 s" in caplog.text


def test_a_bar_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with shown("rib", 9) as on_epoch:
        on_epoch(ROW)
    assert "rib" in terminal.getvalue()


def test_no_dice_where_nothing_validates():
    assert describe_epoch({"epoch": 1, "loss": 1.0}, 3) == "epoch 1 of 3, loss 1.0000, 0 s"
