from __future__ import annotations

from lusgui.base.paths import config_dir
from lusgui.ui.dialogs.recent import LONGEST, RecentStudies


def test_the_newest_comes_first_and_is_kept(qtbot, tmp_path):
    studies = [tmp_path / f"{n}.lusgui" for n in range(LONGEST + 2)]
    for path in studies:
        path.touch()
    recent = RecentStudies()
    for path in studies:
        recent.add(path)
    with qtbot.waitSignal(recent.changed):
        recent.add(studies[5])
    assert recent.paths()[0] == studies[5]
    assert len(recent.paths()) == LONGEST
    assert RecentStudies().paths() == recent.paths()


def test_those_that_are_gone_are_not_shown(tmp_path):
    recent = RecentStudies()
    recent.add(tmp_path / "gone.lusgui")
    assert recent.paths() == []
    recent.forget(tmp_path / "gone.lusgui")
    assert RecentStudies()._paths == []


def test_a_spoiled_list_begins_anew():
    config_dir().mkdir(parents=True, exist_ok=True)
    for text in ("[1, 2", "{}", "[1, null]"):
        (config_dir() / "recent.json").write_text(text)
        assert RecentStudies().paths() == []
