import functools
import json
import shlex
import shutil

import h5py
import numpy as np
import pytest

from amp_net import AMPNet, measurements
from amp_net.evaluation.published import split_name
from amp_net.models import presets
from amp_net.storage import half_precision, weight_files
from amp_net.storage.disk import folders
from experiments.recipe.killed_training import variables
from tests.make_golden import GOLDEN, golden_values

PARTS = ("README.md", "config.json", "metadata.json", "model.weights.h5")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, blocks):
    model = AMPNet(stages=2, channels=8, spatial_attention=True, dtype="mixed_bfloat16")
    model.compile()
    model.fit(blocks, verbose=0)
    folder = tmp_path_factory.mktemp("trained") / "mine"
    model.save_to_preset(folder, {"seed": 5})
    return model, folder


@pytest.fixture
def saved(trained, tmp_path):
    """A trained model, and a preset of it that a test may damage."""
    model, folder = trained
    weights = model.get_weights()
    yield model, shutil.copytree(folder, tmp_path / "mine")
    model.set_weights(weights)


@pytest.fixture(scope="module")
def shipped_model():
    """A model of a shipped preset's name, loaded once; for tests that leave it as it is."""
    return functools.cache(AMPNet.from_preset)


def test_a_loaded_preset_gives_the_same_numbers(saved, blocks):
    model, folder = saved
    loaded = AMPNet.from_preset(folder)
    assert loaded.compute_dtype == "float32"
    for old, new in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert new.dtype == np.float32
        np.testing.assert_array_equal(new, old.astype("float16"))
    model.set_weights(loaded.get_weights())
    mixed = AMPNet.from_preset(folder, dtype="mixed_bfloat16")
    np.testing.assert_allclose(mixed(blocks[:2]), model(blocks[:2]), atol=1e-6)


def test_a_preset_holds_nothing_but_weights_and_how_they_were_made(saved):
    model, folder = saved
    assert sorted(path.name for path in folder.iterdir()) == list(PARTS)
    metadata = presets.load_metadata(folder)
    assert metadata["seed"] == 5
    assert metadata["parameters"] == model.count_params()
    stored = []
    with h5py.File(folder / "model.weights.h5") as file:
        file.visititems(lambda name, item: stored.append(name) if hasattr(item, "shape") else None)
    assert len(stored) == len(model.weights)


def stored_types(folder):
    """The dtype of each stored array, by its name in the file."""
    return {name: values.dtype for name, values in variables(folder / "model.weights.h5").items()}


def test_weights_are_stored_in_half_precision_and_saving_again_changes_nothing(saved, tmp_path):
    model, folder = saved
    assert set(stored_types(folder).values()) == {np.dtype("float16")}
    assert presets.load_metadata(folder)["stored_as"] == "float16"
    before = model.get_weights()
    model.save_to_preset(tmp_path / "twin")
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)
    AMPNet.from_preset(folder).save_to_preset(tmp_path / "again")
    stored, again = (variables(each / "model.weights.h5") for each in (folder, tmp_path / "again"))
    assert stored.keys() == again.keys()
    for name in stored:
        np.testing.assert_array_equal(stored[name], again[name])


def test_weights_are_packed_in_a_file_that_depends_on_them_alone(tmp_path, rng):
    path, values = tmp_path / "weights.h5", rng.normal(0, 0.1, (200, 200)).astype("float16")
    with h5py.File(path, "w") as file:
        file["layers/one/vars/0"] = values.astype("float32")
        file["layers/one/vars/1"] = np.float32(0.5)
        file["layers/one"].attrs["name"] = "one"
    half_precision.store(path)
    assert path.stat().st_size < 0.95 * values.nbytes
    with h5py.File(path) as file:
        assert file["layers/one"].attrs["name"] == "one"
        stored = file["layers/one/vars/0"]
        assert (stored.shuffle, stored.compression) == (True, "gzip")
        np.testing.assert_array_equal(stored, values)
        assert file["layers/one/vars/1"][()] == 0.5
        for group in (file["/"], file["layers"], file["layers/one"]):
            assert not group.id.get_create_plist().get_obj_track_times()
    before = path.read_bytes()
    half_precision.store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("factor", [1e6, 1e-6])
def test_what_half_precision_cannot_hold_stays_in_float32(factor, tmp_path):
    model = AMPNet(stages=1, channels=4)
    kernel = model.stages[0].cnn.first.kernel
    kernel.assign(kernel * factor)
    model.save_to_preset(tmp_path / "mine")
    np.testing.assert_array_equal(AMPNet.from_preset(tmp_path / "mine").stages[0].cnn.first.kernel, kernel)
    types = stored_types(tmp_path / "mine")
    assert [name for name, dtype in types.items() if dtype == np.float32] == [
        name for name in types if "cnn/first/" in name
    ]


def test_an_array_is_rounded_unless_its_small_entries_lose_a_share_of_its_largest():
    # Between 2^-15 and its neighbours in float16 lie 2^-24.
    between = 2.0**-15 + 2.0**-26
    for values in ([1.0, between], [1e-4, 2.0**-15], [0.0, 0.0], []):
        values = np.float32(values)
        np.testing.assert_array_equal(half_precision.rounded(values), values.astype("float16"))
    values = np.float32([1e-4, between])
    np.testing.assert_array_equal(half_precision.rounded(values), values)


def test_rounding_keeps_signs_where_it_is_to():
    values = np.float32([1.0, 1e-9, -1e-9, -1e-30, 0.0])
    rounded = half_precision.rounded(values, keep_signs=True)
    np.testing.assert_array_equal(np.sign(rounded), [1, 1, -1, -1, 0])
    np.testing.assert_allclose(rounded, values, atol=2.0**-24)


def test_a_matrix_that_is_not_learned_keeps_its_exact_values(rng, tmp_path):
    model = AMPNet(stages=1, channels=4, block_size=9, trainable_sensing=False)
    matrix = rng.normal(size=model.sensing.matrix.shape).astype("float32")
    model.set_sensing_matrix(matrix)
    model.save_to_preset(tmp_path / "mine")
    np.testing.assert_array_equal(AMPNet.from_preset(tmp_path / "mine").sensing.matrix, matrix)


def test_saving_again_replaces_the_preset(saved):
    _, folder = saved
    AMPNet(stages=1, channels=4).save_to_preset(folder)
    assert AMPNet.from_preset(folder).get_config()["stages"] == 1
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


@pytest.mark.parametrize("after", ["saving", "looking"])
def test_a_preset_whose_replacement_was_killed_comes_back(after, saved):
    model, folder = saved
    folder.rename(folder.with_name(f".{folder.name}-{32 * 'a'}-previous"))
    if after == "looking":
        folders.remove_unfinished(folder)
    else:
        with pytest.raises(RuntimeError), folders.replacing_folder(folder, PARTS):
            raise RuntimeError
    assert AMPNet.from_preset(folder).get_config()["stages"] == model.get_config()["stages"]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match=r"other files \(thesis\.tex\)"):
        AMPNet(stages=1, channels=4).save_to_preset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be written"):
        AMPNet(stages=1, channels=4).save_to_preset(tmp_path / "file" / "preset")


def test_an_unknown_preset_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no preset 'amp_net_cs26'.*amp_net_cs25"):
        AMPNet.from_preset("amp_net_cs26")


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def put(folder, config, as_before=False):
    """Another config, in a preset that has the config's SHA-256, or in one of before there was any."""
    (folder / "config.json").write_text(json.dumps(config))
    if as_before:
        metadata = presets.load_metadata(folder)
        del metadata["config_sha256"]
        (folder / "metadata.json").write_text(json.dumps(metadata))


def test_a_preset_of_before_and_one_with_other_line_ends_are_loaded(saved):
    model, folder = saved
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("\n", "\r\n"), newline="")
    assert b"\r\n" in (folder / "config.json").read_bytes()
    assert AMPNet.from_preset(folder).config == model.config
    put(folder, json.loads(config), as_before=True)
    assert AMPNet.from_preset(folder).config == model.config


def test_a_preset_of_0_1_with_its_field_for_speed_is_loaded(saved):
    model, folder = saved
    config = {**json.loads((folder / "config.json").read_text()), "merge_pairs": False}
    put(folder, config, as_before=True)
    loaded = AMPNet.from_preset(folder)
    assert loaded.config == model.config
    assert "merge_pairs" not in loaded.config


@pytest.mark.parametrize("change", [{"residual": "previous"}, {"activation": "tanh"}])
def test_a_config_that_was_altered_but_fits_is_refused(change, saved):
    _, folder = saved
    put(folder, {**json.loads((folder / "config.json").read_text()), **change})
    with pytest.raises(ValueError, match=r"config\.json is damaged"):
        AMPNet.from_preset(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: flip_a_bit(folder / "model.weights.h5"), "model.weights.h5 is damaged"),
        (lambda folder: (folder / "model.weights.h5").write_bytes(b""), "model.weights.h5 is damaged"),
        (lambda folder: (folder / "model.weights.h5").unlink(), "model.weights.h5 is missing"),
        (lambda folder: (folder / "metadata.json").unlink(), "metadata.json cannot be read"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json is damaged"),
        (lambda folder: (folder / "config.json").write_text("[]"), "config.json is damaged"),
        (lambda folder: put(folder, {"stage": 9}), "config.json is damaged"),
        (lambda folder: put(folder, {"stages": 1}), "config.json is damaged"),
        (lambda folder: put(folder, {"stage": 9}, as_before=True), "does not describe a model"),
        (lambda folder: put(folder, {"stages": 1}, as_before=True), "model.weights.h5 does not fit"),
    ],
)
def test_a_damaged_preset_is_refused(damage, message, saved):
    _, folder = saved
    damage(folder)
    with pytest.raises(ValueError, match=message):
        AMPNet.from_preset(folder)


@pytest.mark.parametrize("name", presets.shipped())
def test_shipped_presets_say_how_they_were_made(name, shipped_model):
    metadata = presets.load_metadata(name)
    assert {"command", "commit", "steps", "hours", "training", "results"} <= set(metadata)
    assert metadata["training"]["data"] == "t91"
    assert "set11" in metadata["results"]
    network, ratio = split_name(name)
    assert shipped_model(name).config["cs_ratio"] == ratio
    assert ("--attention=all" in metadata["command"]) == (network == "AMPA-Net")
    made = metadata
    while "--start_from=" in made["command"]:
        made = made["started_from"]
        assert {"command", "commit", "steps", "hours", "weights_sha256"} <= set(made)
    assert made["started_from"] is None
    settings = {**metadata["training"], **metadata["training"]["model"]}
    for argument in shlex.split(metadata["command"]):
        name, _, value = argument.removeprefix("--").partition("=")
        assert str(settings.get(name, value)) == value


def test_measurements_of_the_presets_of_before_are_known(shipped_model):
    known = measurements.former_matrices().values()
    rounded = [name for name in presets.shipped() if "rounded" in presets.load_metadata(name)]
    assert rounded
    for name in rounded:
        assert measurements.fingerprint(shipped_model(name).sensing.matrix) in known


@pytest.mark.parametrize("name", presets.shipped(None))
def test_shipped_presets_give_their_golden_values(name, shipped_model):
    golden = json.loads(GOLDEN.read_text())[name]
    np.testing.assert_allclose(golden_values(name, shipped_model), golden, atol=2e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": 3000}, "stages is 3000; it must be at most 100"),
        ({"stages": 1e30}, "whole number"),
        ({"channels": 20_000}, "at most 1024"),
        ({"stages": 100, "channels": 1024}, "too large a network"),
        ({"block_size": 10**6}, "at most 256"),
        ({"block_size": 256, "cs_ratio": 50}, "more than 67108864 entries"),
        ({"cs_ratio": 1e-300}, "far less than one measurement"),
        ({"spatial_attention": "no"}, "spatial_attention is 'no'; it must be true or false"),
        ({"activation": {"module": "os", "class_name": "system"}}, "it must be a name"),
        ({"activity_regularizer": {"class_name": "L2"}}, "there is no field 'activity_regularizer'"),
    ],
)
def test_a_config_of_a_stranger_is_judged_before_the_model_is_built(change, message, tmp_path):
    model = AMPNet(stages=1, channels=4, block_size=8)
    model.save_to_preset(tmp_path)
    put(tmp_path, {**json.loads((tmp_path / "config.json").read_text()), **change}, as_before=True)
    with pytest.raises(ValueError, match=message):
        AMPNet.from_preset(tmp_path)


def test_weights_that_are_not_numbers_or_lead_elsewhere_are_refused(tmp_path):
    model = AMPNet(stages=1, channels=4, block_size=8)
    model.stages[0].cnn.first.kernel.assign(np.full((3, 3, 1, 4), np.nan))
    model.save_to_preset(tmp_path / "nan")
    with pytest.raises(ValueError, match="holds NaN or infinity"):
        AMPNet.from_preset(tmp_path / "nan")
    weights = tmp_path / "nan" / "model.weights.h5"
    with h5py.File(weights, "a") as file:
        file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(ValueError, match="'elsewhere' is a link"):
        weight_files.check(weights)
    with h5py.File(weights, "w") as file:
        file.create_dataset("unfolds", (2**14, 2**14), "f4", chunks=(8, 8), compression="gzip")
    with pytest.raises(ValueError, match="'/unfolds' is no plain array"):
        weight_files.check(weights)


@pytest.mark.parametrize("metadata", ["text", {"psnr": np.nan}, {"made": object()}])
def test_metadata_that_json_does_not_hold_are_refused(metadata, tmp_path):
    with pytest.raises(ValueError, match=r"The metadata .*; give"):
        AMPNet(cs_ratio=1, stages=1, channels=2).save_to_preset(tmp_path / "odd", metadata)
    assert not list(tmp_path.iterdir())
