from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.edits import Edit
from lusgui.core.history import History


@given(st.lists(st.sampled_from(["push", "undo", "redo"]), max_size=60))
def test_history_is_a_list_with_a_cursor(moves):
    history, model, cursor = History(), [], 0
    for number, move in enumerate(moves):
        if move == "push":
            edit = Edit(str(number))
            history.push(edit)
            model = [*model[:cursor], edit]
            cursor += 1
        elif move == "undo":
            assert history.undo() is (model[cursor - 1] if cursor else None)
            cursor = max(cursor - 1, 0)
        else:
            assert history.redo() is (model[cursor] if cursor < len(model) else None)
            cursor = min(cursor + 1, len(model))
        assert list(history) == model[:cursor]
        assert history.next_undo is (model[cursor - 1] if cursor else None)
        assert history.next_redo is (model[cursor] if cursor < len(model) else None)
        assert len(history) == cursor


def test_oldest_is_handed_out_first():
    first, second = Edit("1"), Edit("2")
    history = History([first, second])
    assert history.take_oldest() is first
    assert history.undo() is second
    assert history.take_oldest() is None
    history.clear()
    assert history.redo() is None
