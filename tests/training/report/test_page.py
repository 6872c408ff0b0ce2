import base64
import io
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from lusgui.base.errors import WriteFailedError
from training.report.figures import Mean, learning_curves, strategy_bars
from training.report.page import Report, ReportError
from training.report.tables import read_csv, score_columns, significance_table, tone_of

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Checker(HTMLParser):
    """Notes what is open, what the page loads, and its text."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.images, self.loads, self.text, self.tags = [], [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "action", "srcset"):
                (self.images if tag == "img" else self.loads).append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def _parse(html):
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert not checker.open
    return checker


@pytest.fixture
def report():
    report = Report("Strategies & <others>", "seed 0 < 1")
    report.add_heading("Results")
    report.add_text("First <b>paragraph</b>.\n\nSecond & last.")
    report.add_facts({"seed": 3, "split": "by patient", "x <y>": None})
    scores = score_columns(
        {"cyst": {"all": [0.8, 0.82, 0.81], "<script>alert(1)</script>": [0.2, 0.21, 0.25]}}
    )
    report.add_table(significance_table(scores), caption="Dice <mean>", name="dice", colour=tone_of)
    report.add_table([{"a": 1, "b": None}], caption="plain")
    report.add_figure(learning_curves({"all": [0.2, 0.5]}), 'a "caption" <here>', name="curves")
    report.add_figure(strategy_bars({"cyst": {"all": Mean(0.5)}}), "bars")
    return report


def test_page_is_whole_and_needs_nothing_from_outside(report, tmp_path):
    html = report.write(tmp_path).read_text(encoding="utf-8")
    page = _parse(html)
    assert not page.loads
    assert len(page.images) == 2
    assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r"base64,[A-Za-z0-9+/=]+", "", html))
    assert "script" not in page.tags
    assert "prefers-color-scheme: dark" in html


def test_images_decode_and_lie_beside_the_page_too(report, tmp_path):
    html = report.write(tmp_path).read_text(encoding="utf-8")
    inside = [base64.b64decode(source.split(",", 1)[1], validate=True) for source in _parse(html).images]
    beside = [(tmp_path / name).read_bytes() for name in ("curves.png", "figure_2.png")]
    assert inside == beside
    for image in inside:
        with Image.open(io.BytesIO(image)) as picture:
            picture.load()


def test_text_is_escaped_everywhere(report):
    html = report.html()
    page = _parse(html)
    assert "<script" not in html
    text = " ".join(page.text)
    assert "Strategies & <others>" in text
    assert "First <b>paragraph</b>." in text
    assert "<script>alert(1)</script>" in text


def test_tables_are_written_as_csv(report, tmp_path):
    report.write(tmp_path)
    rows = read_csv(tmp_path / "dice.csv")
    assert float(rows[0]["cyst mean"]) == pytest.approx(0.81)
    assert read_csv(tmp_path / "table_2.csv") == [{"a": "1", "b": ""}]


def test_colour_never_stands_alone(report):
    html = report.html()
    assert 'class="best number"' in html
    assert "▲" in html
    assert "▼" in html


@pytest.mark.parametrize("name", ["../up", "a b", "a.csv"])
def test_names_of_files_are_plain(name):
    with pytest.raises(ReportError):
        Report("t").add_table([], caption="", name=name)


def test_no_two_tables_of_one_name(report):
    with pytest.raises(ReportError, match="dice"):
        report.add_table([], name="dice")


def test_a_folder_that_cannot_be_is_said(report, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteFailedError):
        report.write(tmp_path / "file" / "out")


def test_signs_of_scores_have_their_legend():
    report = Report("Title")
    scores = score_columns({"Dice": {"a": [0.9, 0.8], "b": [0.1, 0.2]}})
    report.add_table(significance_table(scores), caption="Dice.", colour=tone_of)
    page = report.html()
    assert "highest mean is marked ▲" in page
    report = Report("Title")
    report.add_table(significance_table(scores), caption="Dice.")
    assert "▲" not in report.html()
