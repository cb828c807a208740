import numpy as np

from experiments.beyond import block_borders, padding


def test_psnr_is_taken_by_distance_to_the_border_of_a_block():
    distance = block_borders.distance_to_border((70, 66), 33)
    assert distance[33, 40] == distance[40, 33] == distance[32, 5] == distance[68, 65] == 0
    assert (distance[16, 16], distance[36, 38], distance[49, 49], distance.max()) == (16, 3, 16, 16)

    class Model:
        """Adds 0.1 at the border of a block and 0.01 next to it, and is right elsewhere but for 0.001."""

        block_size = 33

        def __call__(self, blocks):
            distance = block_borders.distance_to_border((33, 33), 33)[..., None]
            return blocks + np.where(distance == 0, 0.1, np.where(distance < 3, 0.01, 0.001))

    whole, *parts = block_borders.psnr_by_distance(Model(), np.full((70, 66), 0.5))
    np.testing.assert_allclose(parts, [20, 40, 60, 60, 60], atol=1e-3)
    assert 20 < whole < 40


def test_psnr_is_taken_in_padded_blocks_and_in_the_others():
    class Model:
        """Adds 0.1 to blocks that end in zeros and 0.01 to others."""

        block_size = 33

        def __call__(self, blocks):
            return blocks + np.where(blocks[:, -1:, -1:] == 0, 0.1, 0.01)

    image = np.full((40, 66), 0.5)
    parts = padding.psnr_by_padding(Model(), image, "constant")
    np.testing.assert_allclose(parts[:2], [40, 20], atol=1e-6)
    np.testing.assert_allclose(parts[2], -10 * np.log10((33 * 1e-4 + 7 * 1e-2) / 40), atol=1e-6)
    np.testing.assert_allclose(padding.psnr_by_padding(Model(), image, "edge"), [40, 40, 40], atol=1e-6)
