from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import make

from lusgui.core.measures.drawn import Drawn, Kind
from lusgui.io.study import Study
from lusgui.io.study_callipers import read_callipers, read_known_ages, write_callipers, write_known_ages
from lusgui.io.study_join import join_studies

LINE = Drawn(Kind.DISTANCE, ((1, 1), (1, 9)))
OTHER = Drawn(Kind.ANGLE, ((1, 1), (5, 1), (5, 9)))
FIRST, SECOND = (Drawn(Kind.DISTANCE, ((0, 0), (0, end)), "tcd") for end in (8, 9))


def test_everybodys_callipers_are_there_and_one_for_each_role(tmp_path):
    with make(tmp_path / "fellow.lusgui") as fellow:
        write_callipers(fellow, 1, {0: (LINE, FIRST)})
        write_known_ages(fellow, {1: 20.0})
    with make(tmp_path / "supervisor.lusgui") as supervisor:
        write_callipers(supervisor, 1, {0: (LINE, SECOND, OTHER), 2: (OTHER,)})
        write_known_ages(supervisor, {1: 25.0})
    both = [tmp_path / "fellow.lusgui", tmp_path / "supervisor.lusgui"]
    report = join_studies(both, tmp_path / "both.lusgui")
    with Study.open(report.path) as made:
        (entry,) = made.recordings()
        assert read_callipers(made, entry.id) == {0: (LINE, FIRST, OTHER), 2: (OTHER,)}
        assert read_known_ages(made) == {entry.id: 20.0}


def test_none_to_join(tmp_path):
    for name in ("one", "two"):
        make(tmp_path / f"{name}.lusgui").close()
    report = join_studies([tmp_path / "one.lusgui", tmp_path / "two.lusgui"], tmp_path / "both.lusgui")
    with Study.open(report.path) as made:
        assert read_callipers(made, 1) == {}
        assert read_known_ages(made) == {}
