from lusgui.core.annotation import PlaneKey


def test_place(session):
    assert session.go_to(2, 99)
    assert session.place == (2, 5)
    assert (session.current_recording_id, session.current_frame) == (2, 5)
    assert session.key() == PlaneKey(2, 5, "rib")
    assert session.key("cerebellum") == PlaneKey(2, 5, "cerebellum")
    session.heard.clear()
    assert session.go_to(2, 5)
    assert not session.heard
    assert not session.go_to(99, 0)
    assert session.place == (2, 5)


def test_place_is_written_seldom_and_at_a_quiet_moment(session):
    session.save_place()
    session.go_to(1, 1)
    session.go_to(1, 2)
    assert session.study.settings.setting("place") == [1, 0]
    session.tick()
    assert session.study.settings.setting("place") == [1, 2]
