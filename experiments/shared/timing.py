"""Fair timing of several functions on one machine."""

import contextlib
import os
import platform
import statistics
import time
from pathlib import Path

PAUSE = 0.25
"""Seconds before each turn, in which the threads of the one before stop spinning."""


def in_turns(contenders, rounds):
    """The median seconds of each function, called in turns.

    Args:
        contenders: a dict of name to a function without arguments that does its work before it returns.
        rounds: how often each is timed, each time after a call that is not.

    Returns:
        A dict of name to seconds.
    """
    seconds = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, function in contenders.items():
            time.sleep(PAUSE)
            function()
            started = time.perf_counter()
            function()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in seconds.items()}


def machine():
    """The processor, and how many of its cores this process may use."""
    name, features = platform.processor() or platform.machine(), ()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        name = fields.get("model name", name)
        features = fields.get("flags", "").split()
    known = [feature for feature in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if feature in features]
    cores = len(os.sched_getaffinity(0))
    return f"{cores} core{'s' if cores > 1 else ''} of {name} ({', '.join(known)})"


def with_section(page, title, text):
    """A page of Markdown sections, with this text in the one of that title; a new one comes last."""
    parts = [section.partition("\n") for section in f"\n{page}".split("\n## ")[1:]]
    sections = {**{name: content.strip() for name, _, content in parts}, title: text.strip()}
    return "\n".join(f"## {name}\n\n{content}\n" for name, content in sections.items())
