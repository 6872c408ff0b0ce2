import pytest

from lusgui.base.errors import ModelError
from training.engine.settings import TrainingError
from training.learning.settings import LearnSettings, choose_strategy


@pytest.mark.parametrize(
    "values", [{"steps": 0}, {"minutes": -1.0}, {"replay": 1.0}, {"batch": 0}, {"ema": 1.0}, {"share": 1.5}]
)
def test_values_out_of_bounds_are_refused(values):
    with pytest.raises(TrainingError, match=next(iter(values))):
        LearnSettings(**values)


def test_an_unknown_strategy_is_refused_with_those_there_are():
    with pytest.raises(ModelError, match="Known"):
        LearnSettings(strategy="luck")


def test_a_strategy_by_hand_is_kept():
    assert choose_strategy("9", 3).strategy == "9"


def test_automatic_choice_says_why():
    few, new = choose_strategy("auto", 1), choose_strategy("auto", 9, is_new=True)
    assert few.strategy == new.strategy == "all"
    assert "1 mask " in few.why
    assert "does not know" in new.why
