"""Measures presets, and methods that need no training, on data sets: `python -m amp_net.evaluate`."""

from time import monotonic
from typing import Any

from absl import flags

from amp_net.classical.methods import METHODS, TRAINED
from amp_net.command_flags import data_flag, dtype_flag, range_flag, way_flags
from amp_net.command_line import cli, progress

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "preset", ["amp_net_cs25", "ampa_net_cs25"], "Names or folders of presets, with commas; or all."
)
flags.DEFINE_list(
    "method",
    [],
    f"Methods, with commas: {', '.join(METHODS)}, which need no training, any_phi, our network for any Φ, "
    f"{', '.join(TRAINED)}, whose weights a command makes, or yours, package.module:function; presets are "
    "measured beside them if --preset is given.",
)
flags.DEFINE_integer("seed", 0, "With --method: of the Gaussian sensing matrix.")
flags.DEFINE_string(
    "phi", None, "With --method: your sensing matrix instead (.npy, .mat), a row a measurement."
)
flags.DEFINE_list("dataset", ["samples"], "Data sets or folders, with commas: samples, set11, …")
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(range_flag)
flags.adopt_module_key_flags(dtype_flag)
flags.adopt_module_key_flags(way_flags)
flags.DEFINE_list(
    "cs_ratio", [], "CS ratios in percent, with commas, for presets for all of them and for --method (25)."
)
flags.DEFINE_string("output_dir", None, "Where to write results.csv, summary.json, results.md, results.tex.")
flags.DEFINE_bool("save_images", False, "Whether to write originals and reconstructions side by side too.")
flags.DEFINE_bool("report", False, "Whether to write report.html too, one page with tables, charts, images.")


def main() -> None:
    """From the flags to one call of the library."""
    from amp_net import __version__, evaluation
    from amp_net.evaluation import result_tables
    from amp_net.evaluation.compared import compared
    from amp_net.measurements import fingerprint
    from amp_net.measurements.given_matrix import given_matrix
    from amp_net.models import presets
    from amp_net.storage.disk import folders
    from amp_net.storage.kept import Kept

    for flag in ("save_images", "report"):
        if FLAGS[flag].value and not FLAGS.output_dir:
            raise ValueError(f"--{flag} needs --output_dir, the folder to write to.")
    for flag in ("phi", "seed"):
        if FLAGS[flag].present and not FLAGS.method:
            raise ValueError(f"--{flag} needs --method; a preset has a sensing matrix of its own.")
    way, ratios, value_range = way_flags.chosen() or "whole", _ratios(), range_flag.stated()
    chosen = list(presets.shipped()) if FLAGS.preset == ["all"] else FLAGS.preset
    if FLAGS.method and not FLAGS["preset"].present:
        chosen = []
    phi = given_matrix(FLAGS.phi) if FLAGS.phi else None
    methods = compared(FLAGS.method, ratios, FLAGS.seed, phi) if FLAGS.method else {}
    if FLAGS.output_dir:
        folders.make_folder(FLAGS.output_dir)
        # Before the work, and once more when they are written.
        result_tables.check(FLAGS.output_dir)
    shows = [evaluation.side_by_side(f"{FLAGS.output_dir}/images")] if FLAGS.save_images else []
    report = None
    if FLAGS.report:
        from amp_net.evaluation.report import page

        page.check(f"{FLAGS.output_dir}/report.html")
        report = page.Report()
        shows.append(report.add)

    def show(*arguments: Any) -> None:
        for each in shows:
            each(*arguments)

    kept, rows, started = None, [], monotonic()
    if FLAGS.output_dir and report is None:
        # The report shows images too, which are not kept.
        networks = [[preset, *presets.identity(preset)] for preset in chosen]
        networks += [[name, fingerprint(model.sensing.matrix)] for name, model in methods.items()]
        kept = Kept(f"{FLAGS.output_dir}/.unfinished", [networks, FLAGS.save_images, __version__])
    photographs = evaluation.load_all(FLAGS.dataset, FLAGS.data_dir, value_range)
    measured = evaluation.evaluate(
        chosen,
        photographs,
        show=show,
        dtype=dtype_flag.chosen(),
        way=way,
        cs_ratios=ratios,
        kept=kept,
        methods=methods,
    )
    for row in measured:
        progress.say(f"{row['preset']}  {row['dataset']}  {row['image']}  {row['psnr']:.2f} dB")
        rows.append(row)
    summary = evaluation.summarize(rows)
    print(f"\n{result_tables.screen(summary)}")
    if FLAGS.output_dir:
        result_tables.write(FLAGS.output_dir, rows, summary)
        result_tables.write_manifest(FLAGS.output_dir, photographs)
    if kept is not None:
        kept.finish()
    if report is not None:
        report.write(f"{FLAGS.output_dir}/report.html")
    took = progress.duration(monotonic() - started)
    place = f", in {FLAGS.output_dir}" if FLAGS.output_dir else ""
    progress.say(f"{progress.counted(len(rows), 'image')} measured in {took}{place}.")


def _ratios() -> list[float]:
    try:
        return [float(ratio) for ratio in FLAGS.cs_ratio]
    except ValueError as error:
        raise ValueError(
            f"--cs_ratio is {','.join(FLAGS.cs_ratio)}; it takes percentages, as 10,25."
        ) from error


def run() -> None:
    """The console script."""
    cli.run(main)


if __name__ == "__main__":
    run()
