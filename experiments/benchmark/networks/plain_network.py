"""The networks layer by layer, as the equations stand, to compare with and to hold faster forms to."""

from amp_net import AMPNet
from amp_net.layers import BalancedCNN


class PlainAMPNet(AMPNet):
    """An `AMPNet` without any form that is chosen for speed."""

    @classmethod
    def of(cls, model):
        """The plain network with the fields and weights of an `AMPNet`, in float32."""
        plain = cls(**model.config)
        plain.set_weights(model.get_weights())
        return plain

    def make_denoiser(self, make=BalancedCNN):
        return super().make_denoiser(make)
