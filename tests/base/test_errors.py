from __future__ import annotations

from pathlib import Path

from lusgui.base.errors import LusguiError, NotAnImageError


def test_message_names_file_variable_cause_and_way_out():
    error = NotAnImageError(
        "channel data need beamforming first",
        path=Path("a/b.mat"),
        variable="RcvData{1}",
        shape=(2048, 128, 3),
        remedy="Export ImgData from MATLAB instead",
    )
    assert str(error) == (
        "b.mat: variable 'RcvData{1}' (2048 x 128 x 3): channel data need beamforming first."
        " Export ImgData from MATLAB instead."
    )


def test_message_alone_is_a_sentence():
    assert LusguiError("it is empty.").message == "it is empty."
