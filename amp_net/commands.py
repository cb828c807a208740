"""How every command starts and how it fails."""

import os
import sys

# TensorFlow reads this once, when it is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags, logging  # noqa: E402


def run(main):
    """Parses the flags and calls `main()`; a user's mistake ends in one sentence and exit status 1.

    The traceback is shown with `--verbosity=1`.
    """

    def guarded(arguments):
        if len(arguments) > 1:
            raise app.UsageError(f"Unknown argument {arguments[1]!r}; see --help.")
        try:
            main()
        except (ValueError, OSError, FloatingPointError) as error:
            logging.debug("Where it happened:", exc_info=True)
            sys.exit(f"Error: {error}")
        except KeyboardInterrupt:
            sys.exit("Stopped.")

    flags.FLAGS.set_default("verbosity", logging.WARNING)
    app.run(guarded)
