"""AMP-Net from stock Keras layers and stock `fit`, to compare with."""

import keras
from keras import layers, ops


class StockCNN(layers.Layer):
    """The balanced CNN of Conv2D, BatchNormalization and ReLU."""

    def __init__(self, channels=32, **kwargs):
        super().__init__(**kwargs)
        self.first = _convolution(channels)
        self.middle = [_convolution(channels) for _ in range(4)]
        self.norms = [layers.BatchNormalization() for _ in range(3)]
        self.last = _convolution(1)
        self.onsager = self.add_weight(shape=(), initializer=keras.initializers.Constant(0.1))

    def call(self, blocks, training=False):
        """X of Eq. 3 and the residual of Eq. 6, of the whole batch."""
        entered = self.first(blocks)
        sparse = self.middle[1](ops.relu(self.norms[0](self.middle[0](entered), training=training)))
        restored = blocks + self.last(
            self._back(ops.relu(self.norms[1](sparse, training=training)), training)
        )
        # By the moving statistics, which are to be those of what passes on the way to X.
        return restored, self._back(sparse, training=False) - entered

    def _back(self, features, training):
        return self.middle[3](ops.relu(self.norms[2](self.middle[2](features), training=training)))


class StockAMPNet(keras.Model):
    """Algorithm 2, with L_O added by `add_loss`; L_R is what it is compiled with."""

    def __init__(self, measurements, start, stages=9, side=33, **kwargs):
        super().__init__(**kwargs)
        self.shape = (-1, side, side, 1)
        self.sensing = self.add_weight(shape=(side**2, measurements), initializer="zeros")
        self.initial = self.add_weight(shape=(measurements, side**2), initializer="zeros")
        self.sensing.assign(start)
        self.initial.assign(start.T)
        self.stages = [StockCNN() for _ in range(stages)]

    def call(self, blocks, training=False):
        y = self._measured(blocks)
        x = ops.reshape(y @ self.initial, self.shape)
        z = y - self._measured(x)
        for stage in self.stages:
            back = ops.reshape(z @ ops.transpose(self.sensing), self.shape)
            x, residual = stage(x + back, training=training)
            z = y - self._measured(x) + stage.onsager * z
            self.add_loss(0.01 * charbonnier(0.0, residual))
        return x

    def _measured(self, blocks):
        return ops.reshape(blocks, (ops.shape(blocks)[0], -1)) @ self.sensing


def charbonnier(expected, found):
    """Eq. 5's penalty as a Keras loss."""
    return ops.mean(ops.sqrt(ops.square(found - expected) + 1e-6))


def psnr(expected, found):
    """In dB, for a peak of 1; a Keras metric."""
    error = ops.mean(ops.square(ops.clip(found, 0, 1) - expected))
    return -10 * ops.log(error) / ops.log(10.0)


def _convolution(channels):
    return layers.Conv2D(channels, 3, padding="same", use_bias=False)
