from __future__ import annotations

import sqlite3

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lusgui.base.errors import LearnError, LusguiError, StudyError
from lusgui.core.learning.version import VersionState
from lusgui.io.study import Study
from lusgui.io.study_versions import NewVersion


def new(label="rib", number=1, promotes=False):
    path, digest = f"run-{number:04d}/candidate.safetensors", f"{number:064x}"
    return NewVersion(
        label, (label,), f"{label} {number}", f"k{number}", "p", path, digest, promotes=promotes, reason="why"
    )


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        yield made


def add(study, *promoted, label="rib"):
    return [
        study.versions.add(new(label, number, promotes=is_promoted)).id
        for number, is_promoted in enumerate(promoted, 1)
    ]


def test_a_run_is_taken_once(study):
    run_id = study.runs.start("masks", {"labels": ["rib"]})
    taken = study.versions.take(run_id, [new(promotes=True)], "completed", {"text": "x"}, {"note": [1]})
    assert [one.state for one in taken] == [VersionState.ACTIVE]
    assert taken[0].run_id == run_id
    assert study.versions.active("rib") == taken[0]
    assert study.settings.setting("note") == [1]
    assert study.runs.get(run_id).reason == "completed"
    assert study.runs.get(run_id).detail == {"labels": ["rib"], "text": "x"}
    again = study.versions.take(run_id, [new(number=2, promotes=True)], "failed", {}, {"note": [2]})
    assert again == taken
    assert study.settings.setting("note") == [1]
    with pytest.raises(LearnError, match="no run 9"):
        study.versions.take(9, [new()], "completed", {}, {})


def test_all_or_nothing(study):
    run_id = study.runs.start("masks", {"labels": ["rib"]})
    with pytest.raises(LusguiError):
        study.versions.take(run_id, [new(promotes=True), new()], "completed", {}, {"note": 1})
    assert study.versions.all() == []
    assert study.runs.get(run_id).is_open
    assert study.settings.setting("note") is None


def test_labels_have_versions_of_their_own(study):
    run_id = study.runs.start("masks", {"labels": ["rib", "cerebellum"]})
    taken = study.versions.take(
        run_id, [new(promotes=True), new("cerebellum", promotes=False)], "completed", {}, {}
    )
    assert [one.state for one in taken] == [VersionState.ACTIVE, VersionState.CANDIDATE]
    assert study.versions.active("cerebellum") is None
    assert [one.label for one in study.versions.all()] == ["cerebellum", "rib"]
    assert [one.id for one in study.versions.all("rib")] == [1]


def test_back_to_what_answered_before(study):
    first, second, third = add(study, True, True, False)
    assert study.versions.active("rib").replaces == first
    assert study.versions.promote(third)
    assert not study.versions.promote(third)
    assert study.versions.roll_back("rib").id == second
    assert study.versions.roll_back("rib").id == first
    assert study.versions.roll_back("rib") is None
    assert study.versions.roll_back("rib") is None
    assert study.versions.active("rib") is None
    assert {one.state for one in study.versions.all()} == {VersionState.RETIRED}
    with pytest.raises(LearnError):
        study.versions.promote(99)


def test_going_back_never_runs_in_a_circle(study):
    first, second = add(study, True, True)
    study.versions.promote(first)
    assert study.versions.roll_back("rib").id == second
    assert study.versions.roll_back("rib") is None


def test_a_circle_from_elsewhere_is_walked_once(study):
    first, second, third = add(study, True, True, True)
    study._database.raw.execute("UPDATE versions SET replaces = ? WHERE id = ?", (third, first))
    study._database.raw.execute("UPDATE versions SET deleted_at = 'x' WHERE id IN (?, ?)", (first, second))
    assert study.versions.roll_back("rib") is None


def test_the_default_again(study):
    first, second = add(study, True, True)
    assert study.versions.use_default("rib")
    assert not study.versions.use_default("rib")
    study.versions.promote(first)
    assert study.versions.roll_back("rib") is None, "before it the default answered"
    assert study.versions.get(second).state is VersionState.RETIRED


def test_deleting(study):
    first, second, third = add(study, True, True, True)
    with pytest.raises(LearnError, match="in use"):
        study.versions.delete(third)
    study.versions.delete(second)
    assert [one.id for one in study.versions.all()] == [third, first]
    assert study.versions.get(second) is not None, "what it was stays written down"
    assert study.versions.roll_back("rib").id == first
    with pytest.raises(LearnError):
        study.versions.promote(second)
    study.versions.restore(second)
    study.versions.promote(third)
    assert study.versions.roll_back("rib").id == first, "where going back led when it was promoted"
    assert study.versions.promote(second)
    with pytest.raises(LearnError):
        study.versions.delete(99)
    assert study.versions.is_file_wanted(study.versions.get(second).path)
    assert not study.versions.is_file_wanted("run-0099/x")
    assert study.versions.count("rib") == 3


def test_one_file_of_two_labels_is_wanted_by_both(study):
    one = study.versions.add(new("rib", 1))
    two = study.versions.add(new("cerebellum", 1))
    study.versions.delete(one.id)
    assert study.versions.is_file_wanted(one.path)
    study.versions.delete(two.id)
    assert not study.versions.is_file_wanted(one.path)


def test_renaming(study):
    (first,) = add(study, False)
    study.versions.rename(first, "Mine")
    assert study.versions.get(first).name == "Mine"


def test_two_in_use_cannot_be_stored(study):
    first, second = add(study, True, False)
    with pytest.raises(sqlite3.IntegrityError):
        study._database.raw.execute("UPDATE versions SET state = 'active' WHERE id = ?", (second,))
    assert study.versions.active("rib").id == first


@pytest.mark.parametrize(
    "change",
    ["path = '../../x'", "state = 'best'", "sha256 = 'x'", "labels = '[]'", "card = '[]'", "data = '{'"],
)
def test_rows_that_are_not_sound(study, change):
    (first,) = add(study, False)
    study._database.raw.execute(f"UPDATE versions SET {change}")
    with pytest.raises(StudyError):
        study.versions.get(first)


class Chain(RuleBasedStateMachine):
    """The chain of models in use, against a plain list."""

    def __init__(self):
        super().__init__()
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.study = Study.create(Path(self.folder.name) / "a.lusgui")
        self.study._database.pragma("synchronous=OFF")
        self.stack, self.known, self.made = [], [], 0

    def teardown(self):
        self.study.close()
        self.folder.cleanup()

    @rule(promotes=st.booleans())
    def add(self, promotes):
        self.made += 1
        version = self.study.versions.add(new(number=self.made, promotes=promotes))
        self.known.append(version.id)
        if promotes:
            self.stack.append(version.id)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def promote(self, data):
        chosen = data.draw(st.sampled_from(self.known))
        changed = self.study.versions.promote(chosen)
        assert changed == (self.stack[-1:] != [chosen])
        self.stack = [one for one in self.stack if one != chosen] + [chosen]

    @rule()
    def roll_back(self):
        self.study.versions.roll_back("rib")
        del self.stack[-1:]

    @rule()
    def use_default(self):
        self.study.versions.use_default("rib")
        self.stack = []

    @precondition(lambda self: set(self.known) - set(self.stack[-1:]))
    @rule(data=st.data())
    def delete(self, data):
        chosen = data.draw(st.sampled_from(sorted(set(self.known) - set(self.stack[-1:]))))
        self.study.versions.delete(chosen)
        self.known.remove(chosen)
        self.stack = [one for one in self.stack if one != chosen]

    @invariant()
    def active_is_the_top(self):
        active = self.study.versions.active("rib")
        assert (None if active is None else active.id) == (self.stack[-1] if self.stack else None)


TestChain = Chain.TestCase
TestChain.settings = hypothesis_settings(max_examples=25, stateful_step_count=20, deadline=None)
