"""AMP-Net and ISTA-Net+'s shape in stock PyTorch, to compare with."""

import torch
from torch import nn
from torch.nn import functional


class TorchCNN(nn.Module):
    """The balanced CNN, with the learned scale and shift that stand for batch normalisation."""

    def __init__(self, channels=32):
        super().__init__()
        self.first = _convolution(1, channels)
        self.middle = nn.ModuleList(_convolution(channels, channels) for _ in range(4))
        self.scales = nn.ParameterList(torch.ones(1, channels, 1, 1) for _ in range(3))
        self.shifts = nn.ParameterList(torch.zeros(1, channels, 1, 1) for _ in range(3))
        self.last = _convolution(channels, 1)

    def forward(self, blocks, symmetry_every=None):
        """X of Eq. 3, and the residual of Eq. 6 of one block of so many."""
        entered = self.first(blocks)
        sparse = self.middle[1](self._activated(self.middle[0](entered), 0))
        restored = blocks + self.last(self._back(self._activated(sparse, 1)))
        if symmetry_every is None:
            return restored, None
        return restored, self._back(sparse[::symmetry_every]) - entered[::symmetry_every]

    def _back(self, features):
        return self.middle[3](self._activated(self.middle[2](features), 2))

    def _activated(self, features, index):
        return functional.relu(features * self.scales[index] + self.shifts[index])

    def take_over(self, cnn):
        """The weights of an `AMPNet`'s CNN."""
        ours = [cnn.transform.first, cnn.transform.second, cnn.transposed.first, cnn.transposed.second]
        norms = [cnn.transform.first.norm, cnn.threshold.norm, cnn.transposed.first.norm]
        with torch.no_grad():
            for layer, source in zip(
                [self.first, *self.middle, self.last], [cnn.first, *ours, cnn.last], strict=True
            ):
                layer.weight.copy_(_tensor(source.kernel).permute(3, 2, 0, 1))
            for norm, scale, shift in zip(norms, self.scales, self.shifts, strict=True):
                scale.copy_(_tensor(norm.scale)[None, :, None, None])
                shift.copy_(_tensor(norm.shift)[None, :, None, None])


class TorchAMPNet(nn.Module):
    """AMP-Net with the weights of a trained `AMPNet`."""

    def __init__(self, model):
        super().__init__()
        self.side = model.block_size
        self.sensing = nn.Parameter(_tensor(model.sensing.kernel))
        self.start = nn.Parameter(_tensor(model.initialization.kernel))
        self.onsager = nn.Parameter(torch.tensor([float(s.onsager) for s in model.stages if not s.last]))
        self.stages = nn.ModuleList(TorchCNN(model.config["channels"]) for _ in model.stages)
        for stage, source in zip(self.stages, model.stages, strict=True):
            stage.take_over(source.cnn)

    def forward(self, blocks, symmetry_every=None):
        """Sensed and rebuilt blocks `(batch, 1, side, side)`, and each stage's symmetry residual."""
        y = blocks.flatten(1) @ self.sensing
        x = (y @ self.start).view_as(blocks)
        z = y - x.flatten(1) @ self.sensing
        residuals = []
        for k, stage in enumerate(self.stages):
            x, residual = stage(x + (z @ self.sensing.T).view_as(x), symmetry_every)
            residuals.append(residual)
            if k < len(self.onsager):
                z = y - x.flatten(1) @ self.sensing + self.onsager[k] * z
        return x, residuals


class TorchISTANetPlus(nn.Module):
    """Nine phases of ISTA-Net+'s shape (Zhang and Ghanem 2018): a gradient step, and six convolutions."""

    def __init__(self, model, phases=9, channels=32):
        super().__init__()
        self.register_buffer("sensing", _tensor(model.sensing.kernel))
        self.register_buffer("start", _tensor(model.initialization.kernel))
        self.phases = nn.ModuleList(
            nn.ModuleList(
                [
                    _convolution(1, channels),
                    *(_convolution(channels, channels) for _ in range(4)),
                    _convolution(channels, 1),
                ]
            )
            for _ in range(phases)
        )

    def forward(self, blocks):
        """Sensed and rebuilt blocks `(batch, 1, side, side)`."""
        y = blocks.flatten(1) @ self.sensing
        x = (y @ self.start).view_as(blocks)
        for first, forward_1, forward_2, backward_1, backward_2, last in self.phases:
            stepped = x - 0.5 * ((x.flatten(1) @ self.sensing - y) @ self.sensing.T).view_as(x)
            features = first(stepped)
            sparse = forward_2(functional.relu(forward_1(features)))
            shrunk = torch.sign(sparse) * functional.relu(sparse.abs() - 0.01)
            x = stepped + last(backward_2(functional.relu(backward_1(shrunk))))
        return x


def _convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)


def _tensor(values):
    return torch.tensor(values.numpy())
