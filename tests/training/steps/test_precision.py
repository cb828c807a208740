import pytest
import tensorflow as tf

from amp_net.training.steps import precision


@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        ("flags : fpu avx2 avx512f avx512_bf16", "mixed_bfloat16"),
        ("flags : fpu avx2 amx_bf16 amx_tile", "mixed_bfloat16"),
        ("flags : fpu avx2 avx512f", "float32"),
        (None, "float32"),
    ],
)
def test_bfloat16_where_the_processor_multiplies_it(processor, expected, tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    if processor:
        path.write_text(f"model name : some\n{processor}\n")
    monkeypatch.setattr(precision, "PROCESSOR", path)
    assert precision.fastest_policy() == expected


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_float32_on_processors_under_other_backends(backend, tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    path.write_text("flags : fpu avx2 avx512f avx512_bf16")
    monkeypatch.setattr(precision, "PROCESSOR", path)
    monkeypatch.setattr(precision.backends, "BACKEND", backend)
    monkeypatch.setattr(precision.backends, "compute_capabilities", list)
    assert precision.fastest_policy() == "float32"


@pytest.mark.parametrize(("second", "expected"), [((9, 0), "mixed_bfloat16"), ((7, 5), "float32")])
def test_bfloat16_where_all_gpus_multiply_it(second, expected, monkeypatch):
    capabilities = {"first": (8, 0), "second": second}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(capabilities))
    monkeypatch.setattr(
        tf.config.experimental,
        "get_device_details",
        lambda device: {"compute_capability": capabilities[device]},
    )
    assert precision.fastest_policy() == expected
