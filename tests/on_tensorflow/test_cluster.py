import json

import pytest

from amp_net.tensorflow import cluster

TWO = {"worker": ["a:1", "b:1"]}
FIRST = {"type": "worker", "index": 0}


def test_a_cluster_is_what_was_described():
    described = json.dumps({"cluster": {"chief": ["a:1"], **TWO, "worker": ["b:2", "c:3"]}, "task": FIRST})
    found = cluster.read(described)
    assert found == cluster.Cluster({"chief": ["a:1"], "worker": ["b:2", "c:3"]}, "worker", 0)
    assert found.others == ["a:1", "c:3"]
    assert json.loads(found.tf_config) == json.loads(described)


def test_what_an_error_gives_as_an_example_is_one():
    assert cluster.read(cluster.EXAMPLE).others == ["b:2222"]


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ("", "TF_CONFIG say; it would be like"),
        ("[]", "and is '\\[]'"),
        ("null", "neither flags nor TF_CONFIG"),
        ({"cluster": TWO}, "neither flags nor TF_CONFIG"),
        ({"cluster": TWO, "task": {"type": "worker"}}, "neither flags nor TF_CONFIG"),
        ({"cluster": {"worker": "a:1,b:1"}, "task": FIRST}, "neither flags nor TF_CONFIG"),
        ({"cluster": ["a:1", "b:1"], "task": FIRST}, "neither flags nor TF_CONFIG"),
        ({"cluster": TWO, "task": {"type": "evaluator", "index": 0}}, "the jobs evaluator, worker"),
        ({"cluster": {**TWO, "ps": ["c:1"]}, "task": FIRST}, "the jobs ps, worker"),
        ({"cluster": TWO, "task": {"type": "chief", "index": 0}}, "to be a chief, but the cluster has none"),
        ({"cluster": TWO, "task": {"type": "worker", "index": "x"}}, "is worker 'x' of 2"),
        ({"cluster": TWO, "task": {"type": "worker", "index": -1}}, "is worker -1 of 2"),
        ({"cluster": {**TWO, "chief": ["c:1", "d:1"]}, "task": FIRST}, "There are 2 chiefs"),
        ({"cluster": {**TWO, "chief": ["b:1"]}, "task": FIRST}, "Two workers have the address b:1"),
        ({"cluster": {"worker": ["a", "b:1"]}, "task": FIRST}, "not 'a'"),
        ({"cluster": {"worker": [1, 2]}, "task": FIRST}, "not 1"),
        ({"cluster": {"worker": ["a:1"]}, "task": FIRST}, "cluster of 1 worker"),
    ],
)
def test_a_cluster_that_is_none_is_refused_in_a_sentence(described, message):
    described = described if isinstance(described, str) else json.dumps(described)
    with pytest.raises(ValueError, match=message):
        cluster.read(described)
