"""Which processes train together: a cluster, as TensorFlow's variable `TF_CONFIG` describes it."""

import dataclasses
import json
import re

EXAMPLE = '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 0}}'
ADDRESS = re.compile(r"\S+:\d{1,5}")


@dataclasses.dataclass(frozen=True)
class Cluster:
    """All processes of a training, and which of them this is.

    >>> Cluster({"worker": ["a:2222", "b:2222"]}, "worker", 0).others
    ['b:2222']

    Attributes:
        jobs: a dict of `"worker"`, and `"chief"` if one process has that job, to lists of `host:port`.
        job, index: this process's.
    """

    jobs: dict
    job: str
    index: int

    def __post_init__(self):
        named = [address for addresses in self.jobs.values() for address in addresses]
        for address in named:
            if not ADDRESS.fullmatch(str(address)):
                raise ValueError(f"A worker's address is host:port, not {address!r}.")
            if named.count(address) > 1:
                raise ValueError(f"Two workers have the address {address}; each needs its own.")
        if len(self.jobs.get("chief", ())) > 1:
            raise ValueError(f"There are {len(self.jobs['chief'])} chiefs; name one.")
        if len(named) < 2:
            raise ValueError(f"A cluster of {len(named)} worker needs no strategy; name two or more.")
        count = len(self.jobs.get(self.job, ()))
        if not count:
            raise ValueError(f"This process is to be a {self.job}, but the cluster has none.")
        if type(self.index) is not int or not 0 <= self.index < count:
            raise ValueError(
                f"This process is {self.job} {self.index!r} of {count}; the number is from 0 to {count - 1}."
            )

    @property
    def tf_config(self):
        """What TensorFlow reads."""
        return json.dumps({"cluster": self.jobs, "task": {"type": self.job, "index": self.index}})

    @property
    def others(self):
        """The addresses of the other processes."""
        mine = self.jobs[self.job][self.index]
        return [address for addresses in self.jobs.values() for address in addresses if address != mine]


def read(tf_config):
    """The cluster of a `TF_CONFIG`.

    Raises:
        ValueError: if it does not describe one.
    """
    try:
        described = json.loads(tf_config)
        jobs, task = described["cluster"], described["task"]
        whole = all(isinstance(addresses, list) for addresses in jobs.values())
        job, index = task["type"], task["index"]
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise ValueError(
            "Which workers there are, neither flags nor TF_CONFIG say; it would be like "
            f"{EXAMPLE}, and is {tf_config!r}."
        )
    if {*jobs, job} - {"chief", "worker"}:
        raise ValueError(
            f"TF_CONFIG names the jobs {', '.join(sorted({*map(str, jobs), str(job)}))}; there are chief and "
            "worker here."
        )
    return Cluster(jobs, job, index)
