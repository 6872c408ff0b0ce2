from lusgui.core.annotation import PlaneKey
from lusgui.session.commands import COMMANDS

KEY = PlaneKey(1, 0, "rib")


def usable(session):
    return {c.id for c in COMMANDS if c.group == "Review" and c.enabled_when(session)}


def test_what_can_be_used_when(make_session, session):
    assert usable(make_session()) == {"review.merge", "review.guide"}
    assert {"review.flag", "review.second_read", "review.adjudicate", "review.check_ribs"} <= usable(session)
    assert not {"review.finish", "review.majority", "review.take1"} & usable(session)
    session.nothing_here(KEY)
    path = session.study_path.with_name("second.lusgui")
    assert session.second_reading.begin(path, "Sue", ["rib"], [(1, 0)])
    assert {"review.finish", "review.flag"} <= usable(session)
    assert not {"review.second_read", "review.adjudicate"} & usable(session)
    usable_tools = {c.id for c in COMMANDS if c.id.startswith("tool.") and c.enabled_when(session)}
    assert "tool.brush" in usable_tools
    assert "tool.click" not in usable_tools


def test_the_keys_are_those_that_were_given_out():
    keys = {c.id: c.keys for c in COMMANDS if c.group == "Review" and c.keys}
    assert keys == {
        "review.flag": ("Shift+F",),
        "review.comment": ("Ctrl+Alt+N",),
        "review.second_read": ("Ctrl+Alt+B",),
        "review.adjudicate": ("Ctrl+Alt+A",),
    }
