"""Presets from the web or Hugging Face, each with the SHA-256 that it is to have."""

import contextlib
import functools
import io
import os
import re
import shutil
import socket
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from amp_net.command_line import progress
from amp_net.storage import arrays, file_sizes
from amp_net.storage.disk import files, folders
from amp_net.storage.printable import printable

HUGGING_FACE = "hf://"
ON_THE_WEB = ("https://", "http://")
LONGEST = 1000
"""Characters of an address."""
PATIENCE = 60
"""Seconds that a server may be silent."""
DIGEST = re.compile(r"sha256=([0-9a-f]{64})", re.IGNORECASE)
REPOSITORY = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
DAMAGE = (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, EOFError)
"""What is raised for archives that cannot be read."""


def is_address(preset: str | Path) -> bool:
    """Whether the name of a preset is an address.

    >>> is_address("amp_net_cs25"), is_address("hf://owner/name#sha256=…"), is_address("HTTPS://a.org/p.zip")
    (False, True, True)
    """
    return isinstance(preset, str) and preset.lower().startswith((HUGGING_FACE, *ON_THE_WEB))


def fetched(address: str, names: Collection[str], weights: str) -> Path:
    """The folder of a preset that an address leads to; it is fetched where it is not there already.

    `https://…/mine.zip#sha256=…` is a `.zip` of a preset's folder, and the SHA-256 is that of the `.zip`. It
    is kept in `~/.keras/amp_net`, or in `amp_net` of the folder KERAS_HOME. `hf://owner/name#sha256=…`, or
    `hf://owner/name@revision#…`, is a repository of Hugging Face, and the SHA-256 that of its weights. It is
    kept where `huggingface_hub` keeps what it loads.

    Args:
        address: see above.
        names: of a preset's files.
        weights: the one of them that holds the weights.

    Raises:
        ValueError: if the address has no SHA-256, what it leads to has another or is no preset, or it cannot
            be fetched.
    """
    place, _, fragment = address.partition("#")
    digest = DIGEST.fullmatch(fragment)
    if not digest or len(address) > LONGEST:
        raise ValueError(
            f"{_shown(address)} does not say which SHA-256 it is to have: put #sha256= and 64 hexadecimal "
            "digits after it."
        )
    scheme, separator, rest = place.partition("://")
    place = f"{scheme.lower()}{separator}{rest}"
    load = _from_hugging_face if place.startswith(HUGGING_FACE) else _from_the_web
    return load(place, digest[1].lower(), tuple(names), weights)


def _from_the_web(place: str, digest: str, names: Collection[str], weights: str) -> Path:
    try:
        path = urlsplit(place).path
    except ValueError as error:
        raise ValueError(f"{_shown(place)} is no address: {error}.") from error
    stem = re.sub(r"[^\w.-]", "_", PurePosixPath(unquote(path)).stem).strip(".") or "preset"
    folder = _home() / digest / stem
    if all((folder / name).is_file() for name in names):
        return folder
    folders.make_folder(_home())
    with tempfile.TemporaryDirectory(dir=_home(), prefix=".fetched-") as aside:
        archive = _downloaded(place, digest, Path(aside))
        with folders.replacing_folder(folder, names) as made:
            _unpack(archive, names, weights, made, place)
    return folder


def _downloaded(place: str, digest: str, aside: Path) -> Path:
    """The path of the file that a URL leads to, with this SHA-256."""
    from keras.utils import get_file

    try:
        with _patient(), contextlib.redirect_stdout(_where_told()):
            path = get_file("preset.zip", place, file_hash=digest, hash_algorithm="sha256", cache_dir=aside)
    # Keras raises what it finds, a bare Exception too.
    except Exception as error:
        if isinstance(error, ValueError) and "file hash does not match" in str(error):
            raise _other_digest("the file", place, digest) from error
        reason = " ".join(str(error).split()).removeprefix(f"URL fetch failure on {place}: ")
        reason = reason.removeprefix("None -- ") or type(error).__name__
        raise ValueError(f"{_shown(place)} cannot be fetched: {printable(reason)[:LONGEST]}.") from error
    files.check_size(_shown(place), os.path.getsize(path), file_sizes.WEIGHTS)
    return Path(path)


def _unpack(archive: Path, names: Collection[str], weights: str, folder: Path, place: str) -> None:
    """Writes a preset's files, and no others, from a `.zip` in which they stand beside each other."""
    try:
        with open(archive, "rb") as file, arrays.archive_of(file) as opened:
            entries = [entry for entry in opened.infolist() if PurePosixPath(entry.filename).name in names]
            found = {PurePosixPath(entry.filename).name: entry for entry in entries}
            beside = {PurePosixPath(entry.filename).parent for entry in entries}
            if not len(entries) == len(found) == len(names) or len(beside) != 1:
                raise ValueError("it does not hold them once and beside each other")
            for name, entry in found.items():
                most = file_sizes.WEIGHTS if name == weights else file_sizes.TEXT
                files.check_size(name, entry.file_size, most)
                # No more is read than was declared, whatever the bytes unfold to.
                with opened.open(entry) as source, open(folder / name, "wb") as target:
                    shutil.copyfileobj(source, target)
    except DAMAGE as error:
        raise ValueError(
            f"{_shown(place)} holds no preset, a .zip of {', '.join(names)}: {printable(error)}."
        ) from error


@functools.cache
def _from_hugging_face(place: str, digest: str, names: Collection[str], weights: str) -> Path:
    named = REPOSITORY.fullmatch(place.removeprefix(HUGGING_FACE))
    if not named:
        raise ValueError(
            f"{_shown(place)} names no repository: hf://owner/name, or hf://owner/name@revision."
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ValueError(
            f"{HUGGING_FACE} needs huggingface_hub; install it with pip install 'amp_net[hf]'."
        ) from error
    try:
        found = snapshot_download(named[1], revision=named[2], allow_patterns=[*names])
    # Of its own kinds, of its network library's, and of the disk.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{_shown(place)} cannot be fetched: {printable(reason)[:LONGEST]}") from error
    folder = Path(found)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{_shown(place)} holds no preset: {missing[0]} is missing.")
    if files.sha256(folder / weights, file_sizes.WEIGHTS) != digest:
        raise _other_digest(weights, place, digest)
    return folder


def _other_digest(what: str, place: str, digest: str) -> ValueError:
    return ValueError(
        f"{_shown(place)} is not what was meant: the SHA-256 of {what} is not {digest}. It is not used; see "
        "where you have the address from."
    )


@contextlib.contextmanager
def _patient() -> Iterator[None]:
    """Inside, a server that is silent for too long counts as lost; Keras itself would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(before or PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _where_told() -> Any:
    """Where Keras shows how far the download is: not between the lines of what a command makes."""
    return (
        sys.stderr
        if sys.stderr is not None and sys.stderr.isatty() and not progress.SHOWN.quiet
        else io.StringIO()
    )


def _home() -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser()) / "amp_net"


def _shown(address: str) -> str:
    return printable(address)[:LONGEST]
