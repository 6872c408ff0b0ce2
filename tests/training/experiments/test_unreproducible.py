from training.experiments.unreproducible import AMIRI, CHENG, HU, NUMBERS, RAMOS, rows, write_page
from training.report.tables import read_csv


def test_every_paper_has_its_numbers_with_a_reason_each():
    assert {number.paper for number in NUMBERS} == {CHENG, AMIRI, HU, RAMOS}
    assert all(number.value and number.why and number.instead for number in NUMBERS)
    assert len({(number.paper, number.what) for number in NUMBERS}) == len(NUMBERS)


def test_headline_numbers_are_there_as_published():
    values = " ".join(number.value for number in NUMBERS)
    for value in ("0.8632", "0.8297", "0.8107", "-0.082", "84.8", "0.88 ± 0.1", "206.15", ".754", ".670"):
        assert value in values


def test_list_is_written_as_page_and_table(tmp_path):
    page = write_page(tmp_path)
    assert "206.15" in page.read_text(encoding="utf-8")
    read = read_csv(tmp_path / "unreproducible.csv")
    assert [row["number"] for row in read] == [row["number"] for row in rows()]
