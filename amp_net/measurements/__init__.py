"""The numbers of a camera: y and Φ as arrays and files, which image they belong to, and what fits what."""

from amp_net.measurements.measured_image import (
    DTYPES,
    Measurements,
    check_noise,
    fingerprint,
    former_matrices,
    reconstruct_image,
    sense_image,
)

__all__ = [
    "DTYPES",
    "Measurements",
    "check_noise",
    "fingerprint",
    "former_matrices",
    "reconstruct_image",
    "sense_image",
]
