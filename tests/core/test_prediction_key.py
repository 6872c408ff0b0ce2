from __future__ import annotations

from lusgui.core.prediction_key import PredictionKey


def test_keys_name_one_answer_and_can_be_looked_up():
    first = PredictionKey(1, 2, "off", "rib-1.0")
    assert first == PredictionKey(1, 2, "off", "rib-1.0", "")
    others = {
        PredictionKey(2, 2, "off", "rib-1.0"),
        PredictionKey(1, 3, "off", "rib-1.0"),
        PredictionKey(1, 2, "fast", "rib-1.0"),
        PredictionKey(1, 2, "off", "rib-1.1"),
        PredictionKey(1, 2, "off", "rib-1.0", "pleura"),
    }
    assert first not in others
    assert len(others | {first}) == 6
