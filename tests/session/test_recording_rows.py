from pathlib import Path

import pytest

from lusgui.core.recording import Intensity
from lusgui.session.recording_rows import FileState, RecordingRow


@pytest.mark.parametrize("state", FileState)
def test_a_row_says_its_state_in_one_word(state):
    row = RecordingRow(1, "a", Path("a"), 3, (2, 2), None, Intensity.DB, state)
    assert (row.missing, row.changed, row.checking) == (
        state is FileState.MISSING,
        state is FileState.CHANGED,
        state is FileState.CHECKING,
    )
