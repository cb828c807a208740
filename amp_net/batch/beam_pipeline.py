"""The Beam pipeline behind `amp_net.beam_reconstruct`: each file on its own, on any number of workers."""

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import apache_beam as beam
from apache_beam.io import fileio
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.utils.shared import Shared

from amp_net.batch import file_batches, ownership
from amp_net.batch.conversions import RebuildFile, SenseFile
from amp_net.batch.reconstructors import Reconstructors
from amp_net.images.formats import image_descriptions
from amp_net.models import presets
from amp_net.storage import file_sizes
from amp_net.storage.disk import files, folders, others

COUNTERS = ("files", "failed", "skipped", "blocks", "bytes_read", "bytes_written")
FAILED = "failed"
WILDCARDS = "*?["


def run(
    task: str,
    settings: dict[str, Any],
    pattern: str,
    output_dir: str,
    overwrite: bool = False,
    options: Sequence[str] = (),
) -> dict[str, int]:
    """Converts all files of a pattern and waits for the end.

    A file's place under `output_dir` is its path from the last folder of the pattern without a wildcard
    on. With a wildcard only files count that the command would find in a folder, so that the outcome
    is that of the command on that folder. What fails is listed in
    `failed.jsonl` there, a JSON object with `file` and `error` a line.

    Args:
        task: `"sense"` or `"reconstruct"`.
        settings: a dict of the arguments of `SenseFile`; or of `preset`, `dtype`, `file_format`, `way` and
            `max_pixels`, see `Reconstructors` and `RebuildFile`.
        pattern: of the files, on any file system that Beam knows; or a local folder.
        output_dir: a folder, likewise.
        overwrite: whether a file that is there already is made anew.
        options: command line of Beam's own options, a list. Without a runner among them its in-process one
            is used.

    Returns:
        A dict of `COUNTERS`.

    Raises:
        ValueError: if no file fits the pattern, a folder has a wildcard in its name, there is no such preset,
            what is no option stands among the options, the folder cannot be written, or the pipeline fails
            as a whole.
    """
    _check(settings["preset"], output_dir, options)
    pattern, fixed = _resolved(pattern)
    prefix = fixed[: fixed.rfind("/") + 1]
    suffixes = image_descriptions.SUFFIXES if task == "sense" else (".npz",)

    def is_meant(metadata: Any) -> bool:
        return fixed == pattern or PurePosixPath(metadata.path).suffix.lower() in suffixes

    if not any(map(is_meant, FileSystems.match([pattern])[0].metadata_list)):
        raise ValueError(f"No file that ends in {', '.join(suffixes)} fits {pattern}.")

    def with_target(metadata: Any) -> tuple[bytes, tuple[bytes, bytes, int]]:
        place = PurePosixPath(metadata.path.removeprefix(prefix))
        target = (
            SenseFile.target(place) if task == "sense" else RebuildFile.target(place, settings["file_format"])
        )
        # As bytes, since Beam does not hand on names that are not UTF-8.
        source = os.fsencode(metadata.path), os.fsencode(place), metadata.size_in_bytes
        return os.fsencode(FileSystems.join(output_dir, *target.parts)), source

    runner = None if any(option.startswith("--runner") for option in options) else FnApiRunner()
    pipeline = beam.Pipeline(runner, PipelineOptions(list(options)))
    outcomes = (
        pipeline
        | fileio.MatchFiles(pattern)
        | beam.Filter(is_meant)
        | beam.Map(with_target)
        | beam.GroupByKey()
        | beam.ParDo(Convert(task, settings, overwrite)).with_outputs(FAILED, main="done")
    )
    _ = outcomes[FAILED] | beam.io.WriteToText(
        FileSystems.join(output_dir, FAILED), ".jsonl", num_shards=1, shard_name_template=""
    )
    _check_failures(FileSystems.join(output_dir, f"{FAILED}.jsonl"))
    before = _asides(output_dir)
    try:
        result = pipeline.run()
        result.wait_until_finish()
    except Exception as error:
        for aside in _asides(output_dir) - before:
            shutil.rmtree(aside, ignore_errors=True)
        # Runners wrap what happened in their own errors.
        reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise ValueError(f"The pipeline failed: {reason[0]}") from error
    metrics = result.metrics().query(beam.metrics.MetricsFilter().with_namespace("amp_net"))
    found = {counter.key.metric.name: counter.result for counter in metrics["counters"]}
    return {name: found.get(name, 0) for name in COUNTERS}


class Convert(beam.DoFn):
    """Converts the file of a target; a failure is an outcome like any other."""

    def __init__(self, task: str, settings: dict[str, Any], overwrite: bool) -> None:
        self.task, self.settings, self.overwrite = task, settings, overwrite
        self.shared = Shared()
        self.counters = {name: beam.metrics.Metrics.counter("amp_net", name) for name in COUNTERS}

    def setup(self) -> None:
        # One model for all threads of a process.
        self.converter = self.shared.acquire(self._make)

    def process(self, element: tuple[bytes, Iterable[tuple[bytes, bytes, int]]]) -> Iterator[Any]:
        target = os.fsdecode(element[0])
        sources = sorted((os.fsdecode(path), os.fsdecode(place), size) for path, place, size in element[1])
        self.counters["files"].inc(len(sources))
        try:
            if len(sources) > 1:
                raise ValueError(f"{len(sources)} files would be written to {target}; do one at a time.")
            there = FileSystems.exists(target)
            if there and not self.overwrite:
                self.counters["skipped"].inc()
            else:
                if there:
                    _check_ours(target)
                self._convert(*sources[0], target)
        except Exception as error:
            # No file, however odd, ends the pipeline.
            self.counters["failed"].inc(len(sources))
            for path, _, _ in sources:
                failure = {"file": path, "error": file_batches.in_a_line(error)}
                yield beam.pvalue.TaggedOutput(FAILED, json.dumps(failure))

    def _make(self) -> SenseFile | RebuildFile:
        if self.task == "sense":
            return SenseFile(**self.settings)
        models = Reconstructors(preset=self.settings["preset"], dtype=self.settings["dtype"])
        return RebuildFile(
            models, self.settings["file_format"], self.settings["way"], self.settings["max_pixels"]
        )

    def _convert(self, path: str, place: str, size: int, target: str) -> None:
        files.check_size(path, size, self.converter.largest)
        with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
            content = file.read()
        made = self.converter.convert(content, PurePosixPath(place), path)
        _write(target, made.content)
        self.counters["blocks"].inc(made.blocks)
        self.counters["bytes_read"].inc(len(content))
        self.counters["bytes_written"].inc(len(made.content))


def _check_ours(target: str) -> None:
    with FileSystems.open(target, compression_type=CompressionTypes.UNCOMPRESSED) as file:
        if not ownership.is_ours(file):
            raise others.error(target)


def _check_failures(path: str) -> None:
    """Raises a ValueError if there is a list of failures that is none of ours."""
    if not FileSystems.exists(path):
        return
    with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
        lines = file.read(file_sizes.TEXT).splitlines()
    try:
        ours = all({*json.loads(line)} == {"file", "error"} for line in lines)
    except (ValueError, TypeError, RecursionError):
        ours = False
    if not ours:
        raise others.error(path)


def _write(target: str, content: bytes) -> None:
    """Aside and moved into place; two workers that do the same file, as Beam may let them, do not mix."""
    folder, _ = FileSystems.split(target)
    if not FileSystems.exists(folder):
        try:
            FileSystems.mkdirs(folder)
        except OSError:
            if not FileSystems.exists(folder):
                raise
    aside = f"{target}.{uuid.uuid4().hex}.part"
    try:
        with FileSystems.create(aside, compression_type=CompressionTypes.UNCOMPRESSED) as file:
            file.write(content)
        FileSystems.rename([aside], [target])
    except Exception:
        # A full disk would fill up further with every retry. The error is why it failed, not this.
        with contextlib.suppress(Exception):
            _remove(aside)
        raise


def _remove(path: str) -> None:
    """Beam's own `delete` takes a name with brackets for a pattern."""
    if "://" in path:
        FileSystems.delete([path])
    else:
        Path(path).unlink()


def _resolved(pattern: str) -> tuple[str, str]:
    """A pattern as Beam takes it, also of a folder, and its part before the first wildcard."""
    if Path(pattern).is_dir():
        if any(sign in pattern for sign in WILDCARDS):
            raise ValueError(
                f"{pattern} has *, ? or [ in its name, which Beam takes for wildcards; rename it."
            )
        pattern = f"{pattern.rstrip('/')}/**"
    if "/" not in pattern:
        pattern = f"./{pattern}"
    starts = [pattern.index(sign) for sign in WILDCARDS if sign in pattern]
    return pattern, pattern[: min(starts, default=len(pattern))]


def _asides(output_dir: str) -> set[Path]:
    """Where Beam writes the list of failures before it moves it into place, and leaves it if it fails."""
    return set() if "://" in output_dir else {*Path(output_dir).glob(f"beam-temp-{FAILED}-*")}


def _check(preset: str | Path | None, output_dir: str, options: Sequence[str]) -> None:
    if "://" not in output_dir:
        folders.make_folder(output_dir)
    if preset:
        presets.find(preset)
    for option in options:
        if not option.startswith("-"):
            raise ValueError(
                f"{option} is no option of Beam; give one --input, in quotes if it has wildcards."
            )
