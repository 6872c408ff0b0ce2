from lusgui.session.file_search import FileSearch


def put(path, size=10):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


def find(study_folder, path, relative="a.mat", size=10):
    return list(FileSearch(study_folder).find(path, relative, size))


def test_likeliest_first_each_once(tmp_path):
    here = tmp_path / "study"
    seen_from_study = put(here / "data" / "a.mat")
    same_name = put(here / "deep" / "er" / "a.mat")
    renamed = put(here / "b.mat")
    put(here / "c.mat", size=11)
    put(here / "b.txt")
    found = find(here, tmp_path / "gone" / "a.mat", "data/a.mat")
    assert found == [seen_from_study, same_name, renamed]


def test_neighbouring_folders_but_not_hidden_ones(tmp_path):
    (tmp_path / "study").mkdir()
    beside = put(tmp_path / "other" / "a.mat")
    put(tmp_path / ".hidden" / "a.mat")
    put(tmp_path / "1" / "2" / "3" / "4" / "a.mat")
    assert find(tmp_path / "study", tmp_path / "gone" / "a.mat") == [beside]


def test_strange_paths_find_nothing(tmp_path):
    assert find(tmp_path, tmp_path / ("x" * 5000), "\x00") == []


def test_folders_are_listed_once(tmp_path, monkeypatch):
    import os

    from lusgui.session import file_search

    listed = []
    real = os.scandir
    monkeypatch.setattr(file_search.os, "scandir", lambda p: listed.append(p) or real(p))
    search = FileSearch(tmp_path)
    list(search.find(tmp_path / "a.mat", None, 3))
    once = len(listed)
    for number in range(20):
        list(search.find(tmp_path / f"{number}.mat", None, 3))
    assert len(listed) == once
