import numpy as np
import pytest

from amp_net.layers import ChannelAttention, SpatialAttention
from tests import numpy_network
from tests.conftest import randomize


@pytest.mark.parametrize(
    ("layer", "reference"),
    [
        (SpatialAttention(), numpy_network.spatial_attention),
        (ChannelAttention(), numpy_network.channel_attention),
    ],
)
def test_attention_equals_the_papers_equations(layer, reference, rng):
    features = rng.normal(size=(3, 9, 7, 32)).astype("float32")
    layer.build(features.shape)
    randomize(layer, rng, 0.8)
    expected = reference(features, numpy_network.values(layer))
    assert np.abs(expected - features / 2).max() > 0.1, "the weights must matter"
    np.testing.assert_allclose(layer(features), expected, rtol=1e-4, atol=1e-5)


def test_channel_attention_shares_its_convolutions_but_not_its_normalisation():
    layer = ChannelAttention()
    layer.build((None, 9, 9, 32))
    names = sorted(variable.path.split("/", 1)[1] for variable in layer.trainable_variables)
    assert names == [
        "expand",
        "max_normalization/scale",
        "max_normalization/shift",
        "mean_normalization/scale",
        "mean_normalization/shift",
        "squeeze",
    ]
