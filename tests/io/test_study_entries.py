from pathlib import Path

from lusgui.core.recording import Intensity
from lusgui.io.study_entries import NewRecording, RecordingEntry


def test_shape_is_rows_and_columns():
    entry = RecordingEntry(
        1, 0, "a", Path("a"), None, None, None, 0, 0, None, 3, 960, 128, None, Intensity.DB, None
    )
    assert entry.shape == (960, 128)
    assert NewRecording(Path("a"), 1, 2, 3).intensity is Intensity.DISPLAY
