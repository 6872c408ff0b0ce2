from training.__main__ import main
from training.recipes import replay_pools


def test_it_says_what_it_wrote(monkeypatch, tmp_path, capsys):
    told = []

    def make(name, data, path):
        told.append((name, data, path))
        return 7, 1_230_000

    monkeypatch.setattr(replay_pools, "make_pool_file", make)
    out = tmp_path / "pool.npz"
    assert main(["replay", "rib", "--data", str(tmp_path), "--out", str(out)]) == 0
    assert told == [("rib", tmp_path, out)]
    assert "7 frames, 1.23 MB" in capsys.readouterr().out.replace("\n", " ")


def test_an_unknown_name_is_one_sentence(tmp_path, capsys):
    assert main(["replay", "heart", "--data", str(tmp_path), "--out", str(tmp_path / "x.npz")]) == 2
    assert "heart" in capsys.readouterr().err
