"""The loop of Algorithms 2 and 3."""


def unrolled(measurements, sensing, initialization, stages, symmetry_every=None, training=False, across=None):
    """Algorithms 2 and 3 from Y on.

    Args:
        measurements, sensing, initialization, stages, symmetry_every, training, across: as in `iterations`.

    Returns:
        X(N), `(batch, block_size, block_size, 1)`, and a list of what each stage gives for its symmetry
        residual.
    """
    estimate, symmetry = None, []
    for each, of_stage in iterations(
        measurements, sensing, initialization, stages, symmetry_every, training, across
    ):
        estimate = each
        symmetry.append(of_stage)
    return estimate, symmetry[1:]


def iterations(
    measurements, sensing, initialization, stages, symmetry_every=None, training=False, across=None
):
    """X(0), and what each stage makes of it.

        X(0) = initialization(Y),  Z(0) = Y − W_φ X(0)
        X(k), Z(k) = stage k of X(k−1), Z(k−1), Y

    Args:
        measurements: Y, `(batch, m)`.
        sensing: a `Sensing` layer.
        initialization: an `Initialization` layer.
        stages: `AMPStage` layers, of which the last may have no Z.
        symmetry_every, training: as in `BalancedCNN`.
        across: as in `AMPStage`.

    Yields:
        X(k), `(batch, block_size, block_size, 1)`, and what its stage gives for its symmetry residual; of
        X(0) None.
    """
    estimate = initialization(measurements)
    yield estimate, None
    residual = measurements - sensing(estimate)
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
        yield estimate, of_stage
