"""Recordings for the session's tests: arrays in .npy files, so that no reader of ours is in the way."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from lusgui.core.click.answer import ClickAnswer, nothing_found
from lusgui.core.click.merge import merge
from lusgui.core.click.prompt import Box, Click
from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording
from lusgui.session.session import Session
from lusgui.session.view_state import Tool

SHAPE = (24, 16)
FRAMES = 6


def open_npy(path, *, recipe=None, progress=None, memory_limit_bytes=None):
    try:
        frames = np.load(path)
    except (OSError, ValueError) as error:
        raise UnreadableFileError("this is no array", path=Path(path)) from error
    return Recording(
        ArraySource(frames),
        frames.shape,
        frames.dtype,
        Intensity.DISPLAY,
        Provenance(Path(path)),
        spacing_mm=(0.1, 0.2),
        frame_rate_hz=20.0,
        value_range=(0, 255),
        warnings=("made for a test",),
    )


def find_npy(paths):
    return [file for path in paths for file in (sorted(path.glob("*.npy")) if path.is_dir() else [path])]


@pytest.fixture(autouse=True)
def npy_reader(monkeypatch):
    """Let `lusgui.io.open` read .npy files."""
    module = types.ModuleType("lusgui.io.open")
    module.open_recording = open_npy
    module.find_recordings = find_npy
    monkeypatch.setitem(sys.modules, "lusgui.io.open", module)


@pytest.fixture
def write_recording():
    def write(path, seed=0, frames=FRAMES, shape=SHAPE):
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.random.default_rng(seed).integers(0, 255, (frames, *shape), dtype=np.uint8))
        return path

    return write


@pytest.fixture
def folder(tmp_path, write_recording):
    """Return a folder of three recordings."""
    for number in range(3):
        write_recording(tmp_path / "ward" / f"r{number}.npy", number)
    return tmp_path / "ward"


SIGNALS = [
    *["study_changed", "recordings_changed", "frame_changed", "mask_changed", "status_changed"],
    *["labels_changed", "history_changed", "prediction_changed", "proposal_changed", "save_state_changed"],
    *["worklist_changed", "rater_changed", "problem_reported", "marks_changed"],
]


class Heard(list):
    """Everything a session said, as (signal name, arguments)."""

    def __init__(self, session):
        super().__init__()
        for name in SIGNALS:
            getattr(session, name).connect(self._listener(name), check_nargs=False, unique=False)

    def _listener(self, name):
        def listen(*arguments):
            self.append((name, arguments))

        return listen

    def of(self, name):
        return [arguments for said, arguments in self if said == name]

    @property
    def problems(self):
        return [arguments[0] for arguments in self.of("problem_reported")]


@pytest.fixture
def make_session():
    """Make sessions whose signals are written down; all are let go of at the end."""
    made = []

    def make():
        session = Session()
        session.heard = Heard(session)
        made.append(session)
        return session

    yield make
    for session in made:
        session.discard_and_close()


@pytest.fixture
def session(make_session, folder):
    """Return a session with a study of three recordings."""
    made = make_session()
    assert made.add_recordings([folder]) == [1, 2, 3]
    made.run_hash_jobs()
    made.heard.clear()
    return made


class Answerer:
    """Answers clicks with a square of 5 x 5 about the newest one; nothing is found in row 20 and below."""

    def __init__(self, session):
        self.session = session
        self.asked = []
        self.given_up = 0
        self.noted = []
        self.at_once = True
        session.click_asked.connect(self.ask)
        session.click_given_up.connect(self.give_up)
        session.click_noted.connect(self.note)

    def ask(self, ask):
        self.asked.append(ask)
        if self.at_once:
            self.answer(ask)

    def give_up(self):
        self.given_up += 1

    def note(self, text, place):
        self.noted.append((text, place))

    def answer(self, ask, place=None):
        mark = ask.prompt.marks[-1]
        found = np.zeros(SHAPE, bool)
        row, col = (
            (mark.pixel if isinstance(mark, Click) else (10, 8)) if not isinstance(mark, Box) else (10, 8)
        )
        if row >= 20 or (ask.previous is None and not ask.prompt.has_positive):
            answer = nothing_found(SHAPE, ask.previous, engine="square 1.0", seconds=0.0)
        else:
            square = np.zeros(SHAPE, bool)
            square[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
            previous = np.zeros(SHAPE, bool) if ask.previous is None else ask.previous
            found = (
                previous & ~square if isinstance(mark, Click) and not mark.is_positive else previous | square
            )
            mask = merge(found, ask.previous, ask.prompt)
            answer = ClickAnswer(mask, found.astype(np.float32), True, "", 0.001, "square 1.0")
        return self.session.clicking.take_answer(ask.token, place or ask.place, answer)


@pytest.fixture
def clicks(session):
    """Return the session's clicks, with the tool in use on frame 1 of the first recording."""
    session.go_to(1, 0)
    session.view.label = "rib"
    session.answerer = Answerer(session)
    session.view.tool = Tool.CLICK
    session.heard.clear()
    return session.clicking
