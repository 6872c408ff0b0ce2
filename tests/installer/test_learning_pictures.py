from __future__ import annotations

from installer import learning_pictures
from lusgui.session.session import Session


def test_the_study_of_the_pictures_holds_so_many_masks(tmp_path):
    study = learning_pictures.make_study(tmp_path)
    session = Session()
    session.open_study(study)
    counted = session.learning.count("rib")
    session.close_study()
    assert (counted.positives, counted.recordings) == (learning_pictures.MASKS, 1)
