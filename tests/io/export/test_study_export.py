import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from lusgui.core.annotation import Status
from lusgui.core.label import RIB
from lusgui.io.export.study_export import ExportItem, export_items


def item(mask):
    return ExportItem(
        "clip", (4, 5), (0, 1), 2, (1, 2), (RIB,), lambda frame, key: mask, lambda frame, key: Status.EDITED
    )


def test_a_mask_that_does_not_fit_stops_everything(tmp_path):
    with pytest.raises(LusguiError, match="does not fit"):
        export_items([item(np.ones((5, 4), bool))], tmp_path, ("png", "tiff"))
    assert not list(tmp_path.iterdir())


def test_no_mask_is_an_empty_mask(tmp_path):
    (path,) = export_items([item(None)], tmp_path, ("mat",), one_mat_a_label=True)
    assert path.name == "clip_rib.mat"


def test_nothing_to_export(tmp_path):
    with pytest.raises(LusguiError, match="nothing to export"):
        export_items([], tmp_path, ("mat",))
