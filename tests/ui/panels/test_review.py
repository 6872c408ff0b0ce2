from lusgui.core.annotation import Status


def test_the_page_tells_the_status_of_the_frame_and_label(window, qtbot):
    session, panel = window.session, window.review.panel
    window.review.show()
    panel.refresh()
    assert panel.status.text() == "Rib, frame 1: <b>untouched</b>"
    assert "Nobody" in panel.said.text()
    session.rater = "Ada"
    session.set_status(session.key("rib"), Status.NOTHING_HERE)
    qtbot.waitUntil(lambda: "nothing here" in panel.status.text())
    assert panel.said.text().startswith("Ada, ")
    session.step(1)
    qtbot.waitUntil(lambda: "frame 2" in panel.status.text())
    session.view.label = "cerebellum"
    qtbot.waitUntil(lambda: panel.status.text().startswith("Cerebellum"))


def test_without_a_name_the_page_says_where_to_give_one(window, session):
    panel = window.review.panel
    session.rater = ""
    session.set_status(session.key("rib"), Status.NOTHING_HERE)
    panel.refresh()
    assert panel.said.text().startswith("Reader not named (Edit, Who draws), ")


def test_a_page_that_nobody_sees_looks_at_nothing(window, qtbot, monkeypatch):
    panel = window.review.panel
    window.tabs.setCurrentIndex(0)
    asked = []
    monkeypatch.setattr(panel, "refresh", lambda: asked.append(1))
    window.session.step(1)
    qtbot.wait(100)
    assert asked == []


def test_without_a_recording_the_page_says_what_to_do(window):
    window.session.close_study()
    window.review.panel.refresh()
    assert window.review.panel.status.text() == "Open a recording to review it."
