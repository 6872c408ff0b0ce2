from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np

from lusgui.core.locked_source import share_between_threads
from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording


class Fragile(ArraySource):
    """Notices when it is used twice at once."""

    def __init__(self, frames):
        super().__init__(frames)
        self.users = self.most = 0

    def read(self, index):
        self.users += 1
        self.most = max(self.most, self.users)
        time.sleep(0.002)
        self.users -= 1
        return super().read(index)


def test_threads_read_one_after_another():
    source = Fragile(np.arange(24.0).reshape(4, 2, 3))
    recording = Recording(source, (4, 2, 3), np.dtype(float), Intensity.LINEAR, Provenance(Path("a.mat")))
    assert share_between_threads(recording) is recording
    share_between_threads(recording)
    assert recording.source.source is source
    got = []
    threads = [threading.Thread(target=lambda i=i: got.append(recording.frame(i)[0, 0])) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [0.0, 6.0, 12.0, 18.0]
    assert source.most == 1
    recording.close()
    assert len(source._frames) == 0
