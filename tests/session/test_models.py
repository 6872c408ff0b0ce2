import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw, leave_result, write_model

from lusgui.core.learning.version import VersionState
from lusgui.io import models
from lusgui.io.learn_folder import CANDIDATE


@pytest.fixture(autouse=True)
def bundled(tmp_path, monkeypatch):
    write_model(tmp_path / "weights" / "rib.safetensors")
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    return tmp_path / "weights"


@pytest.fixture
def learnt(session):
    """Return a session with three versions, each better than the one before."""
    session.said = []
    for number, dice in enumerate((0.7, 0.8, 0.9), 1):
        draw(session, 1, number)
        job = session.learning.make_job(["rib"])
        leave_result(session.learning.folder(job.run_id), job.run_id, dice - 0.1, dice)
        assert session.learning.take_result(job.run_id)[0].is_active
    session.version_promoted.connect(lambda version, label: session.said.append((version, label)))
    session.versions_changed.connect(lambda label: session.said.append(label))
    session.heard.clear()
    return session


def test_without_a_study_there_is_nothing(make_session):
    own = make_session().models
    assert own.versions("rib") == ()
    assert own.active("rib") is None
    assert own.get(1) is None
    assert own.answering("rib").card.key == "rib-1.0"
    assert own.answering("vessel") is None
    assert not own.promote(1)
    assert own.roll_back("rib") is None
    own.purge()
    own.check()


def test_versions_and_their_files(learnt):
    own = learnt.models
    versions = own.versions("rib")
    assert [one.name for one in versions] == ["Rib 3", "Rib 2", "Rib 1"]
    assert own.active("rib") == versions[0]
    assert own.get(versions[1].id) == versions[1]
    entry = own.entry(versions[0])
    assert entry.path == own.path(versions[0])
    assert entry.card.key == versions[0].key
    assert own.answering("rib") == entry
    assert own.result(versions[0]).run_id == 3
    assert own.changes(versions[0]) is None, "the run wrote none"
    assert own.versions("cerebellum") == ()


def test_going_back_and_forth(learnt):
    own, (third, second, first) = learnt.models, learnt.models.versions("rib")
    assert own.roll_back("rib").id == second.id
    assert learnt.said[0] == "rib"
    assert learnt.said[1][0].id == second.id
    assert own.roll_back("rib").id == first.id
    assert own.roll_back("rib") is None
    assert learnt.said[-1] == (None, "rib")
    assert own.answering("rib").card.key == "rib-1.0"
    assert own.roll_back("rib") is None
    assert own.promote(third.id)
    assert own.active("rib").id == third.id
    assert own.use_default("rib")
    assert own.active("rib") is None
    assert learnt.said[-1] == (None, "rib")
    assert not learnt.heard.problems


def test_names(learnt):
    version = learnt.models.versions("rib")[0]
    assert learnt.models.rename(version.id, "  After  ward round ")
    assert learnt.models.get(version.id).name == "After ward round"
    assert not learnt.models.rename(version.id, " ")
    assert "needs a name" in learnt.heard.problems[-1].message
    assert not learnt.models.rename(99, "x")


def test_deleting_and_bringing_back(learnt, make_session):
    own, (third, second, first) = learnt.models, learnt.models.versions("rib")
    assert not own.delete(third.id)
    assert "in use" in learnt.heard.problems[-1].message
    path = own.path(second)
    assert own.delete(second.id)
    assert not path.exists()
    assert [one.id for one in own.versions("rib")] == [third.id, first.id]
    assert own.restore(second.id)
    assert own.path(second) == path
    assert [one.id for one in own.versions("rib")] == [third.id, second.id, first.id]
    assert own.delete(first.id)
    folder, study = own.path(third).parent.parent, learnt.study_path
    learnt.close_study()
    assert sorted(file.name for file in folder.rglob("*.safetensors")) == [CANDIDATE] * 2
    later = make_session()
    later.open_study(study)
    assert not later.models.restore(first.id)
    assert "gone" in later.heard.problems[-1].message
    assert later.models.roll_back("rib").id == second.id
    assert later.models.roll_back("rib") is None


def test_a_chosen_model_answers_where_no_version_does(learnt, bundled):
    chosen = write_model(bundled / "other.safetensors", "other", "4.0")
    assert learnt.models.base("rib").card.key == "rib-1.0"
    assert learnt.models.choose("rib", chosen.key)
    assert learnt.models.answering("rib").card.key == learnt.models.base("rib").card.key == chosen.key
    job = learnt.learning.make_job(["rib"])
    assert job.base_key == job.active_key == chosen.key
    version = learnt.models.versions("rib")[0]
    assert learnt.models.promote(version.id)
    job = learnt.learning.make_job(["rib"])
    assert (job.base_key, job.active_key) == (chosen.key, version.key)
    (bundled / "other.safetensors").unlink()
    learnt.models.roll_back("rib")
    assert learnt.models.answering("rib").card.key == "rib-1.0"


def test_a_missing_file_is_told_and_the_default_answers(learnt, make_session):
    own, (third, second, first) = learnt.models, learnt.models.versions("rib")
    study, path = learnt.study_path, own.path(third)
    learnt.close_study()
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    later = make_session()
    later.open_study(study)
    assert any("Rib 3" in problem.message for problem in later.heard.problems)
    assert later.models.active("rib").id == third.id, "the folder may come back"
    assert later.models.entry(later.models.active("rib")) is None
    assert later.models.answering("rib").card.key == "rib-1.0"
    later.models.roll_back("rib")
    assert later.models.answering("rib").card.key == second.key
    assert not later.models.promote(third.id)
    assert "missing or damaged" in later.heard.problems[-1].message
    path.write_bytes(whole)
    assert later.models.promote(third.id)
    later.models.path(second).unlink()
    assert later.models.roll_back("rib").id == first.id, "one whose file is gone is passed over"


def test_a_study_renamed_without_its_folder(learnt, make_session):
    study, version = learnt.study_path, learnt.models.versions("rib")[0]
    learnt.close_study()
    study.rename(study.with_name("renamed.lusgui"))
    later = make_session()
    later.open_study(study.with_name("renamed.lusgui"))
    assert later.models.answering("rib").card.key == version.key
    assert later.models.result(version) is not None


def test_a_copy_takes_its_models_along(learnt, tmp_path):
    version = learnt.models.active("rib")
    assert learnt.save_copy_to(tmp_path / "home" / "mine.lusgui")
    assert learnt.models.active("rib") == version
    assert learnt.models.path(version).is_relative_to(tmp_path / "home" / "mine.models")
    assert learnt.models.rename(version.id, "Mine")


def test_a_copy_without_its_models_says_so(learnt, tmp_path):
    (tmp_path / "mine.models").write_bytes(b"in the way")
    assert learnt.save_copy_to(tmp_path / "mine.lusgui")
    assert "not copied" in learnt.heard.problems[-1].title
    assert learnt.models.answering("rib").card.key == "rib-1.0"


def test_a_study_that_may_not_be_changed(learnt, make_session):
    second = make_session()
    second.open_study(learnt.study_path)
    version = second.models.active("rib")
    assert version.state is VersionState.ACTIVE
    assert second.models.entry(version) is not None
    for refused in (
        second.models.promote(version.replaces),
        second.models.roll_back("rib"),
        second.models.use_default("rib"),
        second.models.delete(version.replaces),
    ):
        assert not refused
    assert learnt.models.active("rib") == version


def test_a_model_that_draws_no_masks_is_listed_apart(session):
    from lusgui.core.learning.result import RunResult
    from lusgui.core.learning.status import FinishReason
    from lusgui.io.study_versions import NewVersion

    assert RunResult(1, ("rib",), FinishReason.COMPLETED).candidate is None
    card = {"architecture": "hu-localizer"}
    from lusgui.core.networks import NETWORKS

    card["architecture"] = next(name for name, spec in NETWORKS.items() if spec.task == "locate")
    new = NewVersion("rib", ("rib",), "Points", "k", "", "run-0001/x.safetensors", "a" * 64, card=card)
    version = session.study.versions.add(new)
    assert session.models.versions("rib") == ()
    assert session.models.versions("rib", None) == session.models.versions("rib", "locate") == (version,)
    assert not session.models.promote(version.id)
    assert "no masks" in session.heard.problems[-1].message


def test_a_model_that_was_not_learnt_here_can_be_chosen_and_is_remembered(learnt, make_session):
    mine = write_model(models.own_models_dir() / "mine.safetensors", "mine")
    own, version = learnt.models, learnt.models.active("rib")
    assert own.choose("rib", mine.key)
    assert own.active("rib") is None
    assert own.answering("rib").card.key == mine.key
    assert learnt.said[-1] == (None, "rib")
    assert own.promote(version.id)
    assert own.answering("rib").path.parent == learnt.learning.folder(version.run_id)
    assert own.choose("rib", mine.key)
    path = learnt.study_path
    learnt.close_study()
    again = make_session()
    assert again.open_study(path)
    assert again.models.chosen("rib") == mine.key
    assert again.models.answering("rib").card.key == mine.key
    (models.own_models_dir() / "mine.safetensors").unlink()
    assert again.models.answering("rib").card.key == "rib-1.0"
    assert again.models.use_default("rib")
    assert again.models.chosen("rib") is None
    assert not make_session().models.choose("rib", mine.key)
