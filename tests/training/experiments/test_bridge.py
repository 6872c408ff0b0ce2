from __future__ import annotations

import pytest

from lusgui.base.errors import LusguiError
from training.experiments import bridge
from training.experiments.bridge import Settings, cells_of, parts_of
from training.report.tables import read_csv

RIB = ("rib",)


@pytest.fixture
def calls(fakes, monkeypatch):
    seen = []
    monkeypatch.setattr(bridge, "maker_of", lambda _label: fakes.maker(seen))
    monkeypatch.setattr(
        bridge, "judged_of", lambda label, _data, _frames: fakes.judged() if label == "rib" else None
    )
    return seen


def test_variants_are_trained_once_judged_and_told(calls, tmp_path):
    settings = Settings(labels=RIB, only=("reference", "tta", "implanted"), minutes=None)
    page = bridge.run(settings, None, tmp_path / "out", tmp_path / "cache")
    # the answer to mirrored frames asks the maker again, which has the network
    assert len(calls) == 6
    assert {held_out for _, held_out, _, _ in calls} == {("g0", "g2"), ("g1",)}
    table = read_csv(page.parent / "table.csv")
    assert [row["variant"] for row in table] == ["reference", "tta", "implanted"]
    assert table[0]["what"] == "as shipped"
    assert float(table[0]["dice_raw"]) > 0.95
    assert float(table[0]["false_components"]) == 0.0
    assert float(table[1]["difference"]) == 0.0
    rows = read_csv(page.parent / "results.csv")
    assert len(rows) == 3 * 6 * 2
    assert (page.parent / "rib_words.csv").exists()
    del calls[:]
    assert bridge.run(settings, None, tmp_path / "out", tmp_path / "cache") == page
    assert not calls
    assert read_csv(page.parent / "table.csv") == table


def test_what_is_kept_is_shown_though_something_else_is_asked_for(calls, tmp_path):
    for only in ("reference", "fourier"):
        bridge.run(Settings(labels=RIB, only=(only,)), None, tmp_path / "out", tmp_path / "cache")
    table = read_csv(tmp_path / "out" / "table.csv")
    assert [row["variant"] for row in table] == ["reference", "fourier"]


def test_without_time_the_page_is_written_from_what_is_kept(calls, tmp_path):
    page = bridge.run(Settings(labels=RIB, minutes=0.0), None, tmp_path / "out", tmp_path / "cache")
    assert not calls
    assert "0 of" in page.read_text(encoding="utf-8")
    assert read_csv(tmp_path / "out" / "table.csv") == []


def test_a_variant_keeps_its_trainings_when_it_becomes_the_reference(calls):
    (part,) = parts_of(Settings(labels=RIB), None)
    (other,) = parts_of(Settings(labels=RIB, set=("implanted=0",)), None)
    cells = [cell for cell in cells_of(Settings(), [part]) if cell.variant.key == "implanted"]
    reference = [cell for cell in cells_of(Settings(), [other]) if cell.variant.key == "reference"]
    assert [cell.key() for cell in cells] == [cell.key() for cell in reference]
    assert cells[0].key() != cells[1].key()


def test_labels_without_data_are_left_out_and_unknown_variants_refused(calls, tmp_path):
    assert [part.maker.label for part in parts_of(Settings(), None)] == ["rib"]
    with pytest.raises(LusguiError, match="nonsense"):
        bridge.run(Settings(only=("nonsense",)), None, tmp_path / "out", tmp_path / "cache")


def test_networks_may_lie_elsewhere(calls, tmp_path):
    settings = Settings(labels=RIB, only=("reference",), work=str(tmp_path / "networks"))
    bridge.run(settings, None, tmp_path / "out", tmp_path / "cache")
    assert {work for *_, work in calls} == {tmp_path / "networks"}
