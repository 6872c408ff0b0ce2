from __future__ import annotations

import io

from training.engine.progress import LINE_S, FitProgress, describe

ROW = {"epoch": 3, "loss": 0.41234, "rate": 1e-4, "val_loss": 0.4, "val_dice": 0.71}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_an_epoch_in_words():
    assert describe(ROW) == "epoch 3, loss 0.4123, validation loss 0.4, dice 0.71"


def test_plain_lines_where_there_is_no_terminal():
    now = 0.0
    stream = io.StringIO()
    with FitProgress("fold 1", stream, lambda: now) as progress:
        for epoch in range(1, 5):
            progress.on_step(epoch, 4, 0.5)
            progress.on_epoch(ROW | {"epoch": epoch})
            now += LINE_S / 2
    lines = stream.getvalue().splitlines()
    # the first, every second, and the last one in any case
    assert [line.split(",")[0] for line in lines] == ["fold 1: epoch 1", "fold 1: epoch 3", "fold 1: epoch 4"]
    assert "\x1b" not in stream.getvalue()


def test_a_bar_on_a_terminal():
    now = 0.0
    stream = Terminal()
    with FitProgress("fold 1", stream, lambda: now) as progress:
        for step in range(1, 9):
            progress.on_step(step, 8, 0.5)
            now += 0.2
        progress.on_epoch(ROW)
    shown = stream.getvalue()
    assert "fold 1" in shown
    assert "8/8" in shown


def test_nothing_is_said_of_nothing():
    stream = io.StringIO()
    with FitProgress("fold 1", stream):
        pass
    assert stream.getvalue() == ""
