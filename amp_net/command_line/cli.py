"""How every command starts and how it fails."""

import logging as standard_logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from absl import app, flags, logging

from amp_net.command_line import progress, start_up
from amp_net.storage.printable import printable

flags.DEFINE_bool(
    "quiet", False, "Show nothing but errors and what was asked for to be measured.", short_name="q"
)
BACKENDS = ("tensorflow", "jax", "torch")
"""Of Keras, named by the variable KERAS_BACKEND."""


def run(main: Callable[..., None], takes_paths: bool = False) -> None:
    """Parses the flags and calls `main`; a user's mistake ends in one sentence and exit status 1.

    Ctrl-C and SIGTERM end it with "Stopped." and status 1, and leave no half-written file.

    A command that takes paths passes them to `main` as a list. The variable
    KERAS_BACKEND says what Keras computes with; without it, TensorFlow.

    TensorFlow's and Beam's own messages, and where an error happened, are shown with `-v`. How far the work
    is, and what was done, is not shown with `--quiet`.
    """
    _show_in_help(main.__module__)

    def guarded(arguments: list[str]) -> None:
        if len(arguments) > 1 and not takes_paths:
            raise app.UsageError(f"Unknown argument {arguments[1]!r}; see --help.")
        # As stderr does: a file's name need not be text.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        # Keras reads it when it is imported; a keras.json may say otherwise, but not for a command.
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        # TensorFlow leaves oneDNN out on processors without VNNI, where it makes convolutions faster too.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
        # GPUs would multiply float32 in TF32, which keeps 10 bits of the mantissa, too few at high CS ratios.
        os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
        os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")
        if flags.FLAGS.verbosity < 1:
            # OpenCV too writes lines about damaged files.
            os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
            # TensorFlow reads the variable once, when it is imported.
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            if not start_up.are_asked_for():
                start_up.hide_when_imported()
            logging.set_verbosity(logging.ERROR if flags.FLAGS.quiet else logging.WARNING)
            standard_logging.getLogger("tensorflow").setLevel(standard_logging.ERROR)
            # Its errors come as exceptions too.
            standard_logging.getLogger("apache_beam").setLevel(standard_logging.CRITICAL)
        progress.SHOWN = progress.Shown(lines=True, quiet=flags.FLAGS.quiet)
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            _check_backend()
            main(*([arguments[1:]] if takes_paths else []))
        except ModuleNotFoundError as error:
            logging.debug("Where it happened:", exc_info=True)
            sys.exit(f"Error: {_how_to_install(error.name)}")
        except BrokenPipeError:
            # The reader of the output has closed it; what is still to be flushed goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except MemoryError as error:
            logging.debug("Where it happened:", exc_info=True)
            sys.exit(f"Error: The memory is not enough ({printable(error) or 'MemoryError'}); ask for less.")
        except _mistakes() as error:
            logging.debug("Where it happened:", exc_info=True)
            lines = str(getattr(error, "message", error)).split("\n")
            sys.exit("Error: " + "\n".join(map(printable, lines)))
        except KeyboardInterrupt as stopped:
            sys.exit(str(stopped) or "Stopped.")

    app.run(guarded, _with_verbosity(sys.argv))


def _with_verbosity(arguments: Sequence[str]) -> list[str]:
    """A command line in which a `-v` without a number is absl's `--verbosity=1`."""
    numbers = [*(each.lstrip("-").isdecimal() for each in arguments[1:]), False]
    return [
        "--verbosity=1" if argument == "-v" and not number else argument
        for argument, number in zip(arguments, numbers, strict=True)
    ]


def _interrupt(number: int, frame: Any) -> NoReturn:
    """SIGTERM ends a command as Ctrl-C does."""
    raise KeyboardInterrupt


def arguments_given(places: Sequence[str] = ("data_dir",)) -> list[str]:
    """What the command was given, as a list, but for flags that name places of this machine."""
    arguments, kept = iter(sys.argv[1:]), []
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name.lstrip("-") not in places or not name.startswith("-"):
            kept.append(argument)
        elif not value:
            next(arguments, None)
    return kept


def needs_tensorflow(what: str) -> None:
    """Raises a ValueError if Keras has another backend than the one that something needs.

    Args:
        what: subject of the sentence, as `"--format=onnx"`.
    """
    backend = os.environ["KERAS_BACKEND"]
    if backend != "tensorflow":
        raise ValueError(f"{what} needs TensorFlow, but KERAS_BACKEND is {backend}; unset that variable.")


def _check_backend() -> None:
    backend = os.environ["KERAS_BACKEND"]
    if backend not in BACKENDS:
        raise ValueError(f"KERAS_BACKEND is {backend!r}; it is one of {', '.join(BACKENDS)}.")


def _how_to_install(package: str | None) -> str:
    if package == os.environ["KERAS_BACKEND"]:
        return (
            f"{package} is not installed; install it, or set KERAS_BACKEND to one of {', '.join(BACKENDS)}."
        )
    return f"{package} is not installed; pip install '.[test]' brings all there is to need."


def _show_in_help(module: str) -> None:
    """Makes `--help` show a module's text and flags, also where a console script is the main module."""
    for name in ("quiet", "verbosity"):
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flags.FLAGS[name])
    if module == "__main__":
        return
    sys.modules["__main__"].__doc__ = sys.modules[module].__doc__
    for flag in flags.FLAGS.get_key_flags_for_module(module):
        # absl knows the main module by this name.
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)


def _mistakes() -> tuple[type[Exception], ...]:
    """What ends a command in one sentence; also what TensorFlow raises, if it was imported."""
    tensorflow = sys.modules.get("tensorflow")
    return (ValueError, OSError, FloatingPointError, *((tensorflow.errors.OpError,) if tensorflow else ()))
