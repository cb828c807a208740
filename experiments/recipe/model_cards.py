"""Writes each shipped preset's model card from its metadata: `python -m experiments.recipe.model_cards`."""

from amp_net.command_line import cli

LICENCE = "MIT"


def main():
    """From the shipped presets to their `README.md`."""
    from amp_net.models import presets

    for preset in presets.shipped(None):
        presets.save_metadata(preset, {**presets.load_metadata(preset), "licence": LICENCE})


if __name__ == "__main__":
    cli.run(main)
