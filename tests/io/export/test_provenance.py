import json

from lusgui import __version__
from lusgui.io.export.provenance import make_provenance, write_sidecar


def test_everything_asked_for_is_there(tmp_path):
    facts = make_provenance(source_file="a.mat", sha256="ab", despeckle={"method": "best"}, threshold=0.4)
    assert facts["lusgui_version"] == __version__
    assert {"source_file", "sha256", "variable", "model_version", "despeckle", "rater", "date"} <= set(facts)
    write_sidecar(tmp_path / "p.json", facts, ["b.tif", "a.tif"])
    found = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert found["files"] == ["a.tif", "b.tif"]
    assert found["threshold"] == 0.4
