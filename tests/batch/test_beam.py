import json
import os

import numpy as np
import pytest

from amp_net import AMPNet, images
from amp_net.batch import beam_pipeline
from amp_net.images.blocks import split
from tests.commands.test_commands import assert_one_sentence

GOOD, BROKEN = 300, 12
WORKERS = ("--", "--direct_num_workers=2", "--direct_running_mode=multi_processing")


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    AMPNet(cs_ratio=4, stages=1, channels=2).save_to_preset(folder)
    return folder


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A folder of small images in several kinds, in two subfolders, some of them damaged."""
    rng = np.random.default_rng(5)
    folder = tmp_path_factory.mktemp("photographs")
    for index in range(GOOD + BROKEN):
        shape = (*rng.integers(1, 45, 2), *([3] if index % 3 == 0 else []))
        path = folder / str(index % 2) / f"{index:04d}.{('png', 'bmp', 'tiff')[index % 5 % 3]}"
        images.write(path, rng.integers(0, 256, shape).astype("uint8"))
        if index >= GOOD:
            path.write_bytes(path.read_bytes()[: rng.integers(0, 20)])
    return folder


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_many_images_on_several_workers(command, preset, photographs, tmp_path):
    """Sensed and rebuilt: byte for byte what the commands make, and a list of what is broken."""
    shared = [f"--preset={preset}", "--bits=8", "--noise_std=0.01"]
    alone = command("sense", *shared, "--output_dir=y", photographs)
    assert f"Error: {BROKEN} of {GOOD + BROKEN} files failed" in alone.stderr
    arguments = ["--task=sense", f"--input={photographs}/**", "--output_dir=beam_y"]
    done = command("beam_reconstruct", *shared, *arguments, *WORKERS)
    assert done.returncode == 1
    assert f"Error: {BROKEN} files failed; beam_y/failed.jsonl lists them." in done.stderr
    assert f"{GOOD + BROKEN} files, {BROKEN} failed, 0 skipped" in done.stdout
    assert done.stderr.count("sdk harness exiting") == 2, "Beam says this of each of its processes"
    made = contents(tmp_path / "beam_y")
    failed = [json.loads(line) for line in made.pop("failed.jsonl").splitlines()]
    assert len(failed) == BROKEN
    assert all(entry["file"] in entry["error"] for entry in failed)
    assert made == contents(tmp_path / "y")
    assert len(made) == GOOD
    good = [path for path in photographs.rglob("*.*") if int(path.stem) < GOOD]
    blocks = sum(split(images.read_unchanged(path)).shape[0] for path in good)
    sizes = [sum(map(len, made.values())), sum(path.stat().st_size for path in good)]
    counters, last = done.stdout.splitlines()[-2:]
    assert counters.endswith(f"{blocks} blocks, {sizes[1]} bytes_read, {sizes[0]} bytes_written")
    assert last.startswith(f"{GOOD} files written in ")

    shared = [f"--preset={preset}", "--dtype=bfloat16"]
    assert command("reconstruct", *shared, "--output_dir=out", "y").returncode == 0
    arguments = [*shared, "--input=beam_y/**.npz", "--output_dir=beam_out"]
    done = command("beam_reconstruct", *arguments, *WORKERS)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("sdk harness exiting") == 2, "Beam says this of each of its processes"
    assert "oneDNN" not in done.stderr
    assert "absl::InitializeLog" not in done.stderr
    made = contents(tmp_path / "beam_out")
    assert made.pop("failed.jsonl") == b""
    assert made == contents(tmp_path / "out")
    again = command("beam_reconstruct", *arguments)
    assert f"{GOOD} files, 0 failed, {GOOD} skipped, 0 blocks" in again.stdout


def test_two_sources_of_one_target_both_fail(command, preset, tmp_path):
    for name in ("a.bmp.png", "a.bmp"):
        images.write(tmp_path / "in" / name, np.zeros((8, 8), "uint8"))
    command("sense", f"--preset={preset}", "--output_dir=y", "in")
    done = command("beam_reconstruct", "--input=y/*.npz", "--output_dir=out", f"--preset={preset}")
    assert "2 files failed" in assert_one_sentence(done)
    assert "2 files would be written to out/a.bmp.png" in (tmp_path / "out" / "failed.jsonl").read_text()


def test_a_mistake_ends_in_one_sentence(command):
    arguments = ["--output_dir=out", "--input=nowhere/*.npz"]
    done = command("beam_reconstruct", *arguments)
    assert "No file that ends in .npz fits nowhere/*.npz" in assert_one_sentence(done)
    done = command("beam_reconstruct", *arguments, "--task=sense", "--dtype=bfloat16")
    assert "--dtype is for --task=reconstruct, not for sense" in assert_one_sentence(done)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": {"preset": "amp_net_cs26"}}, "no preset 'amp_net_cs26'"),
        ({"options": ["b.npz"]}, r"b\.npz is no option of Beam"),
        ({"output_dir": "/dev/null/out"}, "The folder /dev/null/out cannot be written"),
        ({"pattern": "*.npz"}, r"fits \./\*\.npz"),
        ({"pattern": "photos [2020]"}, r"photos \[2020\] has \*, \? or \[ in its name"),
    ],
)
def test_a_pipeline_that_cannot_run_says_why(changes, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos [2020]").mkdir()
    arguments = {"task": "reconstruct", "settings": {"preset": None}, "pattern": "y/**", "output_dir": "out"}
    with pytest.raises(ValueError, match=message):
        beam_pipeline.run(**{**arguments, **changes})


def test_a_folder_is_taken_with_what_belongs_to_it(command, preset, tmp_path):
    for name in ("a.png", "sub/b.png"):
        images.write(tmp_path / "in" / name, np.zeros((8, 8), "uint8"))
    (tmp_path / "in" / "notes.txt").write_text("not an image")
    done = command("beam_reconstruct", "--task=sense", "--input=in", "--output_dir=y", f"--preset={preset}")
    assert done.returncode == 0, done.stderr
    assert sorted(contents(tmp_path / "y")) == ["a.png.npz", "failed.jsonl", "sub/b.png.npz"]


def test_odd_names_are_names_and_overwrite_makes_anew(command, preset, tmp_path):
    """One that is not UTF-8, and one that Beam would take for compressed."""
    plain, odd = (np.full((8, 8), grey, "uint8") for grey in (9, 99))
    images.write(tmp_path / "in" / "plain.png", plain)
    images.write(tmp_path / "in" / "odd.png", odd)
    os.rename(tmp_path / "in" / "odd.png", os.path.join(os.fsencode(tmp_path), b"in", b"\xff.png"))
    (tmp_path / "packed.gz").write_bytes(images.encode("packed.png", odd))
    assert command("sense", f"--preset={preset}", "--output_dir=y", "in", "packed.gz").returncode == 0
    for pattern in ("in", "packed.gz", "in"):
        shared = ("--task=sense", f"--input={pattern}", "--output_dir=beam_y", f"--preset={preset}")
        done = command("beam_reconstruct", *shared)
        assert done.returncode == 0, done.stderr
    assert "2 files, 0 failed, 2 skipped, 0 blocks" in done.stdout
    made = contents(tmp_path / "beam_y")
    assert made.pop("failed.jsonl") == b""
    assert made == contents(tmp_path / "y")
    images.write(tmp_path / "in" / "plain.png", odd)
    done = command("beam_reconstruct", *shared, "--overwrite")
    assert "2 files, 0 failed, 0 skipped, 2 blocks" in done.stdout
    again = contents(tmp_path / "beam_y")
    assert [name for name in made if again[name] != made[name]] == ["plain.png.npz"]


def test_a_pipeline_that_fails_leaves_nothing_behind(preset, tmp_path, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    images.write(tmp_path / "in" / "a.png", np.zeros((8, 8), "uint8"))
    monkeypatch.setattr("apache_beam.io.textio._TextSink.close", full)
    settings = {"preset": str(preset)}
    with pytest.raises(ValueError, match=r"The pipeline failed: .*No space left on device"):
        beam_pipeline.run("sense", settings, str(tmp_path / "in"), str(tmp_path / "y"))
    assert [path.name for path in (tmp_path / "y").iterdir()] == ["a.png.npz"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(beam_pipeline.FileSystems, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        beam_pipeline._write(str(tmp_path / "out" / "a[1].png"), b"content")
    assert list((tmp_path / "out").iterdir()) == []
    monkeypatch.setattr(beam_pipeline.FileSystems, "create", full)
    with pytest.raises(OSError, match="No space left"):
        beam_pipeline._write(str(tmp_path / "out" / "a.png"), b"content")
