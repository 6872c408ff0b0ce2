from __future__ import annotations

from html.parser import HTMLParser

import pytest

from training.experiments import cells
from training.report.tables import read_csv


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text = []

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def run_tiny(tmp_path, monkeypatch):
    """Run an experiment, run it again from what was kept, and return text, results and table."""

    def run(module, settings):
        out, cache = tmp_path / "out", tmp_path / "cache"
        page = module.run(settings, None, out, cache)
        first = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".csv"}
        with monkeypatch.context() as patch:
            patch.setattr(cells, "run_cell", lambda _: pytest.fail("it was kept"))
            assert module.run(settings, None, out, cache) == page
        assert first == {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".csv"}
        assert all(path.stat().st_size < 200_000 for path in out.glob("*.png"))
        parser = _Text()
        parser.feed(page.read_text(encoding="utf-8"))
        return " ".join(parser.text), read_csv(out / "results.csv"), read_csv(out / "table.csv"), out

    return run
