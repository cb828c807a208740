import re

import pytest

from amp_net import __main__ as door
from amp_net import __version__
from tests.conftest import ROOT


@pytest.fixture
def run(program):
    return lambda *arguments: program("-m", "amp_net", *arguments)


def test_every_command_is_listed_and_installed():
    files = (ROOT / "amp_net").glob("[a-z]*.py")
    assert {path.stem for path in files if "cli.run(" in path.read_text()} == {*door.COMMANDS}
    scripts = re.findall(r'"(amp_net\S*)=(amp_net\S*):run"', (ROOT / "setup.py").read_text())
    assert dict(scripts) == {f"amp_net.{name}": f"amp_net.{name}" for name in door.COMMANDS} | {
        "amp_net": "amp_net.__main__"
    }


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_lists_each_command_with_its_line(arguments, run):
    done = run(*arguments)
    assert done.returncode == 0
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith("  ")]
    assert [name for name, _ in lines] == list(door.COMMANDS)
    assert dict(lines)["sense"] == "Senses images."
    assert all(text.endswith(".") and "`" not in text for _, text in lines)


def test_a_command_is_what_it_is_by_its_own_name(run, command):
    assert run("--version").stdout == f"amp_net {__version__}\n"
    by_name = command("sense", "--help").stdout
    for arguments in (["sense", "--help"], ["help", "sense"]):
        shown = run(*arguments).stdout
        assert shown.partition("\n  --")[2] == by_name.partition("\n  --")[2]
        assert shown.splitlines()[0] == by_name.splitlines()[0]
    done = run("sense", "--output_dir=y", "no.png")
    assert (done.stderr, done.returncode) == ("Error: no.png does not exist; give files or folders.\n", 1)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("sens", "did you mean sense?"), ("amp_net.train", "mean train?"), ("x\x1b", "there are ")],
)
def test_an_unknown_command_is_answered_with_the_known_ones(name, meant, monkeypatch):
    assert "\x1b" not in door.unknown(name)
    monkeypatch.setattr("sys.argv", ["amp_net", name, "--help"])
    with pytest.raises(SystemExit, match=r"Error: There is no command .*" + re.escape(meant)):
        door.run()
