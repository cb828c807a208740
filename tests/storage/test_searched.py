import os

import pytest

from amp_net.storage import searched


def test_folders_are_searched_with_their_subfolders(tmp_path):
    for name in ("b.PNG", "sub/a.png", "sub/deep/notes.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    (tmp_path / "in" / "folder.png").mkdir()
    (tmp_path / "alone.tif").touch()
    found = searched.find([tmp_path / "in", tmp_path / "alone.tif"], (".png",))
    assert {str(place) for place in found.values()} == {"b.PNG", os.path.join("sub", "a.png"), "alone.tif"}
    assert all(path.is_file() for path in found)


def test_a_link_to_a_folder_is_not_searched_and_told(tmp_path, caplog):
    for name in ("in/a.png", "elsewhere/b.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (tmp_path / "in" / "more").symlink_to(tmp_path / "elsewhere")
    assert {str(place) for place in searched.find([tmp_path / "in"], (".png",)).values()} == {"a.png"}
    assert f"{tmp_path / 'in' / 'more'} is a link to a folder" in caplog.text
    caplog.clear()
    assert searched.find([tmp_path / "in" / "more"], (".png",))
    assert not caplog.text


def test_a_folder_that_cannot_be_searched_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.png").touch()
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def refuse(path):
        # As root, who may run the tests, nothing is locked.
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ValueError, match="locked cannot be searched: Permission denied"):
        searched.find([tmp_path], (".png",))
