from types import SimpleNamespace

from lusgui.session.opening import listed, what_to_know


def study(**more):
    from pathlib import Path

    values = {"migrated_from": None, "was_opened_read_only": False, "path": Path("/a/x.lusgui")} | more
    return SimpleNamespace(**values)


def row(name, missing=False, changed=False):
    return SimpleNamespace(name=name, missing=missing, changed=changed)


def test_a_study_as_it_should_be_is_opened_without_a_word():
    assert what_to_know(study(), [row("a")]) == []


def test_everything_unusual_is_said():
    from pathlib import Path

    odd = study(
        migrated_from=Path("/a/x.layout3.lusgui-backup"), was_opened_read_only=True, read_only_reason="why"
    )
    said = what_to_know(odd, [row("a", missing=True), row("b", changed=True)])
    assert [problem.title for problem in said] == [
        "The study was brought up to date",
        "The study is open for reading only",
        "Recordings are missing",
        "Recordings have changed",
    ]
    assert said[1].message == "x.lusgui: why."


def test_long_lists_are_cut():
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
