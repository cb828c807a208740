import json
import shutil

import pytest

from amp_net.models import networks, presets
from amp_net.models.amp_net import AMPNet
from tests.conftest import outcome
from tests.hostile.seeds import CONFIG

OBEYED = "\x1b[2J\u202eend"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "mine"
    AMPNet(**CONFIG).save_to_preset(folder)
    return folder


@pytest.fixture
def mine(made, tmp_path):
    return shutil.copytree(made, tmp_path / "mine")


def altered(path, **fields):
    content = {**json.loads(path.read_text()), **fields}
    path.write_text(json.dumps({key: value for key, value in content.items() if key != "config_sha256"}))


@pytest.mark.parametrize(
    "field", ["activation", "normalization", "residual", "sensing_start", "loss_penalty"]
)
@pytest.mark.parametrize("text", [OBEYED, "x" * 100_000])
def test_what_a_config_says_is_told_in_a_line_that_no_terminal_obeys(field, text, mine):
    altered(mine / presets.METADATA)
    altered(mine / presets.CONFIG, **{field: text})
    _, message = outcome(AMPNet.from_preset, mine)
    assert message is not None
    assert message.isprintable()
    assert len(message) < 1000


@pytest.mark.parametrize("kind", [OBEYED, "x" * 100_000, ["x\x1b"], {"a": 1}, 9, None])
def test_the_kind_of_a_preset_is_told_likewise(kind, mine):
    altered(mine / presets.METADATA, kind=kind)
    _, message = outcome(networks.load, mine)
    assert "holds a network of the kind" in message
    assert message.isprintable()
    assert len(message) < 1000


@pytest.mark.parametrize("field", [OBEYED, "x" * 100_000])
def test_an_unknown_field_is_told_likewise(field, mine):
    altered(mine / presets.METADATA)
    altered(mine / presets.CONFIG, **{field: 1})
    _, message = outcome(AMPNet.from_preset, mine)
    assert "there is no field" in message
    assert message.isprintable()
    assert len(message) < 1000


@pytest.mark.parametrize("units", [2**40, 10**400, 2**21])
def test_too_many_units_are_told_as_such(units):
    with pytest.raises(
        ValueError, match=r"^The field initialization_attention_units is .*; it must be at most"
    ):
        AMPNet(**CONFIG, initialization_attention=True, initialization_attention_units=units)


@pytest.mark.parametrize("units", ["9", [], 0, -1, True, 0.5, float("nan")])
def test_units_that_are_no_number_are_told_as_such(units):
    with pytest.raises(ValueError, match=r"^The field initialization_attention_units is .* whole number"):
        AMPNet(**CONFIG, initialization_attention_units=units)


@pytest.mark.parametrize("name", [presets.CONFIG, presets.METADATA, presets.WEIGHTS])
def test_a_presets_file_may_be_a_link_to_what_it_records(name, mine, tmp_path):
    store = tmp_path / "blob"
    (mine / name).rename(store)
    (mine / name).symlink_to(store)
    AMPNet.from_preset(mine)
    store.write_bytes(store.read_bytes()[:-9])
    _, message = outcome(AMPNet.from_preset, mine)
    assert name in message
    store.unlink()
    _, message = outcome(AMPNet.from_preset, mine)
    assert message is not None
    (mine / name).unlink()
    (mine / name).symlink_to("/dev/zero")
    _, message = outcome(AMPNet.from_preset, mine)
    assert message is not None
