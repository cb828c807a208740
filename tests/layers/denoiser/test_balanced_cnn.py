import numpy as np
import pytest

from amp_net.layers import BalancedCNN
from tests import numpy_network
from tests.conftest import randomize


@pytest.mark.parametrize("spatial", [False, True])
@pytest.mark.parametrize("channel", [False, True])
def test_balanced_cnn_equals_eq_3_and_eq_6(spatial, channel, blocks, rng):
    layer = BalancedCNN(spatial_attention=spatial, channel_attention=channel)
    layer.build(blocks.shape)
    randomize(layer, rng, 0.1)
    restored, residual = layer(blocks[:4], symmetry_every=2)
    expected, expected_residual = numpy_network.balanced_cnn(blocks[:4], numpy_network.values(layer))
    np.testing.assert_allclose(restored, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(residual, expected_residual[::2], rtol=1e-4, atol=1e-4)


def test_no_residual_unless_asked(blocks):
    layer = BalancedCNN(channels=4)
    layer.build(blocks.shape)
    assert layer(blocks[:2])[1] is None


def test_skip_and_first_convolution_stay_float32_in_mixed_precision(blocks):
    layer = BalancedCNN(dtype="mixed_bfloat16")
    layer.build(blocks.shape)
    assert layer.first.compute_dtype == "float32"
    assert layer.transform.first.compute_dtype == "bfloat16"
    layer.last.kernel.assign(np.zeros(layer.last.kernel.shape))
    np.testing.assert_array_equal(layer(blocks)[0], blocks)
