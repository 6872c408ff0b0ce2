from pathlib import Path

from lusgui.base.errors import UnreadableFileError
from lusgui.session.problems import problem_from_error


def test_error_becomes_words():
    try:
        try:
            raise ValueError("offset 3")
        except ValueError as cause:
            raise UnreadableFileError(
                "it ends too early", path=Path("/x/a.mat"), variable="ImgData", remedy="Copy it again"
            ) from cause
    except UnreadableFileError as error:
        problem = problem_from_error(error, "a.mat was not added")
    assert problem.title == "a.mat was not added"
    assert problem.message == "a.mat: variable 'ImgData': it ends too early."
    assert problem.remedy == "Copy it again."
    assert problem.detail == "ValueError: offset 3"
    assert problem_from_error(UnreadableFileError("it is empty"), "t").message == "It is empty."
