"""How much memory this process may take."""

import contextlib
import math
import os
from pathlib import Path

try:
    import resource
except ImportError:
    # Not on Windows.
    resource = None  # type: ignore[assignment]

OWN_GROUPS, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
"""Where Linux says in which control groups a process is, and what each may take."""


def available() -> float:
    """Bytes: the least of the machine's memory, the limit of the address space, and the control groups'.

    Infinite where the system says none of these.
    """
    return min(_machine(), _address_space(), _control_groups(OWN_GROUPS, GROUPS))


def _machine() -> float:
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return math.inf


def _address_space() -> float:
    if resource is None:
        return math.inf
    limits = (limit for limit in resource.getrlimit(resource.RLIMIT_AS) if limit != resource.RLIM_INFINITY)
    return min(limits, default=math.inf)


def _control_groups(own: Path, root: Path) -> float:
    """The least limit of the control groups, of either version, that this process is in.

    Args:
        own: a file with a line `number:controllers:path` a hierarchy; version 2 names no controllers.
        root: the folder of all groups.
    """
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return math.inf
    limits: list[float] = [math.inf]
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        place, name = (root / "memory", "memory.limit_in_bytes") if controllers else (root, "memory.max")
        # Limits of the groups around it hold too; in a container the path is not always there.
        group = Path(path.lstrip("/"))
        for folder in (group, *group.parents):
            with contextlib.suppress(OSError, ValueError):
                # "max" where there is none.
                limits.append(int((place / folder / name).read_text()))
    return min(limits)
