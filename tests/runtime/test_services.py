from __future__ import annotations

import numpy as np
import pytest
import tifffile

from lusgui.base.paths import resources_dir
from lusgui.runtime.live import LiveSegmentation
from lusgui.runtime.services import SAMPLES, AppServices
from lusgui.session.session import Session


@pytest.fixture
def session():
    session = Session()
    session.heard = []
    session.problem_reported.connect(session.heard.append)
    yield session
    session.close_study()


@pytest.fixture
def services(qtbot, session):
    live = LiveSegmentation(session)
    services = AppServices(session, live)
    yield services
    live.shutdown()
    services.shutdown()


def write_clip(path, seed=0):
    frames = np.random.default_rng(seed).integers(0, 255, (3, 24, 20), np.uint8)
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


def test_a_folder_is_opened_beside_the_window(qtbot, session, services, tmp_path):
    for number in range(3):
        write_clip(tmp_path / f"clip{number}.tif", number)
    (tmp_path / "broken.tif").write_bytes(b"II*\0 not really")
    services.add_recordings([tmp_path])
    qtbot.waitUntil(lambda: len(session.recording_rows()) == 3, timeout=20_000)
    assert session.place is not None
    assert [problem.title for problem in session.heard] == ["broken.tif was not added"]
    assert session.study_path.parent == tmp_path


def test_a_single_file_is_shown(qtbot, session, services, tmp_path):
    first = write_clip(tmp_path / "a.tif", 1)
    services.add_recordings([first])
    qtbot.waitUntil(lambda: session.place is not None, timeout=20_000)
    second = write_clip(tmp_path / "b.tif", 2)
    services.add_recordings([second])
    qtbot.waitUntil(lambda: len(session.recording_rows()) == 2, timeout=20_000)
    assert session.row(session.place[0]).path.name == "b.tif"


def test_nothing_to_open_is_said(qtbot, session, services, tmp_path):
    session.new_study(tmp_path / "s.lusgui")
    (tmp_path / "empty").mkdir()
    services.add_recordings([tmp_path / "empty"])
    qtbot.waitUntil(lambda: bool(session.heard), timeout=20_000)
    assert session.heard[0].title == "Nothing to open"


def test_the_sample_study_is_built_once(session, services):
    if not (resources_dir() / "samples" / next(iter(SAMPLES))).exists():
        pytest.skip("no samples in this tree")
    path = services.sample_study()
    assert path == services.sample_study()
    rows = session.recording_rows()
    assert [row.name for row in rows] == [name.split(".")[0] for name in SAMPLES]
    # each begins with its own label, whatever the models think of it
    assert [session.label_of(row.id) for row in rows] == list(SAMPLES.values())
    assert session.place == (rows[0].id, 0)
    assert not session.heard


def test_jobs_answer_on_the_windows_thread(qtbot, services):
    got = []
    services.start_job("Add", lambda progress: 40 + 2, got.append)
    qtbot.waitUntil(lambda: got == [42], timeout=10_000)


def test_a_failed_job_is_reported_and_not_answered(qtbot, session, services):
    got = []

    def fail(progress):
        raise RuntimeError("no")

    services.start_job("Fail", fail, got.append)
    qtbot.waitUntil(lambda: bool(session.heard), timeout=10_000)
    assert got == []


def test_segmenting_without_a_model_says_so(session, services, tmp_path):
    session.new_study(tmp_path / "s.lusgui")
    session.add_recordings([write_clip(tmp_path / "a.tif")])
    services.segment([(session.place[0], 0)], "Segment recording")
    assert session.heard[-1].title == "Nothing to segment with"


def test_files_are_hashed_in_the_background(qtbot, session, services, tmp_path):
    session.new_study(tmp_path / "s.lusgui")
    session.add_recordings([write_clip(tmp_path / "a.tif")])
    qtbot.waitUntil(lambda: not session.pending_hash_jobs(), timeout=20_000)


def test_models_are_described(services):
    for key, description in services.models_for("rib"):
        assert description.split()[0] in key
    assert services.models_for("no such label") == []


def test_a_model_file_answers_for_its_label(session, services, model_file, tmp_path):
    path, card = model_file
    session.new_study(tmp_path / "s.lusgui")
    label = card.labels[0]
    session.view.label = next(other.key for other in session.labels if other.key != label)
    assert services.add_model(path)
    assert session.active_model(label).version == card.key
    assert session.view.label == label
    assert card.key in [key for key, _ in services.models_for(label)]
    session.set_active_model(label, "another", "another-1")
    services.choose_model(label, card.key)
    assert session.active_model(label).version == card.key


def test_a_label_that_the_study_lacks_comes_with_its_model(session, services, model_file, tmp_path):
    from dataclasses import replace

    from lusgui.nn.checkpoint import load_model, save_model

    path, card = model_file
    session.new_study(tmp_path / "s.lusgui")
    other = tmp_path / "vermis.safetensors"
    save_model(other, load_model(path).network, replace(card, labels=("vermis",), name="vermis"))
    assert services.add_model(other)
    assert session.label("vermis") is not None
    assert session.view.label == "vermis"


def test_what_is_no_model_is_said(session, services, tmp_path):
    session.new_study(tmp_path / "s.lusgui")
    (tmp_path / "x.safetensors").write_bytes(b"nothing at all")
    assert not services.add_model(tmp_path / "x.safetensors")
    assert session.heard[-1].title == "The model was not added"


def test_a_model_of_several_labels_lends_itself_to_a_further_one(session, services, tmp_path):
    from lusgui.core.model_card import ModelCard
    from lusgui.io.models import ModelEntry

    session.new_study(tmp_path / "s.lusgui")
    card = ModelCard("brain", "1.0", "lus-unet", ("cerebellum", "vermis"), (32, 32), {"out_channels": 2})
    assert not services.add_label_of("cerebellum", "vermis")  # nothing answers yet
    services._live.use_model("cerebellum", ModelEntry(tmp_path / "brain.safetensors", card, is_bundled=False))
    assert services.card_of("cerebellum") is card
    assert services.card_of("vermis") is None
    assert not services.add_label_of("cerebellum", "rib")
    assert services.add_label_of("cerebellum", "vermis")
    assert session.label("vermis").name == "Vermis"
    assert session.active_model("vermis") == session.active_model("cerebellum")


def test_the_study_remembers_which_model_was_chosen(session, services, model_file, tmp_path):
    path, card = model_file
    label = card.labels[0]
    assert session.new_study(tmp_path / "a.lusgui")
    default = session.models.answering(label)
    assert services.add_model(path)
    assert session.models.chosen(label) == card.key
    assert session.new_study(tmp_path / "b.lusgui")
    assert session.models.answering(label) == default or session.models.chosen(label) is None
    assert session.open_study(tmp_path / "a.lusgui")
    services.card_of(label)
    assert session.models.answering(label).card.key == card.key
