"""What tests of learning share: models without weights, and what a training process would leave."""

import hashlib
import json

import numpy as np

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.core.learning.gate import decide
from lusgui.core.learning.result import FrameScore, RunResult, Suggestion
from lusgui.core.learning.status import FinishReason
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.io.learn_folder import CANDIDATE, write_result

SQUARE = np.ones((4, 4), bool)


def write_model(path, name="rib", version="1.0", labels=("rib",), digest="", **more):
    """Write a header without weights: enough for everything that torch is not needed for."""
    arguments = {} if len(labels) == 1 else {"out_channels": len(labels)}
    card = ModelCard(name, version, "lus-unet", labels, (64, 64), arguments, digest=digest, **more)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"__metadata__": {CARD_KEY: card.dumps()}}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return card


def scores(dice, label="rib", recording_id=1, first=0):
    return tuple(
        FrameScore(recording_id, first + number, label, value, 3.0, "mm", 0)
        for number, value in enumerate(dice)
    )


def leave_result(folder, run_id, before=0.6, after=0.8, labels=("rib",), n=3, **changes):
    """Leave what a training process leaves: a model, then the result that names it."""
    folder.mkdir(parents=True, exist_ok=True)
    card = write_model(folder / CANDIDATE, "rib", f"1.{run_id}", labels, hashlib.sha256(b"x").hexdigest())
    values = {
        "run_id": run_id,
        "labels": labels,
        "reason": FinishReason.COMPLETED,
        "candidate": CANDIDATE,
        "candidate_key": card.key,
        "sha256": hashlib.sha256((folder / CANDIDATE).read_bytes()).hexdigest(),
        "scores": {label: scores([after] * n, label) for label in labels},
        "active_scores": {label: scores([before] * n, label) for label in labels},
        "base_scores": {label: scores([before] * n, label) for label in labels},
        "held_out": tuple((1, frame) for frame in range(n)),
        "held_out_how": "Judged on some.",
        "held_out_kind": "blocks",
        "seconds": 3.0,
        "suggestions": (Suggestion(1, 5, 0.9, ("the versions disagree",), 0.5),),
    } | changes
    if "gate" not in values:
        values["gate"] = {
            label: decide(values["scores"].get(label, ()), values["active_scores"].get(label))
            for label in labels
        }
    result = RunResult(**values)
    write_result(folder, result)
    return result


def draw(session, recording_id, frame, label="rib"):
    """Draw a mask."""
    assert session.stroke(PlaneKey(recording_id, frame, label), Box(2, 3, 6, 7), SQUARE, True)
