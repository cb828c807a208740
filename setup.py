"""Installs amp_net with its data sets and checkpoints; the extras add what tests, docs and others need."""

from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
ELSEWHERE = ("datasets", "checkpoints")
"""What stands at the top of the clone, but is installed inside the package."""
ROOMS = [path.parent for path in ROOT.glob("amp_net/**/__init__.py") if path.parent.name not in ELSEWHERE]
DATASETS = sorted(path.parent.name for path in ROOT.glob("datasets/*/checksums.tsv"))
PRESETS = sorted(path.parent.name for path in ROOT.glob("checkpoints/*/config.json"))

setup(
    name="amp_net",
    version="0.2.0",
    description="AMP-Net and AMPA-Net: compressed sensing of images by unrolled message passing, in Keras 3",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.10",
    # Since a top-level package called `datasets` would hide Hugging Face's.
    package_dir={f"amp_net.{name}": name for name in ELSEWHERE},
    packages=[
        *sorted(".".join(room.relative_to(ROOT).parts) for room in ROOMS),
        "amp_net.datasets",
        *(f"amp_net.datasets.{name}" for name in DATASETS),
        *(f"amp_net.checkpoints.{name}" for name in PRESETS),
    ],
    package_data={"": ["py.typed", "*.jinja", "*.tsv", "*.bib", "*.md", "*.txt", "*.json", "*.h5"]},
    install_requires=[
        "absl-py",
        "etils<1.14; python_version < '3.11'",  # pip 23 does not find this in ten minutes
        "h5py",
        "importlib_resources",  # imported by tensorflow-datasets, which does not ask for it
        "keras>=3.11",
        "numpy",
        "opencv-python-headless",  # the same cv2 as opencv-python, without its need for a display library
        "pillow",
        "pywavelets",
        "scikit-image",
        "scipy",
        "tensorboard",
        "tensorflow>=2.19",
        "tensorflow-datasets",
        "tqdm",
    ],
    extras_require={
        "beam": ["apache-beam"],
        "benchmark": ["torch"],
        "bm3d": ["bm3d"],  # whose licence is for non-commercial use
        "demo": ["gradio>=6"],
        "docs": ["mkdocs", "mkdocs-material", "mkdocstrings[python]"],
        "gpu": ["tensorflow[and-cuda]>=2.19"],
        "hf": ["huggingface_hub"],
        "jax": ["jax"],
        "onnx": ["onnx", "tf2onnx"],
        "notebook": ["ipykernel", "matplotlib", "nbclient"],
        "report": ["altair>=5.5", "jinja2", "vl-convert-python>=1.7"],
        "serving": ["fastapi", "httpx", "onnxruntime", "uvicorn"],
        "torch": ["torch"],
        "test": [
            "ai-edge-litert",
            "altair>=5.5",
            "apache-beam",
            "dill",
            "fastapi",
            "gradio>=6",
            "httpx",
            "huggingface_hub",
            "hypothesis",
            "ipykernel",
            "jax",
            "jinja2",
            "matplotlib",
            "mypy",
            "nbclient",
            "onnx",
            "onnxruntime",
            "pytest",
            "pytest-xdist",
            "ruff",
            "selenium",
            "tf2onnx",
            "uvicorn",
            "vl-convert-python>=1.7",
        ],
    },
    entry_points={
        "console_scripts": [
            "amp_net=amp_net.__main__:run",
            "amp_net.beam_reconstruct=amp_net.beam_reconstruct:run",
            "amp_net.demo=amp_net.demo:run",
            "amp_net.train=amp_net.train:run",
            "amp_net.evaluate=amp_net.evaluate:run",
            "amp_net.export=amp_net.export:run",
            "amp_net.patterns=amp_net.patterns:run",
            "amp_net.reconstruct=amp_net.reconstruct:run",
            "amp_net.sense=amp_net.sense:run",
        ]
    },
)
