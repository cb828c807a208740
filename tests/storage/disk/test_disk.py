import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from amp_net.storage.disk import asides, files, folders, locks
from tests.conftest import ROOT

NAMES = ("one", "two")


def killed(script, *arguments, until):
    """Runs a script up to the moment that something is true, and kills it."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    while not until():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_many_who_write_the_same_file_do_not_meet(tmp_path):
    path, errors = tmp_path / "a", []
    contents = [bytes([letter]) * 50_000 for letter in b"abcd"]

    def write(content):
        try:
            for _ in range(60):
                files.write(path, content)
        except ValueError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    files.write(path, contents[0])
    while any(thread.is_alive() for thread in threads):
        assert path.read_bytes() in contents
    assert not errors
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_file_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append("fsync"))
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: done.append("replace") or real(*paths))
    files.write(tmp_path / "a", b"content")
    assert done[:2] == ["fsync", "replace"]


def test_what_a_killed_writer_left_is_swept_by_the_next_run_and_a_living_ones_is_not(tmp_path):
    script = (
        "import sys; from amp_net.storage.disk import asides\n"
        "with asides.file(sys.argv[1]) as (file, _): file.write(b'half'); file.flush(); input()"
    )
    killed(script, tmp_path, until=lambda: any(path.stat().st_size for path in tmp_path.iterdir()))
    (left,) = tmp_path.iterdir()
    with asides.file(tmp_path) as (_, living):
        files.write(tmp_path / "a", b"whole")
        assert sorted(tmp_path.iterdir()) == sorted([living, tmp_path / "a"])
    assert not left.exists()


def test_a_files_rights_are_those_of_any_new_file(tmp_path):
    files.write(tmp_path / "a", b"")
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ValueError, match="it is no regular file"):
            files.read(path, 10)
    with pytest.raises(ValueError, match="Is a directory"):
        files.read(tmp_path, 10)


@pytest.mark.parametrize("take", [locks.locked, lambda folder: locks.in_turn(folder / locks.LOCK)])
def test_a_lock_that_is_a_link_leaves_its_target_as_it_is(take, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / locks.LOCK).symlink_to(tmp_path / "thesis.tex")
    with pytest.raises(ValueError, match="is a link; remove it"), take(tmp_path / "run"):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    (tmp_path / "run" / locks.LOCK).unlink()
    os.mkfifo(tmp_path / "run" / locks.LOCK)
    with pytest.raises(ValueError, match="no regular file"), take(tmp_path / "run"):
        pass


def replace(folder, content):
    with folders.replacing_folder(folder, NAMES) as aside:
        for name in NAMES:
            (aside / name).write_text(content)


def test_a_folder_that_is_replaced_is_never_missing(tmp_path):
    folder, errors = tmp_path / "preset", []
    replace(folder, "first")

    def write(content):
        try:
            for _ in range(40):
                replace(folder, content)
        except ValueError as error:
            errors.append(error)

    writers = [threading.Thread(target=write, args=(content,)) for content in ("second", "third")]
    for writer in writers:
        writer.start()
    missing = 0
    while any(writer.is_alive() for writer in writers):
        missing += not folder.exists()
    assert not errors
    assert not missing
    assert [path.name for path in tmp_path.iterdir()] == ["preset"]


def test_where_folders_cannot_be_exchanged_one_takes_the_others_place(tmp_path, monkeypatch):
    def cannot(*paths):
        raise OSError

    monkeypatch.setattr(asides, "exchange", cannot)
    for content in ("first", "second"):
        replace(tmp_path / "preset", content)
    assert (tmp_path / "preset" / "one").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["preset"]


def test_a_folder_behind_a_link_is_replaced_where_it_is(tmp_path):
    replace(tmp_path / "store" / "preset", "first")
    (tmp_path / "link").symlink_to(tmp_path / "store" / "preset")
    replace(tmp_path / "link", "second")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "store" / "preset" / "one").read_text() == "second"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["link", "one", "preset", "store", "two"]


def test_what_a_killed_replacement_left_is_swept_by_the_next_and_a_living_ones_is_not(tmp_path):
    script = (
        "import sys; from amp_net.storage.disk import folders\n"
        "with folders.replacing_folder(sys.argv[1], ('one',)) as aside: (aside / 'one').touch(); input()"
    )
    killed(script, tmp_path / "exported", until=lambda: any(tmp_path.rglob("one")))
    (left,) = tmp_path.iterdir()
    with folders.replacing_folder(tmp_path / "exported", NAMES) as living:
        replace(tmp_path / "exported", "whole")
        assert living.exists()
        assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["exported"]


def test_hidden_files_and_folders_of_others_are_left_alone(tmp_path):
    others = [tmp_path / name for name in (".ex-settings", ".ex-12345678", ".ex-settings-previous")]
    for other in others:
        other.mkdir()
    (tmp_path / "run" / "sub").mkdir(parents=True)
    for name in (".download.part", f".{32 * 'a'}.part"):
        (tmp_path / "run" / "sub" / name).touch()
    (tmp_path / "run" / ".folder.part").mkdir()
    with folders.replacing_folder(tmp_path / "ex", ("a",)):
        pass
    folders.remove_unfinished(tmp_path / "ex")
    with locks.locked(tmp_path / "run"):
        pass
    assert all(other.is_dir() for other in others)
    assert [path.name for path in (tmp_path / "run" / "sub").iterdir()] == [".download.part"]
