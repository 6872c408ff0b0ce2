"""Models as ONNX files, checked against torch before they are kept.

The file takes gray as the pipeline gives it and answers with probabilities: the normalisation before the
network and the sigmoid behind it are part of the graph. ONNX, ONNX Runtime and ONNX Script belong to the
extra ``fast``.
"""

from __future__ import annotations

import copy
import json
import logging
import warnings
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import MissingLibraryError, ModelError
from lusgui.core.model_card import CARD_KEY, parse_card
from lusgui.core.networks import SEGMENT
from lusgui.core.overlap import dice
from lusgui.nn.folding import fold_batch_norms
from lusgui.nn.preprocess import Preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

    from lusgui.core.model_card import ModelCard
    from lusgui.nn.checkpoint import LoadedModel

OPSET = 20
"""Version of the ONNX operators; ONNX Runtime knows it from 1.17 on."""

INPUT = "gray"
OUTPUT = "probability"
AGREEMENT_KEY = "lusgui_agreement"
"""Name of the comparison with torch in the file's metadata."""

LARGEST_DIFFERENCE = 1e-4
"""What probabilities of a float32 file may differ by from torch's."""

LEAST_DICE_INT8 = 0.995
"""Least Dice between masks of an int8 file and torch's float32, on every real frame."""

RANDOM_FRAMES = 3
_WAY_OUT = "Install them with 'pip install lusgui[fast]'"


@dataclass(frozen=True)
class Agreement:
    """How an ONNX file's answers compare with torch's in float32.

    Parameters
    ----------
    frames, random_frames : int
        Real frames, and frames of noise, that were compared.
    largest_difference : float
        Of two probabilities, over all frames, labels and pixels.
    least_dice, median_dice : float
        Of masks at the card's threshold on the network's grid, over real frames and labels; 1 without any.
    """

    frames: int
    random_frames: int
    largest_difference: float
    least_dice: float
    median_dice: float


class WholeModel(nn.Module):
    """Normalisation, network and sigmoid: gray (N, 1, h, w) in [0, 1] to probability (N, L, h, w)."""

    def __init__(self, model: LoadedModel) -> None:
        super().__init__()
        self.network = model.network
        self._preprocess = Preprocess.from_card(model.card)

    def forward(self, gray: Tensor) -> Tensor:
        """Return probabilities (N, L, h, w) for gray (N, 1, h, w) on the network's grid."""
        planes = self._preprocess.normalise(gray).expand(-1, self._preprocess.in_channels, -1, -1)
        return self._preprocess.probability(self.network(planes))


def require_onnx() -> tuple[ModuleType, ModuleType]:
    """Return the modules onnx and onnxruntime.

    Raises
    ------
    MissingLibraryError
        If one of them, or ONNX Script, is not installed.
    """
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401 - torch's exporter needs it
    except ImportError as error:
        raise MissingLibraryError(
            f"ONNX files need {error.name or 'a library'}, which is not installed", remedy=_WAY_OUT
        ) from error
    return onnx, onnxruntime


def convert(model: LoadedModel) -> Any:  # noqa: ANN401 - a library without types
    """Return a model as an ``onnx.ModelProto`` in float32, its card in the metadata.

    The number of frames is free, rows and columns are those of the card. Batch normalisation is folded into
    the convolutions.

    Parameters
    ----------
    model : LoadedModel
        Its network is copied and left as it is.

    Raises
    ------
    ModelError
        If the model gives points or boxes, not masks.
    MissingLibraryError
        If ONNX is not installed.
    """
    model.card.require_task(SEGMENT)
    onnx, _ = require_onnx()
    whole = WholeModel(model)
    whole.network = fold_batch_norms(copy.deepcopy(model.network).eval())
    # two frames: the exporter takes a single one for a number that never changes
    example = torch.rand(2, 1, *model.card.input_shape, generator=torch.Generator().manual_seed(0))
    with quiet("torch.onnx", "onnxscript", "onnx_ir"):
        program = torch.onnx.export(
            whole.eval(),
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("frames")},),
            verbose=False,
        )
    if program is None:
        raise ModelError("torch made no ONNX graph of this network")
    graph = program.model_proto
    graph.doc_string = (
        "Gray in [0, 1], resized with antialiased bilinear interpolation (edges aligned, not pixel centres),"
        " to the probability of each label of the card. Research use only, not a medical device."
    )
    write_metadata(graph, {CARD_KEY: model.card.dumps()})
    onnx.checker.check_model(graph)
    return graph


def write_metadata(graph: Any, texts: dict[str, str]) -> None:  # noqa: ANN401
    """Put texts into the metadata of an ``onnx.ModelProto``; those of the same name are replaced."""
    kept = {entry.key: entry.value for entry in graph.metadata_props} | texts
    del graph.metadata_props[:]
    for key, value in kept.items():
        graph.metadata_props.add(key=key, value=value)


@contextmanager
def quiet(*names: str) -> Iterator[None]:
    """Keep back what libraries say of themselves; their errors still come.

    Parameters
    ----------
    *names : str
        Their loggers; empty for the root, which some libraries use.
    """
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


class OnnxModel:
    """An ONNX file of ours at work in ONNX Runtime, on the CPU.

    Parameters
    ----------
    raw : bytes
        The file.
    threads : int
        Processor threads; 0 for as many as ONNX Runtime likes.

    Attributes
    ----------
    card : ModelCard
        From the metadata.

    Raises
    ------
    ModelError
        If it is no ONNX file, or holds no card of ours.
    MissingLibraryError
        If ONNX Runtime is not installed.
    """

    def __init__(self, raw: bytes, threads: int = 0) -> None:
        _, runtime = require_onnx()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # a spinning thread takes a core from the window between frames
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = runtime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError("ONNX Runtime cannot open it", remedy="Export the model again") from error
        texts = self._session.get_modelmeta().custom_metadata_map
        if CARD_KEY not in texts:
            raise ModelError("the ONNX file holds no lusgui model card")
        self.card: ModelCard = parse_card(texts[CARD_KEY])

    def run(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities (N, L, h, w) for gray (N, 1, h, w) in [0, 1] on the network's grid."""
        answer: NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: gray})[0]
        return answer


def on_grid(card: ModelCard, grays: Sequence[NDArray[Any]]) -> list[NDArray[np.float32]]:
    """Resize gray frames (H, W) in [0, 1] to the network's grid: float32 (1, 1, h, w) each."""
    plain = Preprocess(card.input_shape)
    return [plain.forward(gray).numpy() for gray in grays]


def compare(model: LoadedModel, raw: bytes, grays: Sequence[NDArray[Any]]) -> Agreement:
    """Compare an ONNX file with torch in float32.

    Parameters
    ----------
    model : LoadedModel
        What the file was made of.
    raw : bytes
        The file.
    grays : sequence of (H, W) ndarray in [0, 1]
        Real frames; frames of noise are added.
    """
    other = OnnxModel(raw)
    whole = WholeModel(model)
    threshold = model.card.threshold
    random = np.random.default_rng(0)
    noise = random.random((RANDOM_FRAMES, 1, *model.card.input_shape), dtype=np.float32)
    largest, dices = 0.0, []
    for is_real, gray in [(False, noise), *((True, gray) for gray in on_grid(model.card, grays))]:
        with torch.inference_mode():
            a = whole(torch.from_numpy(gray)).numpy()
        b = other.run(gray)
        difference = float(np.abs(a - b).max())
        largest = max(largest, difference if np.isfinite(difference) else np.inf)
        if is_real:
            dices += [dice(one >= threshold, two >= threshold) for one, two in zip(a[0], b[0], strict=True)]
    return Agreement(
        len(grays), RANDOM_FRAMES, largest, min(dices, default=1.0), float(np.median(dices)) if dices else 1.0
    )


def export_onnx(
    model: LoadedModel,
    path: Path,
    grays: Sequence[NDArray[Any]] = (),
    *,
    calibration: Sequence[NDArray[Any]] = (),
    least_dice: float = LEAST_DICE_INT8,
    overwrite: bool = False,
) -> Agreement:
    """Write a model as ONNX if it answers as torch does; otherwise nothing is written.

    Parameters
    ----------
    model : LoadedModel
        A network for masks.
    path : Path
        ``*.onnx``.
    grays : sequence of (H, W) ndarray in [0, 1]
        Real frames on which the two are compared, besides noise.
    calibration : sequence of (H, W) ndarray in [0, 1]
        Real frames from which the ranges of int8 are learnt; none for float32. They should not be among
        `grays`.
    least_dice : float
        What an int8 file must reach on each of `grays`.
    overwrite : bool
        Whether a file already there may be replaced.

    Returns
    -------
    Agreement
        Also in the file's metadata, as JSON.

    Raises
    ------
    ModelError
        If the answers differ by more than `LARGEST_DIFFERENCE` (float32) or the masks agree by less than
        `least_dice` (int8), or int8 is to be judged without frames.
    MissingLibraryError, OverwriteRefusedError, WriteFailedError
        As `require_onnx` and ``atomic_path``.
    """
    is_short = len(calibration) > 0
    if is_short and not grays:
        raise ModelError("an int8 file cannot be judged without frames", remedy="Give more frames")
    with atomic_path(path, overwrite=overwrite) as temporary:
        graph = convert(model)
        if is_short:
            from lusgui.nn.onnx_int8 import quantise

            graph = quantise(graph, on_grid(model.card, calibration))
        agreement = compare(model, graph.SerializeToString(), grays)
        _refuse_difference(agreement, path, is_short, least_dice)
        write_metadata(graph, {AGREEMENT_KEY: json.dumps(asdict(agreement))})
        temporary.write_bytes(graph.SerializeToString())
    return agreement


def _refuse_difference(agreement: Agreement, path: Path, is_short: bool, least_dice: float) -> None:
    if not is_short and agreement.largest_difference > LARGEST_DIFFERENCE:
        raise ModelError(
            f"the ONNX graph's probabilities differ from torch's by {agreement.largest_difference:.2g},"
            f" more than {LARGEST_DIFFERENCE:g}; nothing was written",
            path=path,
            remedy="Report it, with the versions of torch, onnx and onnxruntime",
        )
    if is_short and agreement.least_dice < least_dice:
        raise ModelError(
            f"on one frame the masks of int8 and float32 have a Dice of {agreement.least_dice:.4f}, less than"
            f" {least_dice:g}; nothing was written",
            path=path,
            remedy="Export without int8, or calibrate with more frames of the kind the model is for",
        )
