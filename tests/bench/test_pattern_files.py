import json

import numpy as np
import pytest
import scipy.linalg

from amp_net import images
from amp_net.bench import descriptions, known_patterns, pattern_files, row_orders
from amp_net.operators import orders


def test_stacks_matrices_and_folders_of_patterns(rng, tmp_path):
    patterns = rng.integers(0, 2, (12, 4, 6)).astype("uint8")
    np.save(tmp_path / "stack.npy", patterns)
    np.savez(tmp_path / "named.npz", other=np.eye(3), phi=patterns.reshape(12, 24))
    np.savetxt(tmp_path / "phi.csv", patterns.reshape(12, 24), fmt="%d", delimiter=",")
    for number, pattern in enumerate(patterns):
        images.write(tmp_path / "small" / f"p{number}.png", 255 * pattern)
        images.write(tmp_path / "large" / f"p{number}.png", 255 * np.kron(pattern, np.ones((5, 5), "uint8")))
    for name, frame in [("stack.npy", None), ("named.npz", (4, 6)), ("phi.csv", (4, 6)), ("small", None)]:
        matrix, found = pattern_files.read(tmp_path / name, frame=frame)
        assert found == (4, 6)
        np.testing.assert_array_equal(matrix, patterns.reshape(12, 24))
    matrix, _ = pattern_files.read(tmp_path / "large", frame=(4, 6))
    np.testing.assert_allclose(matrix, patterns.reshape(12, 24), atol=1e-6)


@pytest.mark.parametrize(
    ("array", "frame", "message"),
    [
        (np.ones((3, 24)), None, "24 pixels, which is no square; give --frame"),
        (np.ones((16, 3)), None, "or transpose it"),
        (np.ones((3, 24)), (4, 5), "--frame=4,5 has others"),
        (np.ones((3, 4, 6)), (6, 4), "patterns of 4×6 pixels; --frame says 6×4"),
        (np.ones(24), (4, 6), r"shape \(24,\)"),
        (np.zeros((3, 16)), None, "all zeros"),
        (np.full((3, 16), np.nan), None, "NaN"),
    ],
)
def test_what_is_no_phi_is_refused(array, frame, message, tmp_path):
    np.save(tmp_path / "phi.npy", array)
    with pytest.raises(ValueError, match=message):
        pattern_files.read(tmp_path / "phi.npy", frame=frame)


def test_order_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = np.array([0, 5, 3, 12])
    np.savetxt("order.txt", rows, fmt="%d")
    np.save("order.npy", rows.astype(float))
    (tmp_path / "order.json").write_text("[0, 5, 3, 12]")
    for name in ("order.txt", "order.npy", "order.json"):
        np.testing.assert_array_equal(row_orders.order_of(name, (4, 4)), rows)
    np.testing.assert_array_equal(row_orders.order_of("zig_zag", (4, 4)), orders.order("zig_zag", (4, 4)))


def test_orders_as_spas_writes_them(tmp_path):
    """Positive and negative patterns 2k and 2k + 1, in an archive, and in the metadata of an acquisition."""
    rows = np.array([0, 5, 3, 12])
    pairs = np.stack([2 * rows, 2 * rows + 1], axis=1).ravel()
    np.savez(tmp_path / "order.npz", pattern_order=pairs.astype("uint16"), pos_neg=True)
    acquisition = {"class_description": "Acquisition parameters", "patterns": str(pairs.tolist())}
    (tmp_path / "metadata.json").write_text(json.dumps([{"class_description": "Metadata"}, acquisition]))
    np.save(tmp_path / "plain.npy", pairs)
    for name in ("order.npz", "metadata.json", "plain.npy"):
        np.testing.assert_array_equal(row_orders.order_of(tmp_path / name, (4, 4)), rows)
    # Which the numbers of rows in their natural order are not.
    np.save(tmp_path / "plain.npy", np.arange(16))
    np.testing.assert_array_equal(row_orders.order_of(tmp_path / "plain.npy", (4, 4)), np.arange(16))


def test_numbers_of_walsh_patterns_count_changes_of_sign(tmp_path):
    """Pattern v · width + h has v changes of sign down and h along."""
    np.save(tmp_path / "order.npy", np.arange(32))
    rows = row_orders.order_of(tmp_path / "order.npy", (4, 8), "walsh_2d")
    patterns = scipy.linalg.hadamard(32)[rows].reshape(32, 4, 8)
    down = (np.diff(patterns, axis=1) != 0).sum(1).max(1)
    along = (np.diff(patterns, axis=2) != 0).sum(2).max(1)
    np.testing.assert_array_equal(8 * down + along, np.arange(32))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\n2\n16\n", "rows from 1 to 16; they are 0 to 15; it seems to count from 1"),
        ("0\n2\n99\n", "0 to 15"),
        ("-1\n2\n", "0 to 15"),
        ("1\n1\n", "a row twice"),
        ("1.5\n", "whole numbers"),
        ("nan\n", "whole numbers"),
    ],
)
def test_what_is_no_order_is_refused(content, message, tmp_path):
    (tmp_path / "order.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        row_orders.order_of(tmp_path / "order.csv", (4, 4))


def test_an_order_chooses_rows_of_a_phi_of_ones_own(rng, tmp_path):
    phi = rng.normal(size=(5, 16)).astype("float32")
    np.save(tmp_path / "phi.npy", phi)
    np.save(tmp_path / "order.npy", [4, 0, 2])
    found = known_patterns.find(tmp_path / "phi.npy", order=tmp_path / "order.npy", measurements=2)
    np.testing.assert_array_equal(found.matrix, phi[[4, 0]])


@pytest.mark.parametrize(
    ("phi", "arguments", "message"),
    [
        ("hadamard", {"order": "natural"}, "need their height and width"),
        ("hadamard", {"frame": (8, 8)}, "need their order"),
        ("hadamard", {"frame": (8, 6), "order": "natural"}, "powers of two, not 8×6"),
        ("hadamard", {"frame": (2**11, 2**11), "order": "natural"}, "too large"),
        ("hadamard", {"frame": (8, 8), "order": "sideways"}, "no order 'sideways'"),
        ("hadamard", {"frame": (2, 2), "order": "natural", "measurements": 5}, "there are no 5"),
        ("random_01", {"frame": (8, 8)}, "--measurements, how many"),
        ("random_01", {"frame": (8, 8), "measurements": 65}, "too many"),
        ("nothing.npy", {}, "There is no Φ nothing.npy"),
    ],
)
def test_what_is_missing_is_asked_for(phi, arguments, message):
    with pytest.raises(ValueError, match=message):
        known_patterns.find(phi, **arguments)


@pytest.mark.parametrize("kind", ["hadamard", "random_pm1", "file"])
def test_descriptions_come_back(kind, rng, tmp_path):
    np.save(tmp_path / "phi.npy", rng.normal(size=(7, 16)).astype("float32"))
    name = tmp_path / "phi.npy" if kind == "file" else kind
    order = "random" if kind == "hadamard" else None
    acquisition = known_patterns.find(name, None, (4, 4), order, measurements=6, split="halves", seed=3)
    np.save(tmp_path / "phi.npy", acquisition.operator.matrix)
    (tmp_path / descriptions.NAME).write_text(descriptions.dumps(acquisition))
    found = descriptions.read(tmp_path)
    assert (found.kind, found.split, found.shown) == (kind, "halves", 12)
    np.testing.assert_array_equal(found.operator.matrix, acquisition.operator.matrix)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", "other", "no description of patterns"),
        ("version", 2, "version 2"),
        ("frame", [4, 1e9], "not a height and a width"),
        ("frame", [8, 2], "SHA-256"),
        ("measurements", 10**9, "1000000000 measurements"),
        ("seed", -1, "seed is -1"),
        ("seed", 4, "SHA-256"),
        ("split", "other", "split 'other'"),
        ("phi", "preset", "no preset 'None'"),
        ("phi", "hadamard", "rows are not 6 whole numbers"),
        ("phi", ["x"], "phi is"),
    ],
)
def test_a_description_that_is_none_is_refused(field, value, message, tmp_path):
    acquisition = known_patterns.find("random_01", None, (4, 4), measurements=6)
    content = {**descriptions.content_of(acquisition), field: value}
    (tmp_path / "patterns.json").write_text(json.dumps(content))
    if (field, value) == ("frame", [8, 2]):
        # The same bits, in other patterns.
        content["phi_sha256"] = "0"
        (tmp_path / "patterns.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message) as caught:
        descriptions.read(tmp_path / "patterns.json")
    assert "patterns.json" in str(caught.value)
