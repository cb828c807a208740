"""The two halves of AMP-Net, each without the other."""

from amp_net import AMPNet


class AMPAlone(AMPNet):
    """AMP-Net without the balanced CNN: X(k) is R(k)."""

    def __init__(self, **fields):
        super().__init__(**{**fields, "symmetry_weight": 0.0})
        for stage in self.stages:
            stage.cnn.trainable = False

    def _reconstruct(self, measurements, symmetry_every=None, training=False):
        estimate = self.initialization(measurements)
        residual = measurements - self.sensing(estimate)
        for stage in self.stages:
            estimate = self.sensing.adjoint(residual) + estimate
            if not stage.last:
                residual = measurements - self.sensing(estimate) + stage.onsager * residual
        return estimate, []


class CNNAlone(AMPNet):
    """AMP-Net without AMP: each balanced CNN goes on from the one before, and y is not looked at again."""

    def __init__(self, **fields):
        super().__init__(**fields)
        for stage in self.stages[:-1]:
            stage.onsager.trainable = False

    def _reconstruct(self, measurements, symmetry_every=None, training=False):
        estimate, symmetry = self.initialization(measurements), []
        for stage in self.stages:
            estimate, of_stage = stage.cnn(estimate, symmetry_every=symmetry_every, training=training)
            symmetry.append(of_stage)
        return estimate, symmetry
