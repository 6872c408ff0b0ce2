"""A study in which models were learnt, for the dialogs about models."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.core.learning.gate import decide
from lusgui.core.learning.result import FrameScore, RunResult
from lusgui.core.learning.status import FinishReason
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.io.learn_folder import CANDIDATE, write_result


def write_model(path, name="rib", version="1.0", labels=("rib",), **more):
    """Write a header without weights: enough for everything that torch is not needed for."""
    arguments = {} if len(labels) == 1 else {"out_channels": len(labels)}
    card = ModelCard(name, version, "lus-unet", labels, (64, 64), arguments, **more)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"__metadata__": {CARD_KEY: card.dumps()}}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return card


def scores(values):
    return tuple(FrameScore(1, 2 + i, "rib", value, 3.0, "mm", i) for i, value in enumerate(values))


def learn(session, before, after, base=None):
    """Let a run end well; return the version."""
    frame = len(session.learning.runs())
    assert session.stroke(PlaneKey(1, frame, "rib"), Box(2, 3, 6, 7), np.ones((4, 4), bool), True)
    job = session.learning.make_job(["rib"])
    folder = session.learning.folder(job.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    card = write_model(folder / CANDIDATE, "rib", f"1.{job.run_id}", parent=job.base_key)
    rows = {"rib": scores(after)}, {"rib": scores(before)}
    result = RunResult(
        run_id=job.run_id,
        labels=("rib",),
        reason=FinishReason.COMPLETED,
        candidate=CANDIDATE,
        candidate_key=card.key,
        sha256=hashlib.sha256((folder / CANDIDATE).read_bytes()).hexdigest(),
        scores=rows[0],
        active_scores=rows[1],
        base_scores={"rib": scores(base or before)},
        held_out=tuple((1, 2 + i) for i in range(len(after))),
        held_out_how="Judged on frames far apart.",
        gate={"rib": decide(rows[0]["rib"], rows[1]["rib"])},
        frames=4,
        recordings=1,
    )
    write_result(folder, result)
    return session.learning.take_result(job.run_id)[0]
