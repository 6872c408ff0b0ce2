"""ONNX graphs in eight-bit whole numbers: activations unsigned, weights signed and by channel.

The first and the last convolution stay in float32: they are cheap, and the masks depend on them most.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import ModelError
from lusgui.nn.onnx_export import INPUT, quiet, require_onnx, write_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

QUANTISED = ("Conv", "ConvTranspose", "Concat", "MaxPool", "Relu")
"""Operators that compute in int8; normalisations and resizing do not."""


def quantise(graph: Any, frames: Sequence[NDArray[np.float32]]) -> Any:  # noqa: ANN401 - no types
    """Return a float32 graph in int8, with quantise and dequantise nodes ("QDQ").

    Parameters
    ----------
    graph : onnx.ModelProto
        As `lusgui.nn.onnx_export.convert` makes it; left as it is.
    frames : sequence of (1, 1, h, w) float32 ndarray in [0, 1]
        From which the ranges of activations are learnt: the least and the greatest number seen.

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    ModelError
        If there are no frames.
    MissingLibraryError
        If ONNX is not installed.
    """
    if not frames:
        raise ModelError("int8 needs frames to learn its ranges from", remedy="Name some data")
    onnx, _ = require_onnx()
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Frames(CalibrationDataReader):  # type: ignore[misc]
        """Hands out one frame after another."""

        def __init__(self) -> None:
            self._left: Iterator[NDArray[np.float32]] = iter(frames)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            frame = next(self._left, None)
            return None if frame is None else {INPUT: frame}

    with tempfile.TemporaryDirectory(prefix="lusgui-int8-") as folder, quiet(""):
        target = Path(folder) / "int8.onnx"
        quantize_static(
            onnx.shape_inference.infer_shapes(graph),
            target,
            Frames(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTISED),
            nodes_to_exclude=ends(graph),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        short = onnx.load(str(target))
    write_metadata(short, {entry.key: entry.value for entry in graph.metadata_props})
    short.doc_string = graph.doc_string
    return short


def ends(graph: Any) -> list[str]:  # noqa: ANN401 - no types
    """Return the names of the first and the last convolution of a graph."""
    names = [node.name for node in graph.graph.node if node.op_type == "Conv"]
    return sorted({names[0], names[-1]}) if names else []
