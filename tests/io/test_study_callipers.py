import pytest

from lusgui.core.measures.drawn import Drawn, Kind
from lusgui.io.study import Study
from lusgui.io.study_callipers import (
    read_callipers,
    read_known_ages,
    write_callipers,
    write_known_ages,
)

LINE = Drawn(Kind.DISTANCE, ((1, 2), (3, 4.25)), "tcd")
AREA = Drawn(Kind.AREA, ((0, 0), (0, 9), (9, 9)))


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "s.lusgui") as made:
        yield made


def test_they_come_back(study):
    write_callipers(study, 3, {0: (LINE, AREA), 12: (AREA,)})
    write_known_ages(study, {3: 22 + 3 / 7})
    path = study.path
    study.close()
    with Study.open(path) as again:
        assert read_callipers(again, 3) == {0: (LINE, AREA), 12: (AREA,)}
        assert read_callipers(again, 4) == {}
        assert read_known_ages(again) == {3: pytest.approx(22.429, abs=1e-3)}


FAR = {"kind": "distance", "points": [[10**400, 1], [2, 3]]}


@pytest.mark.parametrize(
    "kept",
    [
        *(None, 3, "x", [], {"x": [1]}, {"2": 5}, {"2": [{"kind": "area"}]}),
        *({"2": 10**400}, {"9" * 5000: [LINE.to_json()]}, {"9" * 5000: 5}, {"2": [FAR]}),
    ],
)
def test_what_a_file_may_hold_instead(study, kept):
    study.settings.set_setting("callipers.1", kept)
    study.settings.set_setting("known_age", kept)
    assert read_callipers(study, 1) == {}
    assert read_known_ages(study) in ({}, {2: 5.0})
