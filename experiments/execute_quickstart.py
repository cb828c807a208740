"""Executes the notebook in place: `python -m experiments.execute_quickstart`, after a new release."""

import base64
import io
from pathlib import Path

from amp_net.command_line import cli
from amp_net.storage.disk import files

NOTEBOOK = Path(__file__).with_name("quickstart.ipynb")


def smaller(picture):
    """A PNG picture in base64 with 256 colours instead of 16 million, as many as grey photographs have."""
    from PIL import Image

    image, buffer = Image.open(io.BytesIO(base64.b64decode(picture))), io.BytesIO()
    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def main():
    """From the notebook to the notebook with its outcome."""
    import nbclient
    import nbformat

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    root = str(NOTEBOOK.parent.parent)
    nbclient.NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": root}}).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # What TensorFlow says of the machine at its start.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            cell.metadata.pop("execution", None)
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = smaller(output.data["image/png"])
    files.write(NOTEBOOK, nbformat.writes(notebook))


if __name__ == "__main__":
    cli.run(main)
