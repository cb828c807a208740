import math

import pytest

from amp_net.training.data import crops, memory

GIB = 2**30


@pytest.mark.parametrize(
    ("groups", "limits", "least"),
    [
        ("0::/user/job", {"user/job/memory.max": "max", "user/memory.max": 3 * GIB}, 3 * GIB),
        ("0::/user/job", {"user/job/memory.max": GIB, "memory.max": 3 * GIB}, GIB),
        # In a container, which sees its own group as the root.
        ("0::/docker/1f", {"memory.max": GIB}, GIB),
        ("5:cpu:/a\n4:memory:/job", {"memory/job/memory.limit_in_bytes": GIB}, GIB),
        ("4:memory:/docker/1f", {"memory/memory.limit_in_bytes": GIB}, GIB),
        ("0::/", {}, math.inf),
        ("4:memory:/a\n0::/b", {"memory/a/memory.limit_in_bytes": 2 * GIB, "b/memory.max": GIB}, GIB),
        ("0::/", {"memory.max": "what"}, math.inf),
    ],
)
def test_the_limit_of_a_control_group_is_read(groups, limits, least, tmp_path):
    (tmp_path / "own").write_text(groups + "\n")
    for name, limit in limits.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(f"{limit}\n")
    assert memory._control_groups(tmp_path / "own", tmp_path / "root") == least


def test_a_system_without_control_groups_has_no_limit(tmp_path):
    assert memory._control_groups(tmp_path / "own", tmp_path) == math.inf


def test_the_least_of_all_limits_counts(monkeypatch):
    for name in ("_machine", "_address_space"):
        assert memory.available() <= getattr(memory, name)()
        with monkeypatch.context() as context:
            context.setattr(memory, name, lambda: 1000)
            assert memory.available() == 1000
    monkeypatch.setattr(memory, "_control_groups", lambda *_: 10)
    assert memory.available() == 10


def test_the_limit_of_the_address_space_is_read(monkeypatch):
    infinite = memory.resource.RLIM_INFINITY
    for limits, least in (
        ((GIB, infinite), GIB),
        ((infinite, 2 * GIB), 2 * GIB),
        ((infinite,) * 2, math.inf),
    ):
        monkeypatch.setattr("resource.getrlimit", lambda kind, limits=limits: limits)
        assert memory._address_space() == least


@pytest.mark.parametrize("count", [10**12, 10**30, 10_001])
def test_no_more_blocks_are_cropped_than_fit_with_what_chooses_them(count, rng, monkeypatch):
    photograph = rng.integers(0, 256, (8, 8)).astype("uint8")
    # As many as 10,000 blocks of 2×2 and the choice of them need.
    monkeypatch.setattr(memory, "available", lambda: 2 * 10_000 * (4 + crops.INDEX))
    assert len(crops.crop_blocks([photograph], 10_000, 1, block_size=2)) == 10_000
    with pytest.raises(ValueError, match=f"^{count} blocks of 2×2 pixels do not fit into the memory"):
        crops.crop_blocks([photograph], count, 1, block_size=2)


@pytest.mark.parametrize("count", [-1, -(10**30)])
def test_a_negative_number_of_blocks_is_refused(count, rng):
    with pytest.raises(ValueError, match=f"^{count} blocks cannot be cropped"):
        crops.crop_blocks([rng.integers(0, 256, (40, 40)).astype("uint8")], count, 1)
