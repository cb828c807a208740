"""Muon for convolution kernels."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable("amp_net")
class KernelMuon(keras.optimizers.Optimizer):
    """Orthogonalised momentum (Muon, Jordan et al. 2024) for kernels, and Adam for everything else.

    A kernel `(3, 3, in, out)` between feature maps is treated as a matrix `(9·in, out)`. Its momentum is made
    nearly orthogonal by five Newton–Schulz iterations and scaled so that an entry moves about as far as
    under Adam (Liu et al. 2025), so that no step changes the norm of the map by much. Keras's
    own Muon applies to variables with two axes alone, which are others here.

    Adam takes vectors and the convolutions from and to a single image channel at the full rate, and
    matrices (W_φ, W_Q, those of the attentions) at `matrix_rate` of it: one Adam step can change the norm
    of a large matrix by a lot, all stages repeat the same W_φ, and at the full rate trainings diverged.

    >>> variable = keras.Variable([1.0, 2.0])
    >>> KernelMuon(learning_rate=0.1).apply([ops.ones(2)], [variable])
    >>> tuple(round(float(each), 3) for each in ops.convert_to_numpy(variable))
    (0.9, 1.9)

    Args:
        learning_rate: a number or a schedule.
        matrix_rate: the rate of matrices, relative to the others'.
        momentum: Muon's, with Nesterov's look ahead.
        beta_1, beta_2, epsilon: Adam's.
    """

    NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)

    def __init__(
        self,
        learning_rate=0.001,
        matrix_rate=0.3,
        momentum=0.95,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        name="kernel_muon",
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.matrix_rate = matrix_rate
        self.momentum = momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momenta = [self.add_variable_from_reference(variable, "momentum") for variable in variables]
        self.velocities = [
            None if _is_kernel(variable) else self.add_variable_from_reference(variable, "velocity")
            for variable in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        if _is_kernel(variable):
            self._muon(gradient, variable, rate, self.momenta[index])
        else:
            if len(variable.shape) == 2:
                rate = rate * self.matrix_rate
            self._adam(gradient, variable, rate, self.momenta[index], self.velocities[index])

    def _muon(self, gradient, variable, rate, momentum):
        self.assign(momentum, self.momentum * momentum + gradient)
        ahead = gradient + self.momentum * momentum
        matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
        scale = 0.2 * math.sqrt(max(matrix.shape))
        step = ops.reshape(self._orthogonal(matrix), variable.shape)
        self.assign_sub(variable, rate * scale * step)

    def _orthogonal(self, matrix):
        """The matrix with all its singular values brought near 1."""
        tall = matrix.shape[0] > matrix.shape[1]
        x = ops.transpose(matrix) if tall else matrix
        x = x / (ops.norm(x) + 1e-7)
        a, b, c = self.NEWTON_SCHULZ
        for _ in range(5):
            gram = ops.matmul(x, ops.transpose(x))
            x = a * x + ops.matmul(b * gram + c * ops.matmul(gram, gram), x)
        return ops.transpose(x) if tall else x

    def _adam(self, gradient, variable, rate, momentum, velocity):
        step = ops.cast(self.iterations + 1, variable.dtype)
        rate = rate * ops.sqrt(1 - ops.power(self.beta_2, step)) / (1 - ops.power(self.beta_1, step))
        self.assign_add(momentum, (gradient - momentum) * (1 - self.beta_1))
        self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - self.beta_2))
        self.assign_sub(variable, rate * momentum / (ops.sqrt(velocity) + self.epsilon))

    def get_config(self):
        fields = ("matrix_rate", "momentum", "beta_1", "beta_2", "epsilon")
        return {**super().get_config(), **{field: getattr(self, field) for field in fields}}


def _is_kernel(variable):
    return len(variable.shape) == 4 and min(variable.shape[-2:]) >= 8
