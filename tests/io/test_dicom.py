import contextlib

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, JPEGLSLossless

from lusgui.base.errors import LusguiError, MissingLibraryError, NotAnImageError, UnreadableFileError
from lusgui.core.intensity import measure_mapping
from lusgui.core.recording import Intensity
from lusgui.io.dicom import open_dicom

CINE = np.random.default_rng(0).integers(0, 256, (4, 20, 14), dtype=np.uint8)


WHITE_IS_ZERO = {"PhotometricInterpretation": "MONOCHROME1"}


def make(path, frames=CINE, **tags):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    data = Dataset()
    data.file_meta = meta
    data.PatientName, data.PatientID, data.PatientBirthDate = "Doe^Jane", "4711", "19700101"
    data.Rows, data.Columns = frames.shape[1:3]
    data.NumberOfFrames = len(frames)
    data.SamplesPerPixel = 1 if frames.ndim == 3 else 3
    data.PhotometricInterpretation = "MONOCHROME2" if frames.ndim == 3 else "RGB"
    if frames.ndim == 4:
        data.PlanarConfiguration = 0
    data.BitsAllocated = data.BitsStored = frames.dtype.itemsize * 8
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = 0
    for name, value in tags.items():
        setattr(data, name, value)
    data.PixelData = frames.tobytes()
    data.save_as(path, enforce_file_format=True)
    return path


def test_a_cine_frame_by_frame_without_the_patient(tmp_path):
    path = make(tmp_path / "a.dcm", FrameTime=25.0, PixelSpacing=[0.2, 0.3])
    with open_dicom(path) as recording:
        np.testing.assert_array_equal(np.stack(list(recording)), CINE)
        assert recording.intensity is Intensity.DISPLAY
        assert recording.value_range == (0.0, 255.0)
        assert recording.spacing_mm == (0.2, 0.3)
        assert recording.frame_rate_hz == 40.0
        assert "PatientName" not in recording.source._header
        said = repr((recording.provenance, recording.extra, recording.warnings, recording.candidates))
        assert not any(word in said for word in ("Doe", "Jane", "4711", "1970"))


def test_photometric_interpretations(tmp_path):
    path = make(tmp_path / "a.dcm", PhotometricInterpretation="MONOCHROME1")
    with open_dicom(path) as recording:
        np.testing.assert_array_equal(recording.frame(1), 255 - CINE[1])
    path = make(tmp_path / "b.dcm", np.stack([CINE] * 3, axis=-1))
    with open_dicom(path) as recording:
        np.testing.assert_array_equal(recording.frame(3), CINE[3])
    twelve = make(tmp_path / "c.dcm", CINE.astype(np.uint16) * 16, BitsStored=12, HighBit=11)
    with open_dicom(twelve) as recording:
        assert recording.value_range == (0.0, 4095.0)
        np.testing.assert_array_equal(recording.frame(0), CINE[0].astype(np.uint16) * 16)


def shown(path):
    with open_dicom(path) as recording:
        mapping = measure_mapping(recording)
        return np.stack([mapping.apply(frame) for frame in recording])


@pytest.mark.parametrize(
    ("stored", "tags"),
    [
        (CINE, {}),
        (255 - CINE, WHITE_IS_ZERO),
        (CINE.astype(np.uint16) * 257, {}),
        (65535 - CINE.astype(np.uint16) * 257, WHITE_IS_ZERO),
        (4095 - CINE.astype(np.uint16) * 16, {**WHITE_IS_ZERO, "BitsStored": 12}),
        ((CINE.astype(np.int16) - 128) * 256, {"PixelRepresentation": 1}),
        (-1 - (CINE.astype(np.int16) - 128) * 256, {**WHITE_IS_ZERO, "PixelRepresentation": 1}),
        # eight bits in sixteen, which a writer forgot to say
        (CINE.astype(np.uint16), {}),
        (65535 - CINE.astype(np.uint16), WHITE_IS_ZERO),
        (255 - CINE.astype(np.uint16), WHITE_IS_ZERO),
        # what is black and white is said by the window
        (CINE.astype(np.uint16) * 2 + 300, {"WindowCenter": 555.5, "WindowWidth": 511}),
        (
            CINE.astype(np.uint16) * 2 + 300,
            {
                "WindowCenter": [1011.5, 9],
                "WindowWidth": [1021, 2],
                "RescaleSlope": 2,
                "RescaleIntercept": -99,
            },
        ),
        (65535 - CINE.astype(np.uint16) * 2, {**WHITE_IS_ZERO, "WindowCenter": 65280.5, "WindowWidth": 511}),
        (CINE.astype(np.uint32) << 24, {}),
        (2**32 - 1 - (CINE.astype(np.uint32) << 24), WHITE_IS_ZERO),
    ],
)  # fmt: skip
def test_gray_is_the_same_however_it_is_stored(tmp_path, stored, tags):
    tags = {"HighBit": tags["BitsStored"] - 1, **tags} if "BitsStored" in tags else tags
    gray = shown(make(tmp_path / "a.dcm", np.asarray(stored), **tags))
    np.testing.assert_allclose(gray, CINE / 255, atol=0.005)


def test_a_window_that_shows_nothing_is_left(tmp_path):
    path = make(tmp_path / "a.dcm", CINE.astype(np.uint16) * 257, WindowCenter=-900, WindowWidth=10)
    np.testing.assert_allclose(shown(path), CINE / 255, atol=0.005)


@pytest.mark.parametrize(
    "name",
    ["CT_small.dcm", "SC_rgb_rle_2frame.dcm", "examples_palette.dcm", "examples_ybr_color.dcm",
     "JPEG2000.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_ybr_full_422_uncompressed.dcm", "MR_small_bigendian.dcm"],
)  # fmt: skip
def test_files_of_others(name):
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip("pydicom's wheel does not carry it")
    with open_dicom(path_of(path)) as recording:
        frame = recording.frame(recording.frame_count - 1)
        assert frame.shape == recording.frame_shape
        assert frame.std() > 0


def path_of(name):
    from pathlib import Path

    return Path(name)


def test_what_cannot_be_decoded_is_said(tmp_path):
    path = make(tmp_path / "a.dcm")
    data = pydicom.dcmread(path)
    data.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xf7" + bytes(40)] * 4)
    data["PixelData"].VR = "OB"
    data.file_meta.TransferSyntaxUID = JPEGLSLossless
    data.save_as(path, enforce_file_format=True)
    with pytest.raises(MissingLibraryError, match=r"JPEG-LS.*pip install"):
        open_dicom(path)


def test_files_without_a_picture_or_cut_short(tmp_path):
    path = make(tmp_path / "a.dcm")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(UnreadableFileError, match="cut short"):
        open_dicom(path)
    path = make(tmp_path / "b.dcm", NumberOfFrames=900_000)
    with pytest.raises(UnreadableFileError):
        open_dicom(path)
    data = pydicom.dcmread(make(tmp_path / "c.dcm"))
    del data.Rows, data.PixelData
    data.save_as(tmp_path / "c.dcm")
    with pytest.raises(NotAnImageError):
        open_dicom(tmp_path / "c.dcm")
    data = pydicom.dcmread(make(tmp_path / "d.dcm"))
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data.save_as(tmp_path / "d.dcm")
    with pytest.raises(LusguiError, match="deflated"):
        open_dicom(tmp_path / "d.dcm")
    (tmp_path / "e.dcm").write_bytes(b"no")
    with pytest.raises(LusguiError, match="no DICOM"):
        open_dicom(tmp_path / "e.dcm")


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=8))
def test_damaged_files_open_or_are_refused(tmp_path_factory, cut, flips):
    path = make(tmp_path_factory.mktemp("d") / "a.dcm", FrameTime=25.0)
    data = bytearray(path.read_bytes())
    for where, value in flips:  # mostly in the header
        data[128 + int(where**3 * (len(data) - 128))] ^= value
    path.write_bytes(bytes(data[: int(cut * len(data))] if cut < 0.7 else data))
    with contextlib.suppress(LusguiError), open_dicom(path) as recording:
        for index in range(min(recording.frame_count, 3)):
            assert recording.frame(index).shape == recording.frame_shape
