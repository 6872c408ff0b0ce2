"""The binding must survive many emits: one release leaked a reference to True on each and died after ~570."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from PySide6.QtCore import QCoreApplication, QObject, Signal
class Source(QObject):
    fired = Signal(bool)
app = QCoreApplication([])
source = Source()
heard = []
source.fired.connect(heard.append)
before = sys.getrefcount(True)
for _ in range(2000):
    source.fired.emit(True)
heard.clear()
assert sys.getrefcount(True) > before - 100
"""


def test_two_thousand_emits_are_survived():
    outcome = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
