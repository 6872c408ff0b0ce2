import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from lusgui.io.dicom_tags import frame_rate_of, number, spacing_of, window_of


def region(delta_y, delta_x, units=3, size=100):
    one = Dataset()
    one.PhysicalUnitsXDirection = one.PhysicalUnitsYDirection = units
    one.PhysicalDeltaX, one.PhysicalDeltaY = delta_x, delta_y
    one.RegionLocationMinX0 = one.RegionLocationMinY0 = 0
    one.RegionLocationMaxX1 = one.RegionLocationMaxY1 = size
    one.RegionSpatialFormat = 1
    return one


def header(*regions):
    data = Dataset()
    data.SequenceOfUltrasoundRegions = Sequence(regions)
    return data


def test_regions_in_centimetres():
    spacing, notes = spacing_of(header(region(0.02, -0.03)))
    assert spacing == (0.2, 0.3)
    assert notes == []


def test_other_units_say_nothing_about_millimetres():
    assert spacing_of(header(region(0.02, 0.03, units=4)))[0] is None
    data = header(region(0.02, 0.03, units=4))
    data.PixelSpacing = [0.5, 0.4]
    assert spacing_of(data)[0] == (0.5, 0.4)


def test_the_largest_region_wins_and_it_is_said():
    spacing, notes = spacing_of(header(region(0.01, 0.01, size=10), region(0.02, 0.03)))
    assert spacing == (0.2, 0.3)
    assert "different scales" in notes[0]


def test_enhanced_files_keep_spacing_in_groups():
    measures, group, data = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [0.1, 0.2]
    group.PixelMeasuresSequence = Sequence([measures])
    data.SharedFunctionalGroupsSequence = Sequence([group])
    assert spacing_of(data)[0] == (0.1, 0.2)


def test_rates():
    data = Dataset()
    assert frame_rate_of(data) is None
    data.CineRate = 30
    assert frame_rate_of(data) == 30
    data.FrameTimeVector = [0, 50, 50]
    assert frame_rate_of(data) == 20
    data.FrameTime = 10
    assert frame_rate_of(data) == 100
    assert number(data, "Rows") is None


@pytest.mark.parametrize(
    ("tags", "window"),
    [
        ({}, None),
        ({"WindowCenter": 128}, None),
        ({"WindowCenter": 128, "WindowWidth": 256}, (0.0, 255.0)),
        ({"WindowCenter": [128, 5], "WindowWidth": [256, 5]}, (0.0, 255.0)),
        (
            {"WindowCenter": 128, "WindowWidth": 256, "RescaleSlope": 0.5, "RescaleIntercept": -10},
            (20.0, 530.0),
        ),
        ({"WindowCenter": 128, "WindowWidth": 1}, None),
        ({"WindowCenter": 128, "WindowWidth": 0}, None),
        ({"WindowCenter": 128, "WindowWidth": 256, "RescaleSlope": -1}, None),
    ],
)
def test_the_window(tags, window):
    data = Dataset()
    for name, value in tags.items():
        setattr(data, name, value)
    assert window_of(data) == window
    inner, group, outer = Dataset(), Dataset(), Dataset()
    for name, value in tags.items():
        setattr(inner, name, value)
    group.FrameVOILUTSequence = Sequence([inner])
    outer.SharedFunctionalGroupsSequence = Sequence([group])
    assert window_of(outer) == window
