import contextlib
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import disk, draw, key, make

from lusgui.base.errors import StudyError
from lusgui.core.annotation import Status
from lusgui.io.study import Study
from lusgui.io.study_join import join_studies
from lusgui.io.study_readings import digest_of


@pytest.fixture
def three(tmp_path):
    """Return the joined study of three readers; Cy read one frame of three and rejected another."""
    for number, reader in enumerate(("Ada", "Bea", "Cy")):
        with make(tmp_path / f"{reader}.lusgui") as study:
            draw(study, key(0), disk(8, 5 + number), reader)
            if reader != "Cy":
                draw(study, key(1), disk(8, 6), reader)
                draw(study, key(2, "cerebellum"), disk(8, 6), reader, Status.REJECTED)
            else:
                draw(study, key(2, "cerebellum"), disk(8, 6), reader, Status.ACCEPTED)
    return join_studies([tmp_path / f"{r}.lusgui" for r in ("Ada", "Bea", "Cy")], tmp_path / "all").path


def test_readings_are_found_by_plane(three):
    with Study.open(three) as study:
        assert study.readings.readers() == ("Ada", "Bea", "Cy")
        assert study.readings.places() == [key(0), key(1), key(2, "cerebellum")]
        assert study.readings.differing() == [key(0), key(2, "cerebellum")]
        found = study.readings.of(key(0))
        assert [one.reader for one in found] == ["Ada", "Bea", "Cy"]
        assert np.array_equal(found[2].mask, disk(8, 7))
        assert not found[0].mask.flags.writeable
        assert study.readings.of(key(3)) == ()
        study.content.remove(1)
        assert study.readings.places() == []


def test_an_ordinary_study_has_no_readings(tmp_path):
    with make(tmp_path / "a.lusgui") as study:
        assert study.readings.readers() == ()
        assert study.readings.differing() == []


@pytest.mark.parametrize("harm", ["status = 'wrong'", "mask = x'00'", "mask = 'text'"])
def test_a_damaged_reading_is_said_to_be_damaged(three, harm):
    with contextlib.closing(sqlite3.connect(three)) as raw:
        raw.execute(f"UPDATE readings SET {harm}")
        raw.commit()
    with Study.open(three) as study, pytest.raises(StudyError):
        study.readings.of(key(0))


def test_what_differs_is_read_from_the_index_alone(three):
    with Study.open(three) as study:
        asked = []
        study.database.raw.set_trace_callback(asked.append)
        study.readings.differing()
        study.readings.places()
        study.database.raw.set_trace_callback(None)
        for query in asked:
            plan = study.database.raw.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
            steps = [row[3] for row in plan if "readings" in row[3]]
            assert steps
            assert all("COVERING INDEX readings_by_plane" in step for step in steps), plan


def test_a_digest_tells_masks_apart():
    one, other = disk(8, 5), disk(8, 6)
    assert digest_of(one) == digest_of(one.copy())
    assert digest_of(one) != digest_of(other)
    assert digest_of(one & False) == ""
