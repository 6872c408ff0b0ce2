"""Real frames that ribs are put into: what may serve as a host, and what shows bone already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import UnreadableFileError
from training.dataset import Sample, read_gray
from training.simulate.compare_real import without_margins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

LABEL = "rib"
LIMBS = "limbs"
"""Group of the limb frames."""
LEAST_PX = 96
"""Rows and columns a host shows at least, margins left out."""

_BONY = """
0000 0001 0006 0007 0012 0014 0026 0027 0038 0042 0044 0045 0048 0049 0051 0052 0054 0056 0061 0070
0073 0074 0075 0078 0079 0081 0088 0090 0091 0093 0094 0100 0106 0110 0111 0115 0117 0121 0123 0124
0126 0128 0130 0134 0135 0139 0150 0151 0154 0156 0159 0160 0162 0163 0165 0170 0172 0176 0177 0178
0181 0182 0183 0184 0186 0187 0188 0194 0199 0200 0201 0202 0205 0206 0208 0210 0211 0213 0217 0218
0219 0220 0222 0223 0224 0230 0231 0232 0234 0236 0238 0241 0243
"""
WITH_BONE = frozenset(_BONY.split())
"""Stems of the limb frames of usgra (Timm Kandaouroff, CC BY 4.0) in which bone, or a dark dome that might be
taken for it, is seen or likely: 93 of 172. Found by looking at every frame once; drawn by nobody with
clinical training. Neither hosts nor sure negatives of ribs."""


def limb_hosts(folder: Path) -> list[Sample]:
    """Return the frames of usgra (``images/0000.png``) without bone, as frames without ribs.

    Raises
    ------
    UnreadableFileError
        If there is no picture, or one is damaged.
    """
    paths = [path for path in sorted((folder / "images").glob("*.png")) if path.stem not in WITH_BONE]
    if not paths:
        raise UnreadableFileError("it holds no limb frames", path=folder, remedy="Give the folder usgra")
    frames = [(path, read_gray(path)) for path in paths]
    return [
        Sample(path.stem, LIMBS, frame, {LABEL: np.zeros(frame.shape, np.bool_)}) for path, frame in frames
    ]


def ribless(samples: Iterable[Sample]) -> list[Sample]:
    """Return the samples that may serve as hosts: no rib is drawn, and enough is to be seen.

    Of a set in which nobody looked for ribs all are taken, but for those of usgra that show bone.
    """
    hosts = []
    for sample in samples:
        is_limb = LABEL not in sample.masks and {"vessel", "nerve"} & sample.masks.keys()
        if is_limb and sample.name in WITH_BONE:
            continue
        mask = sample.masks.get(LABEL)
        if (mask is None or not mask.any()) and min(content(sample).shape) >= LEAST_PX:
            hosts.append(sample)
    return hosts


def content(host: Sample) -> NDArray[np.float32]:
    """Return gray (H, W) in [0, 1] without margins."""
    return np.asarray(without_margins(host.gray(), 0.12), np.float32)
