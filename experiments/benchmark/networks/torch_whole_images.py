"""Networks of OPINE-Net+'s and CASNet's shape in stock PyTorch, which see whole images, to time ours against.

Written from the descriptions of Zhang, Zhao and Gao 2020 and of Chen and Zhang 2022; the weights are random.
"""

import itertools

import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode


class TorchBlockSensing(nn.Module):
    """Φ of blocks of an image `(batch, 1, height, width)`, whose sides are whole blocks.

    Args:
        rows, side: of the matrix, and of a block in pixels.
    """

    def __init__(self, rows, side):
        super().__init__()
        self.side = side
        self.matrix = nn.Parameter(torch.randn(rows, side**2) / side)

    def forward(self, image, count=None):
        """Y of the first `count` rows, `(batch, count, rows of blocks, columns of blocks)`."""
        patterns = self.matrix[:count].view(-1, 1, self.side, self.side)
        return functional.conv2d(image, patterns, stride=self.side)

    def back(self, y):
        """Φᵀ y as an image."""
        patterns = self.matrix[: y.shape[1]].T[..., None, None]
        return functional.pixel_shuffle(functional.conv2d(y, patterns), self.side)


class TorchOPINENetPlus(nn.Module):
    """OPINE-Net+'s shape: nine phases of a gradient step and six convolutions, over the whole image.

    The sensing matrix is the same size as one of ±1, and takes the same time.
    """

    def __init__(self, measurements=272, phases=9, channels=32, side=33):
        super().__init__()
        self.sensing = TorchBlockSensing(measurements, side)
        self.steps = nn.Parameter(torch.full((phases,), 0.5))
        self.thresholds = nn.Parameter(torch.full((phases,), 0.01))
        widths = (1, *[channels] * 5, 1)
        self.phases = nn.ModuleList(
            nn.ModuleList(_convolution(*pair) for pair in itertools.pairwise(widths)) for _ in range(phases)
        )

    def forward(self, image):
        """Senses and rebuilds images `(batch, 1, height, width)` of whole blocks."""
        y = self.sensing(image)
        x = self.sensing.back(y)
        for convolutions, step, threshold in zip(self.phases, self.steps, self.thresholds, strict=True):
            first, forward_1, forward_2, backward_1, backward_2, last = convolutions
            x = x - step * self.sensing.back(self.sensing(x) - y)
            sparse = forward_2(functional.relu(forward_1(first(x))))
            shrunk = torch.sign(sparse) * functional.relu(sparse.abs() - threshold)
            x = x + last(backward_2(functional.relu(backward_1(shrunk))))
        return x


class TorchCASNet(nn.Module):
    """CASNet's shape: thirteen phases of a gradient step and a U-Net that is told the blocks' CS ratios.

    Every block has the same m here. CASNet allots more to some blocks, by what its detector finds.
    """

    def __init__(self, count=256, phases=13, side=32):
        super().__init__()
        self.count = count
        self.sensing = TorchBlockSensing(side**2, side)
        self.detector = nn.Sequential(
            _convolution(1, 32), *(_Residual(32) for _ in range(3)), _convolution(32, 1)
        )
        self.steps = nn.Parameter(torch.full((phases,), 0.5))
        self.ratio_features = nn.ModuleList(_ratio_features() for _ in range(phases))
        self.denoisers = nn.ModuleList(_UNet(1 + RATIO_FEATURES) for _ in range(phases))

    def forward(self, image):
        """Senses and rebuilds images `(batch, 1, height, width)` of whole blocks."""
        side = self.sensing.side
        saliency = functional.softmax(self.detector(image).flatten(1), 1).view_as(image)
        ratios = functional.interpolate(functional.avg_pool2d(saliency, side), scale_factor=side)
        y = self.sensing(image, self.count)
        x = self.sensing.back(y)
        for step, features, denoiser in zip(self.steps, self.ratio_features, self.denoisers, strict=True):
            x = x - step * self.sensing.back(self.sensing(x, self.count) - y)
            x = x + denoiser(torch.cat([x, features(ratios)], 1))
        return x


RATIO_FEATURES = 3


class _UNet(nn.Module):
    """Three halvings of the image, two residual blocks at each size on the way down and up."""

    def __init__(self, inputs, widths=(16, 32, 64), bottom=128):
        super().__init__()
        down, up = (
            zip((inputs, *widths[:-1]), widths, strict=True),
            zip(widths, (1, *widths[:-1]), strict=True),
        )
        self.down = nn.ModuleList(
            nn.Sequential(
                _convolution(before, width), *_residuals(width), nn.Conv2d(width, width, 2, 2, bias=False)
            )
            for before, width in down
        )
        self.bottom = nn.Sequential(
            _convolution(widths[-1], bottom), *_residuals(bottom), _convolution(bottom, widths[-1])
        )
        self.up = nn.ModuleList(
            nn.Sequential(
                nn.ConvTranspose2d(width, width, 2, 2, bias=False),
                *_residuals(width),
                _convolution(width, after),
            )
            for width, after in up
        )

    def forward(self, features):
        skipped = []
        for level in self.down:
            features = level(features)
            skipped.append(features)
        features = self.bottom(features)
        for level, other in zip(reversed(self.up), reversed(skipped), strict=True):
            features = level(features + other)
        return features


class _Residual(nn.Module):
    def __init__(self, channels, size=3, bias=False):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, size, padding=size // 2, bias=bias)
        self.second = nn.Conv2d(channels, channels, size, padding=size // 2, bias=bias)

    def forward(self, features):
        return features + self.second(functional.relu(self.first(features)))


def parameters(network):
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in network.parameters())


def multiply_adds(network, image):
    """Multiplications of a call that are each followed by an addition: convolutions and matrix products."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(image)
    return counter.get_total_flops() // 2


def _residuals(channels):
    return [_Residual(channels) for _ in range(2)]


def _ratio_features(channels=8):
    residuals = [_Residual(channels, 1, bias=True) for _ in range(3)]
    return nn.Sequential(nn.Conv2d(1, channels, 1), *residuals, nn.Conv2d(channels, RATIO_FEATURES, 1))


def _convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
