import pytest

from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.core.threshold import ThresholdSettings
from lusgui.session.view_state import OverlayStyle, Tool, ViewState


def test_tells_only_real_changes():
    view, told = ViewState(), []
    view.events.threshold.connect(told.append)
    view.threshold = 0.5
    view.threshold = 0.7
    view.threshold = 0.7
    assert told == [0.7]


def test_every_change_is_told_once_with_its_name():
    view, told = ViewState(), []
    view.events.connect(lambda info: told.append(info.signal.name))
    view.tool = Tool.PAN
    view.despeckle = DespeckleSettings(Method.FAST)
    view.despeckle = DespeckleSettings(Method.OFF)
    assert told == ["tool", "despeckle"]


@pytest.mark.parametrize(
    ("name", "wild", "kept"),
    [
        ("threshold", 7, 0.99),
        ("threshold", -1, 0.01),
        ("brush_size_mm", 0, 0.05),
        ("opacity", 2, 1.0),
        ("least_area", -4, 0),
        ("window", 0, 0.01),
    ],
)
def test_numbers_are_kept_in_range(name, wild, kept):
    view = ViewState()
    setattr(view, name, wild)
    assert getattr(view, name) == kept


def test_threshold_settings():
    view = ViewState(threshold=0.4, least_area=9, fill_holes=True, keep_largest=0)
    assert view.threshold_settings == ThresholdSettings(0.4, 9, True, None)


def test_json_there_and_back_and_nonsense_left_out():
    view = ViewState(threshold=0.3, tool=Tool.PAN, overlay_style=OverlayStyle.HEAT, label="x")
    view.despeckle = DespeckleSettings(Method.LEE)
    other = ViewState()
    other.update_from_json(view.to_json())
    assert other.to_json() == view.to_json()
    assert other.tool is Tool.PAN
    other.update_from_json(
        {
            "tool": "chisel",
            "threshold": "x",
            "opacity": float("nan"),
            "brush_size_mm": 10**400,
            "least_area": float("inf"),
            "despeckle": 3,
            "window": None,
            "new": 1,
        }
    )
    assert other.to_json() == view.to_json()


def test_a_lowered_threshold_pushes_that_of_hysteresis_along():
    view = ViewState(threshold=0.5, threshold_low=0.3)
    view.threshold = 0.4
    assert view.threshold_low == 0.3
    view.threshold = 0.25
    assert view.threshold_low == 0.24
    assert view.threshold_settings.low_threshold == 0.24  # what is ticked is done
    view.threshold = 0.6
    assert view.threshold_low == 0.24
    view.threshold = 0.01
    assert view.threshold_low == 0.0
    view.threshold = 0.001
    assert (view.threshold, view.threshold_low) == (0.01, 0.0)
