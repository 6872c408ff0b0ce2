from __future__ import annotations

from lusgui.core.annotation import Status
from lusgui.ui.panels import labels


def test_icons_of_a_row_are_drawn_again_only_when_what_they_say_changes(window, session, monkeypatch):
    session.ensure_label("rib")
    row = next(iter(window.labels._widgets.values()))
    drawn = []
    real = labels.status_pixmap
    monkeypatch.setattr(labels, "status_pixmap", lambda *a: (drawn.append(a[0]), real(*a))[1])
    for status in (Status.EDITED, Status.EDITED, Status.ACCEPTED, Status.ACCEPTED):
        row.show_state(True, status)
    assert drawn[-2:] == [Status.EDITED, Status.ACCEPTED]
    assert len(drawn) <= 2
    row.show_state(False, None)
    assert row.status.pixmap().isNull()
    assert not row.name.isChecked()
    row.show_state(False, Status.ACCEPTED)
    assert not row.status.pixmap().isNull()
    for locked in (True, False, False, True):
        row.show_lock(locked)
        assert row.lock.isChecked() is locked
        assert row.lock.accessibleName().startswith("Unlock" if locked else "Lock")
