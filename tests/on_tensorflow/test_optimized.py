import numpy as np
import pytest
from skimage import data

from amp_net import AMPNet, evaluation
from amp_net.images import quality
from amp_net.models import presets
from amp_net.tensorflow.optimized import MergedAMPNet
from experiments.benchmark.networks.plain_network import PlainAMPNet
from tests.conftest import randomize

ATTENTIONS = ("initialization_attention", "spatial_attention", "channel_attention")


@pytest.mark.parametrize("preset", presets.shipped())
def test_every_preset_rebuilds_the_same_up_to_the_border(preset, blocks):
    plain = PlainAMPNet.of(AMPNet.from_preset(preset))
    np.testing.assert_allclose(MergedAMPNet(plain)(blocks[:8]), plain(blocks[:8]), atol=1e-4)


@pytest.mark.parametrize(
    "fields",
    [
        {"normalization": "batch"},
        {"residual": "previous", "activation": "elu"},
        {"spatial_attention": True},
        {"channel_attention": True, "normalization": "batch"},
        {"initialization_attention": True, "sensing_gain": 8.0},
    ],
)
def test_every_kind_of_network_rebuilds_the_same(fields, rng, blocks):
    model = AMPNet(cs_ratio=4, stages=2, channels=8, **fields)
    for stage in model.stages:
        randomize(stage, rng, 0.15)
        for layer in (stage.cnn.transform.first, stage.cnn.threshold):
            if fields.get("normalization") == "batch":
                layer.norm.moving_mean.assign(rng.normal(size=8))
                # So small that what is added to it, 0.001, is seen.
                layer.norm.moving_variance.assign(rng.uniform(0.02, 0.1, 8))
    expected = model(blocks)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(MergedAMPNet(model)(blocks), expected, rtol=1e-4, atol=1e-4)


def test_later_changes_of_the_model_do_not_show(rng, blocks):
    model = AMPNet(cs_ratio=4, stages=2, channels=8, **dict.fromkeys(ATTENTIONS, True))
    fast = MergedAMPNet(model)
    measured, restored = fast.sense(blocks), fast(blocks)
    for layer in (model.sensing, model.initialization, *model.stages):
        randomize(layer, rng)
    np.testing.assert_array_equal(fast.sense(blocks), measured)
    np.testing.assert_array_equal(fast(blocks), restored)
    assert np.abs(model(blocks) - restored).max() > 0.01


def test_the_policy_of_the_model_does_not_show(rng, blocks):
    fields = {"cs_ratio": 4, "stages": 1, "channels": 8, **dict.fromkeys(ATTENTIONS, True)}
    model = AMPNet(**fields, dtype="mixed_bfloat16")
    randomize(model.stages[0], rng, 0.15)
    twin = AMPNet(**fields)
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(MergedAMPNet(model)(blocks), MergedAMPNet(twin)(blocks))


@pytest.mark.parametrize(("dtype", "most"), [("bfloat16", 0.02), ("float16", 0.002)])
def test_16_bits_cost_little(dtype, most):
    model = AMPNet.from_preset("amp_net_cs25")
    image = data.camera()[128:260, 128:260].astype("float32") / 255
    exact, rounded = (
        quality.psnr(image, evaluation.rebuild(MergedAMPNet(model, each), image))
        for each in ("float32", dtype)
    )
    assert 0 < abs(exact - rounded) < most


def test_other_dtypes_are_refused():
    with pytest.raises(ValueError, match="float32, bfloat16, float16, not 'float64'"):
        MergedAMPNet(AMPNet(cs_ratio=1, stages=1), "float64")
