import fcntl
import os
import pty
import select
import struct
import sys
import termios

import pytest

from amp_net.command_line import cli, progress


@pytest.fixture
def shown(monkeypatch):
    """What is shown, in a process that is no command and has no terminal."""
    monkeypatch.setattr(progress, "SHOWN", progress.Shown())
    return progress.SHOWN


def test_a_library_says_nothing_where_there_is_no_terminal(shown, capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    assert list(progress.bar([1, 2, 3], "file")) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


def test_a_command_without_a_terminal_writes_a_line_a_minute(shown, capsys, monkeypatch):
    shown.lines = True
    now = iter([0, 0, 30, 60, 90, 120, 121])
    monkeypatch.setattr(progress, "monotonic", lambda: next(now))
    for item in progress.bar(range(6), "piece"):
        if item == 3:
            progress.say("three")
    out, err = capsys.readouterr()
    assert out == "three\n"
    assert err.splitlines() == [
        "2 of 6 pieces in 1 min 0 s, 0.033 a second; about 2 min 0 s left.",
        "4 of 6 pieces in 2 min 0 s, 0.033 a second; about 1 min 0 s left.",
    ]


def test_a_terminal_shows_a_bar_with_rate_and_remaining_time(shown, monkeypatch, capsys):
    leader, follower = pty.openpty()
    # A terminal of no size shows nothing.
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    with os.fdopen(follower, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        for item in progress.bar(range(3), "piece"):
            progress.say(f"line {item}")
        terminal.flush()
        assert select.select([leader], [], [], 5)[0]
        written = os.read(leader, 2**16).decode()
    os.close(leader)
    assert "0/3" in written
    assert "piece/s" in written
    assert capsys.readouterr().out == "line 0\nline 1\nline 2\n"


def test_quiet_leaves_nothing_to_be_seen(shown, capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    shown.lines = shown.quiet = True
    assert list(progress.bar([1, 2], "file")) == [1, 2]
    progress.say("done")
    assert capsys.readouterr() == ("", "")


def test_what_has_no_length_is_passed_on(shown):
    shown.lines = True
    assert list(progress.bar(iter("ab"), "file")) == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "taken"),
    [(["-v"], ["--verbosity=1"]), (["-v", "2"], ["-v", "2"]), (["-v", "file"], ["--verbosity=1", "file"])],
)
def test_v_alone_is_verbosity_1(given, taken):
    assert cli._with_verbosity(["amp_net.sense", *given]) == ["amp_net.sense", *taken]
