from __future__ import annotations

import json

from lusgui.core.networks import NETWORKS
from training.__main__ import main


def test_the_table_holds_every_network_and_the_published_counts(capsys):
    assert main(["networks"]) == 0
    shown = capsys.readouterr().out
    for name in NETWORKS:
        assert name in shown
    for count in ("31,031,745", "28,804,545", "31,030,593", "267,902,427", "10,862,507", "16,873,921"):
        assert count in shown
    assert "48.17 G" in shown
    assert "except-5" in shown


def test_json_says_the_same_for_those_that_are_named(capsys):
    assert main(["networks", "v-unet", "yolo-tiny", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["name"] == "v-unet"
    assert first["parameters"] == 28_804_545
    assert first["learning"]["encoder-frozen"] == 14_089_857
    assert sum(first["blocks"].values()) == first["parameters"]
    assert second["task"] == "detect"
    assert "9" not in second["learning"]


def test_widths_scale(capsys):
    assert main(["networks", "amiri-unet", "--width", "8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["parameters"] == 485_673


def test_an_unknown_network_is_one_sentence(capsys):
    assert main(["networks", "resnet"]) == 2
    assert "no network called 'resnet'" in capsys.readouterr().err
