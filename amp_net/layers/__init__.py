"""The mathematics of AMP-Net and AMPA-Net, one idea a file, in `keras.ops` for every backend of Keras.

Here are Φ, X(0), and Algorithms 2 and 3, whose stages take any denoiser. The paper's denoiser, Eq. 3, is
in `denoiser`; layers of our own, for whole images, are in `beyond`. Nothing here knows of files, flags, data
sets, or of what a processor does fast.
"""

from amp_net.layers.amp_stage import AMPStage
from amp_net.layers.beyond.across_blocks import AcrossBlocks
from amp_net.layers.denoiser.balanced_cnn import BalancedCNN
from amp_net.layers.denoiser.channel_attention import ChannelAttention
from amp_net.layers.denoiser.convolution import Convolution
from amp_net.layers.denoiser.normalization import ChannelAffine
from amp_net.layers.denoiser.spatial_attention import SpatialAttention
from amp_net.layers.denoiser.threshold import Threshold
from amp_net.layers.denoiser.transform import Transform
from amp_net.layers.initialization import Initialization
from amp_net.layers.initialization_attention import InitializationAttention
from amp_net.layers.sensing import Sensing
from amp_net.layers.unrolled import iterations, unrolled

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
    "iterations",
    "unrolled",
]
