"""A program that does one thing with the models of a study and kills itself at a given step of it.

For each line read (folder, what to do, number of the step) it forks where it can. A step is everything that
touches the disk: a statement of SQLite, a sync, a file that is renamed or removed. It says ``steps N`` if it
came to the end, and ``dead`` when the process is gone.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from lusgui.io import models

STUDY = "ward.lusgui"


def count_steps(session, last):
    """Kill this very process at the step of that number, counted from now on."""
    steps = [0]

    def step(*_arguments):
        steps[0] += 1
        if steps[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(owner, name):
        real = getattr(owner, name)

        def stepped(*arguments, **more):
            step()
            return real(*arguments, **more)

        setattr(owner, name, stepped)

    session.study._database.raw.set_trace_callback(step)
    before(os, "fsync")
    before(Path, "replace")
    before(Path, "unlink")
    before(shutil, "rmtree")
    before(shutil, "copyfile")
    return steps


def act(session, what):
    """Do one thing."""
    from lusgui.core.learning.status import FinishReason

    if what == "take":
        assert session.learning.take_result(1)
    elif what == "job":
        assert session.learning.make_job(["rib"])
    elif what == "cancel":
        session.learning.finish_run(1, FinishReason.CANCELLED)
    elif what == "back":
        session.models.roll_back("rib")
    elif what == "delete":
        session.models.roll_back("rib")
        assert session.models.delete(1)
        assert session.models.restore(1)
        assert session.models.delete(1)
    elif what == "copy":
        assert session.save_copy_to(session.study_path.with_name("copy.lusgui"))


def live(folder, what, last):
    """Open the study, do it, and die on the way."""
    from lusgui.session.session import Session

    models.bundled_models_dir = lambda: Path(folder) / "weights"
    session = Session()
    if what == "recover":
        from lusgui.session import session as module

        steps = None
        recover = session.learning.recover

        def counted():
            nonlocal steps
            steps = count_steps(session, last)
            recover()

        session.learning.recover = counted
        assert module
        assert session.open_study(Path(folder) / STUDY)
    else:
        session.learning.recover = lambda: None
        assert session.open_study(Path(folder) / STUDY)
        steps = count_steps(session, last)
        act(session, what)
    os.write(1, f"steps {steps[0]}\n".encode())


def serve():
    """Give birth to a victim for each line read, and tell when it is dead."""
    import lusgui.session.session  # noqa: F401 - imported before the births

    for line in sys.stdin:
        folder, what, last = line.rstrip("\n").rsplit("\t", 2)
        child = os.fork()
        if child == 0:
            try:
                live(folder, what, int(last))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    serve()
