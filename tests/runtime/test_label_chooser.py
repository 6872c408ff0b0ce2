from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tifffile

from lusgui.core.annotation import PlaneKey
from lusgui.core.model_card import ModelCard
from lusgui.io.models import ModelEntry
from lusgui.runtime.live import LiveSegmentation
from lusgui.session.session import Session

# the pixel at the corner says what is in the picture: 1 a rib, 2 a cerebellum, 3 both, 0 neither
ANSWER = """
say(Ready("cpu", "CPU"))
log = open(sys.argv[1] + ".log", "a")
for m in messages():
    if not isinstance(m, Predict):
        continue
    log.write(f"{m.key.recording_id} {m.key.label} {'+'.join(m.others)} {m.lane}\\n"); log.flush()
    for label in (*m.others, m.key.label):
        p = np.zeros(m.frame.shape, np.float32)
        code = int(m.frame[0, 0]) & (1 if label == "rib" else 2)
        p[4:12, 4:20] = 0.97 if code else 0.02
        from dataclasses import replace
        say(Probability(m.request_id, replace(m.key, label=label), p, 1.0))
"""
RIB = ModelCard("rib", "1.0", "lus-unet", ("rib",), (32, 32), arguments={"out_channels": 1})
FETAL = ModelCard("brain", "1.0", "lus-unet", ("cerebellum", "vermis"), (32, 32), {"out_channels": 2})


@pytest.fixture
def made(tmp_path, qtbot, make_client, fake_worker):
    """A session without recordings, its live segmentation with two models, and a way to add a clip."""
    session = Session()
    problems = []
    session.problem_reported.connect(problems.append)
    assert session.new_study(tmp_path / "a.lusgui")
    live = LiveSegmentation(session, client=make_client(fake_worker(ANSWER)))
    for card in (RIB, FETAL):
        entry = ModelEntry(tmp_path / f"{card.name}.safetensors", card, is_bundled=False)
        for label in card.labels[:1]:
            assert live.use_model(label, entry)

    def add(name, code):
        frames = np.full((3, 48, 40), 90, np.uint8)
        frames[:, 0, 0] = code
        tifffile.imwrite(tmp_path / f"{name}.tif", frames, photometric="minisblack")
        (number,) = session.add_recordings([tmp_path / f"{name}.tif"])
        return number

    yield session, live, add
    live.shutdown()
    session.close_study()
    assert problems == []


def shown(qtbot, session, label):
    key = PlaneKey(*session.place, label)
    qtbot.waitUntil(lambda: session.prediction(key) is not None, timeout=15_000)
    return session.prediction(key)


def test_a_recording_begins_with_the_label_whose_model_alone_is_sure(made, qtbot):
    session, _live, add = made
    seen = []
    session.prediction_changed.connect(lambda *what: seen.append((session.view.label, what[2])))
    lung = add("lung", 1)
    shown(qtbot, session, "rib")
    assert session.view.label == "rib"
    assert session.label_of(lung) == "rib"
    assert session.label_note(lung) == ""  # nothing changed, nothing to say
    head = add("head", 2)
    shown(qtbot, session, "cerebellum")
    assert session.view.label == "cerebellum"
    assert "Cerebellum was chosen" in session.label_note(head)
    # the answers came together, with the right label: nobody saw ribs looked for in a head
    assert ("rib", "cerebellum") not in seen[2:]
    session.go_to(lung, 1)
    assert session.view.label == "rib"
    session.go_to(head, 1)
    assert session.view.label == "cerebellum"


@pytest.mark.parametrize(("code", "words"), [(3, "both see something"), (0, "No model sees")])
def test_where_both_or_neither_answer_the_label_stays_and_the_person_is_told(made, qtbot, code, words):
    session, _live, add = made
    session.view.label = "cerebellum"
    number = add("clip", code)
    shown(qtbot, session, "cerebellum")
    shown(qtbot, session, "rib")
    assert session.view.label == "cerebellum"
    assert session.label_of(number) is None
    assert words in session.label_note(number)
    session.view.label = "rib"  # the person's word ends it
    assert session.label_note(number) == ""
    assert session.label_of(number) == "rib"


def test_who_chooses_before_the_models_have_answered_is_right(made, qtbot):
    session, _live, add = made
    head = add("head", 2)
    session.view.label = "cerebellum"
    session.view.label = "rib"
    shown(qtbot, session, "rib")
    qtbot.wait(50)
    assert session.view.label == "rib"
    assert session.label_of(head) == "rib"


def test_a_label_without_a_model_is_kept(made, qtbot):
    session, live, add = made
    pleura = session.add_label("Pleura")
    session.view.label = pleura.key
    add("head", 2)
    qtbot.waitUntil(lambda: live.loader.get(*session.place, session.view.despeckle) is not None, timeout=9000)
    qtbot.wait(100)
    assert session.view.label == pleura.key
    assert not live.chooser.is_asking


def test_a_further_label_of_the_same_model_is_kept(made, qtbot):
    session, live, add = made
    session.ensure_label("vermis")
    live.use_model("vermis", ModelEntry(live._models["cerebellum"].path, FETAL, is_bundled=False))
    session.view.label = "vermis"
    head = add("head", 2)
    shown(qtbot, session, "vermis")
    assert session.view.label == "vermis"
    assert session.label_of(head) == "vermis"
    assert session.label_note(head) == ""


def test_switched_off_it_asks_nobody(made, qtbot, tmp_path):
    session, live, add = made
    live.chooser.is_on = False
    add("head", 2)
    shown(qtbot, session, "rib")
    assert session.view.label == "rib"
    assert "cerebellum" not in (tmp_path / "fake_worker.lives.log").read_text()


def test_leaving_before_the_answer_asks_again_at_the_next_visit(made, qtbot):
    session, _live, add = made
    head = add("head", 2)
    lung = add("lung", 1)  # goes there at once
    shown(qtbot, session, "rib")
    qtbot.waitUntil(lambda: session.label_of(lung) == "rib", timeout=9000)
    session.go_to(head, 0)
    qtbot.waitUntil(lambda: session.label_of(head) == "cerebellum", timeout=15_000)
    assert session.view.label == "cerebellum"


def test_a_process_that_cannot_answer_leaves_the_label(made, qtbot):
    session, live, add = made
    head = add("head", 2)
    qtbot.waitUntil(lambda: live.chooser.is_asking, timeout=9000)
    for key in list(live.chooser._question.waiting):
        live.client.dropped.emit(key)
    assert not live.chooser.is_asking
    assert session.view.label == "rib"
    assert session.label_note(head) == ""
    shown(qtbot, session, "rib")


def test_one_run_answers_for_all_labels_of_a_model(made, qtbot, tmp_path):
    session, live, add = made
    session.ensure_label("vermis")
    entry = ModelEntry(live._models["cerebellum"].path, FETAL, is_bundled=False)
    assert live.use_model("vermis", entry)
    assert live.labels_with("vermis") == ("cerebellum", "vermis")
    assert live.labels_with("rib") == ("rib",)
    add("head", 2)
    shown(qtbot, session, "vermis")
    shown(qtbot, session, "cerebellum")
    session.step(1)
    shown(qtbot, session, "vermis")
    asked = (tmp_path / "fake_worker.lives.log").read_text().splitlines()
    about_heads = [line for line in asked if " rib " not in line]
    assert all(line.split()[1:3] == ["cerebellum", "vermis"] for line in about_heads)


def test_a_card_says_from_which_probability_a_pixel_counts(made):
    _session, live, _add = made
    strict = replace(FETAL, threshold=0.98)
    candidate = live._candidates()[1]
    probability = np.full((20, 20), 0.97, np.float32)
    measure = live.chooser._measure
    assert measure(probability, candidate).is_sure
    assert not measure(probability, replace(candidate, card=strict)).is_answer


def test_a_label_added_while_the_model_is_at_work_is_answered_too(made, qtbot):
    session, live, add = made
    live.chooser.is_on = False
    session.view.label = "cerebellum"
    add("head", 2)
    qtbot.waitUntil(lambda: live.client.pending_count > 0, timeout=15_000)
    assert live.share_model("cerebellum", "vermis")
    shown(qtbot, session, "cerebellum")
    shown(qtbot, session, "vermis")
