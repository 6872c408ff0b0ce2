import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LusguiError
from lusgui.io.export.names import (
    ascii_name,
    check_template,
    file_base,
    safe_file_name,
    unique_stems,
    variable_names,
)


@given(st.lists(st.text(max_size=90), unique=True, max_size=8))
def test_variable_names_are_legal_and_unique(labels):
    names = variable_names(labels)
    assert list(names) == labels
    assert len({name.lower() for name in names.values()}) == len(labels)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name) for name in names.values())


@given(st.lists(st.text(max_size=300), max_size=6))
def test_file_names_are_legal_and_unique(stems):
    found = unique_stems(stems)
    assert len({stem.casefold() for stem in found}) == len(stems)
    for stem in found:
        assert 0 < len(stem.encode()) <= 255
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', stem)


def test_plain_names_stay_as_they_are():
    assert safe_file_name("Patient 7 größe") == "Patient 7 größe"
    assert safe_file_name("con") == "_con"
    assert ascii_name("end") == "end_"
    assert ascii_name("7 b") == "x7_b"
    assert file_base("{stem}_{label}", stem="clip", label="rib") == "clip_rib"


@pytest.mark.parametrize("template", ["{stem}", "x", "{stem}_{label}_{patient}", "{stem", "{0}{stem}{label}"])
def test_templates_that_cannot_work_are_refused(template):
    with pytest.raises(LusguiError):
        check_template(template)
