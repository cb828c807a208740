"""Serves a page that senses and rebuilds photographs, and prints its address: `python -m amp_net.demo`."""

from absl import flags

from amp_net.command_line import cli

FLAGS = flags.FLAGS
flags.DEFINE_integer(
    "port", 7860, "Port of the page; 0 for one that is free.", lower_bound=0, upper_bound=65535
)
flags.DEFINE_string("host", "127.0.0.1", "Address to listen at; others than this machine see it at 0.0.0.0.")


def main() -> None:
    """From the flags to one call of the library."""
    # After the flags, since it takes seconds to import.
    try:
        from amp_net.demonstration.server import serve
    except ModuleNotFoundError as error:
        raise ValueError(f"{error.name} is not installed; pip install '.[demo]' brings it.") from error

    serve(FLAGS.host, FLAGS.port)


def run() -> None:
    """The console script."""
    cli.run(main)


if __name__ == "__main__":
    run()
