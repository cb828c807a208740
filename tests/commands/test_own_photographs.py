import csv
import hashlib
import json

import cv2
import numpy as np
import pytest

from amp_net import AMPNet, images, sense_image
from amp_net.measurements import measurement_files


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    AMPNet(cs_ratio=4, stages=1, channels=4).save_to_preset(folder)
    return folder


@pytest.fixture
def photographs(tmp_path, rng):
    """Ten photographs: of 8 and 16 bits, in colour, and of floats."""
    for number in range(8):
        shape = (40 + number, 45, 3) if number == 3 else (40 + number, 45)
        coarse = rng.integers(0, 256, (*[-(-side // 9) for side in shape[:2]], *shape[2:]), "uint8")
        image = cv2.resize(coarse, shape[1::-1])
        deep = image.astype("uint16") * 257
        images.write(tmp_path / "mine" / "sub" / f"{number}.png", deep if number == 5 else image)
    for name in ("a", "b"):
        np.save(tmp_path / "mine" / f"{name}.npy", 1000 * rng.random((41, 50)))
    return tmp_path / "mine"


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_folder_is_evaluated_with_all_that_a_set_has(command, preset, photographs, tmp_path):
    flags = (f"--preset={preset}", "--dataset=mine", "--output_dir=out", "--save_images", "--report")
    refused = command("evaluate", *flags)
    assert refused.returncode == 1
    assert "a.npy holds values from" in refused.stderr
    assert "--range=" in refused.stderr
    (photographs / "notes.txt").touch()
    done = command("evaluate", *flags, "--range=0,1000")
    assert done.returncode == 0, done.stderr
    assert "passed over, by their endings: notes.txt" in done.stderr
    (summary,) = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["dataset"], summary["images"]) == ("mine", 10)
    rows = rows_of(tmp_path / "out" / "results.csv")
    assert {row["image"] for row in rows} == {"a.npy", "b.npy", *(f"sub/{number}.png" for number in range(8))}
    manifest = json.loads((tmp_path / "out" / "photographs.json").read_text())
    assert [*manifest] == ["mine"]
    for row in manifest["mine"]:
        content = (photographs / row["image"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert row["range"] == ("0,1000" if row["image"].endswith(".npy") else "")
    folder = tmp_path / "out" / "images" / "tiny" / "mine"
    for name, original in (("sub/5", images.read_unchanged(photographs / "sub" / "5.png")), ("a.npy", None)):
        beside = images.read_unchanged(folder / f"{name}.png")
        assert beside.dtype == np.uint16
        if original is None:
            original = np.round(np.load(photographs / "a.npy") / 1000 * 65535)
        np.testing.assert_allclose(beside[:, : original.shape[1]], original, atol=1)
        error = np.mean((beside[:, original.shape[1] :] / 65535 - original / 65535) ** 2)
        (psnr,) = [float(row["psnr"]) for row in rows if row["image"].startswith(name)]
        assert -10 * np.log10(error) == pytest.approx(psnr, abs=0.01)
    assert "sub/5.png" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_folder_is_trained_on(command, photographs, tmp_path):
    flags = (
        "--data=mine",
        "--output_dir=run",
        "--stages=1",
        "--steps=2",
        "--validate_every=2",
        "--cs_ratio=1",
    )
    flags += ("--batch_size=4", "--blocks=100")
    for more, message in (
        ((), "a.npy holds values from"),
        (("--range=0,white",), "--range is 0,white; it takes the values of black and white"),
        (("--range=0,1000", "--held_out=10"), "hold out fewer (--held_out)"),
    ):
        refused = command("train", *flags, *more)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        assert message in refused.stderr
        assert not (tmp_path / "run").exists()
    done = command("train", *flags, "--range=0,1000", "--held_out=2")
    assert done.returncode == 0, done.stderr
    assert len(json.loads((tmp_path / "run" / "photographs.json").read_text())["mine"]) == 10
    (photographs / "a.npy").unlink()
    changed = command("train", *flags, "--range=0,1000", "--held_out=2")
    assert changed.returncode == 1
    assert (
        "are not those that the training in run began with (a.npy is missing); put them back"
        in changed.stderr
    )


def test_floats_are_sensed_and_come_back_with_16_bits(command, preset, photographs, tmp_path):
    refused = command("sense", f"--preset={preset}", "--output_dir=y", "mine/a.npy")
    assert refused.returncode == 1
    assert "--range=" in refused.stderr
    done = command("sense", f"--preset={preset}", "--output_dir=y", "--range=0,1000", "mine/a.npy")
    assert done.returncode == 0, done.stderr
    measured = measurement_files.load(tmp_path / "y" / "a.npy.npz")
    scaled = (np.load(photographs / "a.npy") / 1000).astype("float32")
    np.testing.assert_allclose(measured.y, sense_image(scaled, AMPNet.from_preset(preset)).y, atol=1e-5)
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "y")
    assert done.returncode == 0, done.stderr
    found = images.read_unchanged(tmp_path / "out" / "a.npy.png")
    assert (found.shape, found.dtype) == (scaled.shape, np.uint16)
