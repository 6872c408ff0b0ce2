import json

import pytest

from lusgui.base.errors import WriteFailedError
from training.experiments.trial_cache import TrialCache

KEY = {"experiment": "strategies", "data": "hc18", "seed": 0, "rate": 1e-3}


def test_work_is_done_once(tmp_path):
    cache = TrialCache(tmp_path / "new")
    calls = []

    def work():
        calls.append(1)
        return {"dice": [0.5, None], "shape": (96, 96)}

    assert cache.compute(KEY, work) == cache.compute(KEY, work) == {"dice": [0.5, None], "shape": [96, 96]}
    assert len(calls) == 1


def test_every_setting_counts_and_their_order_does_not(tmp_path):
    cache = TrialCache(tmp_path)
    cache.put(KEY, {"dice": 1})
    assert cache.get(dict(reversed(KEY.items()))) == {"dice": 1}
    for name in KEY:
        assert cache.get(KEY | {name: "other"}) is None


def test_names_of_files_tell_what_is_inside(tmp_path):
    cache = TrialCache(tmp_path)
    name = cache.path_of(KEY | {"variant": "../../up; all"}).name
    assert name.startswith("strategies-hc18-.._.._up_all-0-")
    assert cache.path_of(KEY | {"variant": "../../up"}).parent == tmp_path


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"result": 3}', "null"])
def test_a_damaged_file_is_computed_again(tmp_path, damage):
    cache = TrialCache(tmp_path)
    cache.put(KEY, {"dice": 1})
    cache.path_of(KEY).write_text(damage)
    assert cache.compute(KEY, lambda: {"dice": 2}) == {"dice": 2}


def test_the_file_names_its_settings(tmp_path):
    cache = TrialCache(tmp_path)
    cache.put(KEY, {"dice": 1})
    assert json.loads(cache.path_of(KEY).read_text())["key"] == KEY


def test_work_that_fails_leaves_nothing(tmp_path):
    cache = TrialCache(tmp_path)
    with pytest.raises(ZeroDivisionError):
        cache.compute(KEY, lambda: {"dice": 1 / 0})
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailedError):
        TrialCache(tmp_path / "file").put(KEY, {})
