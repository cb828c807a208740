"""Rebuilds images over HTTP: `python server.py --model=reconstruct_images.onnx`.

`POST /reconstruct` takes y of one image, `(rows, columns, m)`, as the bytes of a `.npy` file of float32, and
answers with the image, `(rows · block_size, columns · block_size)`, likewise; not clipped to [0, 1].
`GET /health` tells what is served. It needs FastAPI, uvicorn, ONNX Runtime and NumPy alone.
"""

import argparse
import io
import math

import anyio.to_thread
import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from starlette.requests import ClientDisconnect

AT_ONCE = 32
"""Requests in hand at most; one of them is computed at a time, since it takes all processors."""
HEADER = 256
"""Bytes of a `.npy` header at most; of three numbers it takes 128."""
SECONDS = 20
"""That a client may take to send y."""


def make_app(model: str, most_blocks: int) -> FastAPI:
    """The application.

    Args:
        model: path of an ONNX file that makes images of measurements.
        most_blocks: of an image at most.

    Raises:
        Exception: what ONNX Runtime says of a file that it cannot read; a ValueError, if it is another model.
    """
    session = onnxruntime.InferenceSession(model)
    if session.get_outputs()[0].name != "images":
        raise ValueError("it makes no images of measurements, as reconstruct_images.onnx does")
    m = session.get_inputs()[0].shape[-1]
    largest = HEADER + 4 * m * most_blocks
    places, processors = anyio.Semaphore(AT_ONCE), anyio.CapacityLimiter(1)
    app = FastAPI(title="amp_net", docs_url=None, redoc_url=None)

    def rebuilt(y: np.ndarray) -> bytes:
        (image,) = session.run(["images"], {"measurements": y[np.newaxis]})
        file = io.BytesIO()
        np.save(file, image[0, ..., 0])
        return file.getvalue()

    @app.get("/health")
    async def health() -> dict[str, int]:
        return {"measurements": m, "most_blocks": most_blocks, "in_hand": AT_ONCE - places.value}

    @app.post("/reconstruct")
    async def reconstruct(request: Request) -> Response:
        try:
            places.acquire_nowait()
        except anyio.WouldBlock:
            await _body(request, 0)
            raise HTTPException(
                503, f"{AT_ONCE} requests are in hand; try again.", {"Retry-After": "1"}
            ) from None
        try:
            body = await _body(request, largest)
            if body is None:
                raise HTTPException(
                    413, f"The body is larger than {largest} bytes, which {most_blocks} blocks take."
                )
            y = measurements(body, m, most_blocks)
            image = await anyio.to_thread.run_sync(rebuilt, y, limiter=processors)
        finally:
            places.release()
        return Response(image, media_type="application/octet-stream")

    return app


async def _body(request: Request, largest: int) -> bytes | None:
    """The body, or None if it is too large."""
    body, size = bytearray(), 0
    try:
        # To its end in any case, since who still sends does not hear an answer.
        with anyio.fail_after(SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= largest:
                    body += chunk
    except TimeoutError:
        raise HTTPException(408, f"The body took longer than {SECONDS} seconds.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The body is cut short.") from None
    return bytes(body) if size <= largest else None


def measurements(body: bytes, m: int, most_blocks: int) -> np.ndarray:
    """y in the bytes of a `.npy` file, `(rows, columns, m)`, float32.

    Raises:
        HTTPException: if it is something else.
    """
    file = io.BytesIO(body)
    try:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=HEADER)
    except Exception:
        # NumPy says it in many ways.
        raise HTTPException(400, "The body is no array as numpy.save writes it.") from None
    if dtype != np.float32:
        raise HTTPException(400, f"y is {dtype}; send float32.")
    if len(shape) != 3 or min(shape) < 1 or shape[2] != m:
        raise HTTPException(400, f"y has shape {shape}; it must be (rows, columns, {m}), one block or more.")
    if shape[0] * shape[1] > most_blocks:
        raise HTTPException(413, f"y is of {shape[0]}×{shape[1]} blocks; {most_blocks} are rebuilt at most.")
    expected, found = 4 * math.prod(shape), len(body) - file.tell()
    if found != expected:
        raise HTTPException(400, f"y of shape {shape} has {expected} bytes, and here are {found}.")
    y = np.frombuffer(body, dtype, offset=file.tell()).reshape(shape, order="F" if fortran else "C")
    if not np.isfinite(y).all():
        raise HTTPException(400, "y holds NaN or infinity.")
    return y


def main() -> None:
    """Serves until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="ONNX file that makes images of measurements")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--most_blocks", type=int, default=256, help="of an image")
    flags = parser.parse_args()
    if not 0 <= flags.port < 2**16 or flags.most_blocks < 1:
        parser.error("a port is from 0 to 65535, and an image has a block or more")
    try:
        app = make_app(flags.model, flags.most_blocks)
    except Exception as error:
        parser.error(f"{flags.model} cannot be served: {error}")
    uvicorn.run(app, host=flags.host, port=flags.port, access_log=False)


if __name__ == "__main__":
    main()
