import pytest

from amp_net.storage.kept import Kept


def test_what_is_kept_goes_without_what_is_not_ours(tmp_path):
    kept = Kept(tmp_path / "kept", {"work": 1})
    kept.put([1, "a"], b"part")
    (tmp_path / "kept" / "notes.txt").touch()
    assert (kept.get([1, "a"]), kept.get([1, "b"])) == (b"part", None)
    assert Kept(tmp_path / "kept", {"work": 2}).get([1, "a"]) is None
    kept.finish()
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["notes.txt"]
    (tmp_path / "linked").symlink_to(tmp_path / "kept")
    with pytest.raises(ValueError, match="is a link"):
        Kept(tmp_path / "linked", 1).put(1, b"part")
