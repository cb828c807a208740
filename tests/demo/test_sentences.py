import numpy as np
import pytest

from amp_net.demonstration.computed import methods
from amp_net.demonstration.computed.bench_files import Settings, understood
from amp_net.demonstration.sentences import in_the_pages_words


@pytest.mark.parametrize(
    ("y", "phi", "settings", "told"),
    [
        ("y.npy", [], Settings(), "measured it; drop Φ too."),
        ("y.npy", ["phi.npy"], Settings(), "“Split”: interleaved, or “Split”: halves where"),
        (None, ["phi.npy"], Settings(frame=(3, 3)), "“Frame”: 3,3 has others."),
        (None, ["phi.npy"], Settings(order="walsh"), "“Order of Hadamard patterns”: walsh is of Hadamard"),
        (None, ["phi.npy"], Settings(order="walsh"), "; leave it out where Φ is your own."),
        (None, ["wide.npy"], Settings(), "give “Frame”."),
        (None, [], Settings("hadamard"), "as “Frame”: 64,64."),
        (None, [], Settings("hadamard", (8, 8)), "“Order of Hadamard patterns”: natural, "),
        (None, [], Settings("random_01"), "need “Frame” and “Measurements”, how many"),
    ],
)
def test_a_mistake_is_told_in_the_pages_words(y, phi, settings, told, tmp_path):
    for name, numbers in (("y", np.ones(8)), ("phi", np.eye(4)), ("wide", np.eye(2, 3))):
        np.save(tmp_path / f"{name}.npy", numbers)
    with pytest.raises(ValueError, match="--") as raised:
        understood(y and tmp_path / y, [tmp_path / each for each in phi], settings)
    sentence = in_the_pages_words(raised.value)
    assert told in sentence
    assert "--" not in sentence


def test_what_the_page_cannot_do_a_command_does():
    assert in_the_pages_words("white measures 2; --scale sets it") == (
        "white measures 2; the command's --scale sets it"
    )
    told = "commands are told both by --range=0,255."
    assert in_the_pages_words(told) == told


def test_a_mistake_leaves_nothing_of_what_was_there(monkeypatch):
    # Gradio takes seconds to import, which only who runs this has to wait.
    from amp_net.demonstration.photograph_handlers import rebuild, rows_of_phi
    from amp_net.demonstration.stage_handlers import estimates

    ((told, table, found, under, *pictures),) = rebuild("camera", None, 10, 0, "whole", [], None)
    assert told == "**No method is chosen&#59; tick at least one&#46;**"
    assert (table, found, pictures) == (None, None, [None] * 3)
    assert (under.choices, under.visible) == ([], False)
    told, strip, count, *_, play, timer = estimates("camera", None, 10, 0, "total variation")
    assert "total variation has no stages" in told
    assert (strip, count, play.interactive, timer.active) == (None, 0, False, False)

    def find(*_):
        raise ModuleNotFoundError("bm3d is not installed")

    monkeypatch.setattr(methods, "find", find)
    assert rows_of_phi(10, ["D-AMP, BM3D"]) == ("**bm3d is not installed**", None)
