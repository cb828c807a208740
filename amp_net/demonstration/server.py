"""Shows the page, to this machine alone unless asked, and asks nothing of any other."""

import contextlib
import os
import socket
import tempfile

# Read by Gradio when it is imported; nothing is told to its makers.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import fastapi
import gradio as gr
import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

from amp_net.demonstration.computed.photograph import MOST_BYTES
from amp_net.demonstration.page import page

LOCAL = ("127.0.0.1", "localhost")
FONTS = ["system-ui", "sans-serif"]
"""Of the machine; others would have to be fetched."""
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
"""What the browser lets the page ask for: what comes from here."""
STYLE = """
footer {display: none !important}
#beside .grid-wrap, #rebuilt .grid-wrap {min-height: 0 !important}
.caption-label {white-space: normal !important; text-align: left}
@media (max-width: 640px) {.grid-container {grid-template-columns: 1fr 1fr !important}}
"""
KEYS = """
<script>
document.addEventListener("keyup", ({key, target}) => {
  if (target.type === "range" && /^(Arrow|Page|Home|End)/.test(key))
    target.dispatchEvent(new Event("pointerup", {bubbles: true}));
});
</script>
"""
"""A slider that keys have moved is let go with them, of which Gradio knows by the pointer alone."""
SECONDS_TO_END = 2


def serve(host: str, port: int) -> None:
    """Serves the page until Ctrl-C or SIGTERM; what was uploaded is deleted then.

    Args:
        host: address to listen at.
        port: 0 for one that is free.

    Raises:
        ValueError: if the address cannot be listened at.
    """
    with socket.socket() as listening, tempfile.TemporaryDirectory(prefix="amp_net_demo_") as folder:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise ValueError(
                f"There is no listening at {host}, port {port}: {error.strerror}; give another --port or "
                "--host."
            ) from error
        os.environ["GRADIO_TEMP_DIR"] = folder
        server = uvicorn.Server(
            uvicorn.Config(_app(host), log_level="warning", timeout_graceful_shutdown=SECONDS_TO_END)
        )
        print(f"http://{host}:{listening.getsockname()[1]}  (Ctrl-C ends it)", flush=True)
        # With which it ends when it has ended itself.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
        print("Stopped.")


def _app(host: str) -> fastapi.FastAPI:
    app = fastapi.FastAPI(openapi_url=None)
    if host in LOCAL:
        # A page of elsewhere could have its own name lead to this machine.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOCAL))
    return gr.mount_gradio_app(
        app,
        page().queue(max_size=16),
        path="/",
        server_name=host,
        footer_links=[],
        ssr_mode=False,
        max_file_size=MOST_BYTES,
        theme=gr.themes.Default(font=FONTS, font_mono=["ui-monospace", "monospace"]),
        css=STYLE,
        head=f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">{KEYS}',
    )
