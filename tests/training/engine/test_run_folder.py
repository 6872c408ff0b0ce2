from __future__ import annotations

import errno
import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from lusgui.base.errors import OverwriteRefusedError, UnreadableFileError, WriteFailedError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import load_model
from lusgui.nn.freezing import apply_strategy
from training.data.boxes import Box
from training.engine import run_folder
from training.engine.run_folder import RunFolder, differing, environment, git_state, hash_samples, plain
from training.engine.settings import FitSettings

CONFIG = {"fit": FitSettings(epochs=3), "data": Path("some/folder"), "shape": (32, 32)}


@pytest.fixture
def run(tmp_path, toy_samples):
    return RunFolder.create(tmp_path / "run", CONFIG, 7, toy_samples)


def test_a_run_says_what_it_is(run, toy_samples):
    stored = yaml.safe_load((run.path / "config.yaml").read_text())
    assert stored["fit"]["epochs"] == 3
    assert (stored["data"], stored["shape"]) == ("some/folder", [32, 32])
    facts = json.loads((run.path / "run.json").read_text())
    assert facts["seed"] == 7
    assert facts["environment"]["torch"] == torch.__version__.split("+")[0] or facts["environment"]["torch"]
    data = json.loads((run.path / "data.json").read_text())
    assert [row["name"] for row in data] == [sample.name for sample in toy_samples]
    assert len(data[0]["pixels"]) == len(data[0]["masks"]["rib"]) == 64


def test_the_same_run_is_opened_again(run, toy_samples):
    run.append_row({"epoch": 1, "loss": 0.5})
    again = RunFolder.create(run.path, CONFIG, 7, toy_samples)
    assert again.rows() == [{"epoch": "1", "loss": "0.5"}]
    events = [json.loads(line)["event"] for line in (run.path / "log.jsonl").read_text().splitlines()]
    assert events == ["created", "opened again"]


def test_time_and_device_may_change(run, toy_samples):
    other = CONFIG | {"fit": FitSettings(epochs=3, minutes=5, device="cpu")}
    RunFolder.create(run.path, other, 7, toy_samples)
    assert yaml.safe_load((run.path / "config.yaml").read_text())["fit"]["minutes"] == 5


def test_what_differs_is_refused_by_name(run, toy_samples):
    other = CONFIG | {"fit": FitSettings(epochs=4)}
    with pytest.raises(OverwriteRefusedError, match=r"other settings \(fit\.epochs\)"):
        RunFolder.create(run.path, other, 7, toy_samples)
    with pytest.raises(OverwriteRefusedError, match="seed 7"):
        RunFolder.create(run.path, CONFIG, 8, toy_samples)
    with pytest.raises(OverwriteRefusedError, match="other data"):
        RunFolder.create(run.path, CONFIG, 7, toy_samples[:-1])
    mask = toy_samples[0].masks["rib"].copy()
    mask[0, 0] ^= True
    changed = [replace(toy_samples[0], masks={"rib": mask}), *toy_samples[1:]]
    with pytest.raises(OverwriteRefusedError, match="other data"):
        RunFolder.create(run.path, CONFIG, 7, changed)


def test_the_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("dear")
    with pytest.raises(OverwriteRefusedError, match="holds no run"):
        RunFolder.create(tmp_path, {}, 0, [])
    (tmp_path / "config.yaml").write_text("a: [")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(OverwriteRefusedError, match="damaged"):
        RunFolder.create(tmp_path, {}, 0, [])
    assert (tmp_path / "thesis.tex").read_text() == "dear"
    with pytest.raises(OverwriteRefusedError):
        RunFolder.create(tmp_path / "thesis.tex", {}, 0, [])
    with pytest.raises(WriteFailedError):
        RunFolder.create(tmp_path / "thesis.tex" / "run", {}, 0, [])


def test_an_empty_folder_is_taken(tmp_path):
    assert (RunFolder.create(tmp_path, {}, 0, []).path / "config.yaml").exists()


def test_rows_gain_columns_and_lose_epochs(run):
    run.append_row({"epoch": 1, "loss": 0.5})
    run.append_row({"epoch": 2, "loss": 0.25, "val_dice": 0.75})
    run.append_row({"epoch": 3, "loss": 0.125})
    assert (run.path / "curves.csv").read_text() == "epoch,loss,val_dice\n1,0.5,\n2,0.25,0.75\n3,0.125,\n"
    run.keep_rows(2)
    assert [row["epoch"] for row in run.rows()] == ["1", "2"]
    run.keep_rows(0)
    assert run.rows() == []
    run.append_row({"epoch": 1, "loss": 1.0})
    assert len(run.rows()) == 1


def test_a_state_is_whole_or_not_there(run):
    assert run.load_state() is None
    run.save_state({"step": 3, "weights": torch.ones(2)})
    assert run.load_state()["step"] == 3
    (run.path / "state.pt").write_bytes((run.path / "state.pt").read_bytes()[:200])
    with pytest.raises(UnreadableFileError, match=r"state\.pt.*damaged"):
        run.load_state()


class FullDisk:
    """A stream that takes a little and then says what a full disk says."""

    def __init__(self, path, room):
        self._file, self._room = io.open(path, "wb"), room  # noqa: SIM115, UP020 (Path.open is replaced)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, raw):
        self._room -= len(raw)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(raw)

    def flush(self):
        self._file.flush()


@pytest.mark.parametrize("room", [0, 3000])
def test_a_full_disk_is_told_and_the_state_before_it_stays(run, monkeypatch, room):
    run.save_state({"network": {"a": torch.zeros(9)}})
    monkeypatch.setattr(Path, "open", lambda path, *_: FullDisk(path, room))
    with pytest.raises(WriteFailedError, match="the disk is full"):
        run.save_state({"network": {"a": torch.ones(90_000)}})
    monkeypatch.undo()
    assert torch.equal(run.load_state()["network"]["a"], torch.zeros(9))
    assert not [path for path in run.path.iterdir() if ".part" in path.name]


def test_a_beginning_that_the_disk_refused_can_be_made_again(tmp_path, toy_samples, monkeypatch):
    def refuse(path, text):
        if path.name == "config.yaml":
            raise WriteFailedError("the disk is full", path=path)
        path.write_text(text)

    monkeypatch.setattr(run_folder, "_write", refuse)
    with pytest.raises(WriteFailedError):
        RunFolder.create(tmp_path / "run", CONFIG, 7, toy_samples)
    monkeypatch.undo()
    assert RunFolder.create(tmp_path / "run", CONFIG, 7, toy_samples).rows() == []


def test_a_state_is_never_unpickled(run):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (run.path / "evil",))

    torch.save({"step": Evil()}, run.path / "state.pt")
    with pytest.raises(UnreadableFileError):
        run.load_state()
    assert not (run.path / "evil").exists()


def test_weights_without_a_card_keep_every_digit(run, tiny_network):
    network = tiny_network()
    path = run.save_weights("best", network)
    stored = load_file(path)
    assert all(torch.equal(stored[name], value) for name, value in network.state_dict().items())


def test_weights_with_a_card_are_a_model_adapters_merged(tmp_path, unet):
    card = ModelCard("toy", "1.0", "lus-unet", ("rib",), (32, 32), {"base_width": 4})
    run = RunFolder.create(tmp_path / "run", {}, 0, [], card=card)
    network = apply_strategy(unet(), "convlora").eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "adapter" in name:
                parameter += 0.05
    image = torch.rand(1, 1, 32, 32)
    model = load_model(run.save_weights("best", network))
    with torch.no_grad():
        torch.testing.assert_close(model.network(image), network(image), rtol=2e-2, atol=2e-2)


def test_git_state_is_of_this_code_or_none(monkeypatch):
    state = git_state()
    if state is not None:
        assert len(state["commit"]) == 40
        assert isinstance(state["dirty"], bool)

    def missing(*_, **__):
        raise FileNotFoundError("git")

    monkeypatch.setattr(run_folder.subprocess, "run", missing)
    assert git_state() is None


def test_an_installed_copy_in_a_checkout_has_no_git_state(monkeypatch):
    def outside(*_, **__):
        raise subprocess.CalledProcessError(1, "git")

    monkeypatch.setattr(run_folder.subprocess, "run", outside)
    assert git_state() is None


def test_versions_are_told():
    found = environment()
    assert found["python"].startswith("3.")
    assert found["torch"][0].isdigit()


def test_plain_values():
    assert plain({1: np.float32(0.5), "b": {3, 1}, "c": np.arange(2), "d": (None, True)}) == {
        "1": 0.5,
        "b": [1, 3],
        "c": [0, 1],
        "d": [None, True],
    }


def test_differing_entries_are_named():
    assert differing({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": 4}) == ["a.c", "d"]
    assert differing(None, {"a": 1}) == ["everything"]


def test_hashes_see_one_pixel(toy_samples):
    frame = toy_samples[0].frame.copy()
    frame[3, 3] ^= 1
    first, second = hash_samples([toy_samples[0], replace(toy_samples[0], frame=frame)])
    assert first["pixels"] != second["pixels"]
    assert first["masks"] == second["masks"]


def test_hashes_see_boxes_and_points(toy_samples):
    sample = toy_samples[0]
    moved = [replace(sample, points={"head": (3.0, 4.0)}), replace(sample, boxes={"rib": (Box(0, 0, 4, 4),)})]
    assert len({row["places"] for row in hash_samples([sample, *moved])}) == 3


def test_only_the_first_rank_writes(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    RunFolder.create(tmp_path / "run", {}, 0, [])
    assert not (tmp_path / "run").exists()


def test_a_file_in_place_of_the_folder_is_called_one(tmp_path):
    (tmp_path / "afile").write_text("x")
    with pytest.raises(OverwriteRefusedError, match="a file, not a folder"):
        RunFolder.create(tmp_path / "afile", {}, 0, [])
    assert (tmp_path / "afile").read_text() == "x"


def test_nobody_is_told_to_remove_what_is_theirs(tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(OverwriteRefusedError) as caught:
        RunFolder.create(tmp_path, {}, 0, [])
    assert caught.value.remedy == "Choose another folder"
