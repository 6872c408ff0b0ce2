"""Size of letters as a command."""

from __future__ import annotations

from types import SimpleNamespace

from lusgui.session.access_acts import TEXT_SCALES, scale_text
from lusgui.session.session import Session


def test_text_grows_and_shrinks_by_steps_and_stops_at_the_ends():
    session, said = Session(), []
    desk = SimpleNamespace(session=session, say=said.append)
    for wanted in (*TEXT_SCALES[3:], 2.0):
        scale_text(1)(desk)
        assert session.view.text_scale == wanted
    assert said[-1] == "Text at 200 %"
    for wanted in (*reversed(TEXT_SCALES[:-1]), 0.8):
        scale_text(-1)(desk)
        assert session.view.text_scale == wanted
    scale_text(0)(desk)
    assert session.view.text_scale == 1.0
    session.view.text_scale = 1.3
    scale_text(-1)(desk)
    assert session.view.text_scale == 1.25


def test_the_size_of_letters_is_no_matter_of_the_study(tmp_path):
    session = Session()
    session.new_study(tmp_path / "one.lusgui")
    session.view.text_scale = 1.5
    session.save_place()
    session.close_study()
    other = Session()
    other.open_study(tmp_path / "one.lusgui")
    assert other.view.text_scale == 1.0
    other.close_study()
