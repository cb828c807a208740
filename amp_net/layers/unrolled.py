"""The loop of Algorithms 2 and 3."""


def unrolled(measurements, sensing, initialization, stages, symmetry_every=None, training=False, across=None):
    """Algorithms 2 and 3 from Y on.

        X(0) = initialization(Y),  Z(0) = Y − W_φ X(0)
        X(k), Z(k) = stage k of X(k−1), Z(k−1), Y

    Args:
        measurements: Y, `(batch, m)`.
        sensing: a `Sensing` layer.
        initialization: an `Initialization` layer.
        stages: `AMPStage` layers, of which the last may have no Z.
        symmetry_every, training: as in `BalancedCNN`.
        across: as in `AMPStage`.

    Returns:
        X(N), `(batch, block_size, block_size, 1)`, and a list of what each stage gives for its symmetry
        residual.
    """
    estimate = initialization(measurements)
    residual = measurements - sensing(estimate)
    symmetry = []
    for stage in stages:
        estimate, residual, of_stage = stage(
            estimate,
            residual,
            measurements,
            sensing=sensing,
            symmetry_every=symmetry_every,
            training=training,
            across=across,
        )
        symmetry.append(of_stage)
    return estimate, symmetry
