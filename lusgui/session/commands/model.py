"""Commands of the Model menu."""

from __future__ import annotations

from lusgui.session import acts, click_acts
from lusgui.session.commands.command import Command, ask, can_accept, has_frame, has_study, has_worklist


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "model.accept",
            "Accept the model's whole mask",
            ("Return", "Enter"),
            acts.accept_whole_model,
            "Model",
            "Copy the model's mask on this frame into yours",
            can_accept,
            icon="accept",
            title_now=click_acts.accept_title,
        ),
        Command(
            "model.segment_recording",
            "Segment recording",
            ("Ctrl+R",),
            lambda desk: desk.segment("recording"),
            "Model",
            "Let the model look at every frame of this recording, in the background",
            has_frame,
            icon="segment-all",
            section=1,
        ),
        Command(
            "model.segment_worklist",
            "Segment worklist",
            ("Ctrl+Alt+R",),
            lambda desk: desk.segment("worklist"),
            "Model",
            "Let the model look at every frame of the worklist, in the background",
            has_worklist,
            icon="segment-all",
            section=1,
        ),
        Command(
            "model.manage",
            "Models…",
            ("Ctrl+Shift+M",),
            ask("models"),
            "Model",
            "All models: learnt here, your own, bundled; use, compare, rename, import, export, delete them",
            icon="segment",
            section=1,
        ),
        Command(
            "model.add",
            "Use a model file…",
            (),
            ask("add model"),
            "Model",
            "Let a model that you trained, or were given, answer for its label (.safetensors)",
            has_study,
            icon="import",
            section=1,
        ),
        Command(
            "model.about",
            "About this model…",
            (),
            ask("model"),
            "Model",
            "How well it does on frames it never saw, what it learnt from, and where it fails",
            has_frame,
            icon="help",
            section=1,
        ),
        Command(
            "model.stop",
            "Stop background work",
            ("Ctrl+.",),
            lambda desk: desk.cancel_work(),
            "Model",
            "Stop what runs in the background; answers so far are kept",
            icon="stop",
            section=1,
        ),
        Command(
            "worklist.draw",
            "Draw a worklist…",
            ("Ctrl+L",),
            ask("worklist"),
            "Model",
            "Choose which frames shall be annotated: at random, or every k-th",
            has_frame,
            icon="worklist",
            section=2,
        ),
        Command(
            "worklist.found",
            "Work on frames where this label was found",
            (),
            acts.work_on_found,
            "Model",
            "Make the frames where the detector found something the worklist; it learns from boxes"
            " ({key:tool.box})",
            has_frame,
            icon="box",
            section=2,
        ),
    )
