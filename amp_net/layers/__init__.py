"""The mathematics of AMP-Net and AMPA-Net, one idea a file, in `keras.ops` for every backend of Keras.

It knows nothing of files, flags, data sets, or of what a processor does fast.
"""

from amp_net.layers.across_blocks import AcrossBlocks
from amp_net.layers.amp_stage import AMPStage
from amp_net.layers.balanced_cnn import BalancedCNN
from amp_net.layers.channel_attention import ChannelAttention
from amp_net.layers.convolution import Convolution
from amp_net.layers.initialization import Initialization
from amp_net.layers.initialization_attention import InitializationAttention
from amp_net.layers.normalization import ChannelAffine
from amp_net.layers.sensing import Sensing
from amp_net.layers.spatial_attention import SpatialAttention
from amp_net.layers.threshold import Threshold
from amp_net.layers.transform import Transform
from amp_net.layers.unrolled import unrolled

__all__ = [
    "AMPStage",
    "AcrossBlocks",
    "BalancedCNN",
    "ChannelAffine",
    "ChannelAttention",
    "Convolution",
    "Initialization",
    "InitializationAttention",
    "Sensing",
    "SpatialAttention",
    "Threshold",
    "Transform",
    "unrolled",
]
