"""Tries the server under load: `python load.py --preset=ampa_net_cs25 --model=reconstruct_images.onnx`.

It starts `server.py` and sends it y of a photograph's details from many clients at once, bad requests among
them. Each image is compared with that of the preset in Keras. It ends with 1 if an answer is lost or wrong,
or the server's memory grows. It reads the server's memory in `/proc`, so it needs Linux.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import io
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from skimage import data

from amp_net import sense_image
from amp_net.models import networks

SIZES = ((1, 1), (2, 5), (4, 4), (7, 3), (6, 8))
"""Rows and columns of the images' blocks."""
BAD_SHARE = 0.3
"""Of the requests."""
CLOSE = 1e-4
"""Pixels in [0, 1] may differ by so much."""
GROWTH = 1.25
"""The server may have so many times the memory at the end that it had halfway."""
PATIENCE = 60
"""Seconds that an answer may take, or the server's start."""
RIGHT = ("images right", "refusals right", "connections cut")
WRONG = ("images wrong", "refusals wrong", "lost", "still in hand", "tracebacks")


def main():
    """From the flags to what is printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", required=True, help="what was exported")
    parser.add_argument("--cs_ratio", type=float, help="for a preset for all CS ratios, in percent")
    parser.add_argument("--model", required=True, help="its ONNX file that makes images")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60)
    flags = parser.parse_args()
    good = measured_and_expected(networks.load(flags.preset, flags.cs_ratio))
    with started(flags.model) as (address, process, log):
        memory = {"before the first image": resident(process)}
        counts = collections.Counter()
        with connected(address) as first:
            for each in good:
                rebuild(first, each, counts)
        memory["after one of each size"] = resident(process)
        begun = time.monotonic()
        for half, when in enumerate(("halfway", "at the end")):
            until = time.monotonic() + flags.seconds / 2
            with concurrent.futures.ThreadPoolExecutor(flags.clients) as pool:
                clients = [
                    pool.submit(client, address, good, until, (half, number))
                    for number in range(flags.clients)
                ]
            for each in clients:
                counts += each.result()
            memory[when] = resident(process)
        took = time.monotonic() - begun
        memory["at most"] = resident(process, "VmHWM")
        with connected(address) as last:
            # Who was cut off last is noticed a moment later.
            time.sleep(0.5)
            counts["still in hand"] = last.get("/health").json()["in_hand"]
        log.seek(0)
        counts["tracebacks"] = log.read().count("Traceback")
    rate = (counts["images right"] - len(good)) / took
    print(f"{flags.clients} clients, {took:.0f} seconds, {rate:.1f} images a second")
    print(", ".join(f"{name}: {counts[name]}" for name in (*RIGHT, *WRONG)))
    print("memory of the server:", ", ".join(f"{size} MiB {when}" for when, size in memory.items()))
    grown = memory["at the end"] > GROWTH * memory["halfway"]
    if grown or not all(counts[name] for name in RIGHT) or any(counts[name] for name in WRONG):
        sys.exit(1)


def measured_and_expected(model):
    """Pairs of y `(rows, columns, m)` and the image that Keras makes of it."""
    found, side = [], model.block_size
    for rows, columns in SIZES:
        detail = data.camera()[100 : 100 + rows * side, 100 : 100 + columns * side]
        y = sense_image(detail, model).y[:, :, 0]
        found.append((y, np.asarray(model.reconstruct(y[np.newaxis]))[0, ..., 0]))
    return found


@contextlib.contextmanager
def started(model):
    """The server's address, its process number, and the file of what it says."""
    command = [sys.executable, Path(__file__).with_name("server.py"), f"--model={model}", "--port=0"]
    with tempfile.TemporaryFile("w+") as log, subprocess.Popen(command, stderr=log) as server:
        try:
            found, until = None, time.monotonic() + PATIENCE
            while not found and server.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
                log.seek(0)
                said = log.read()
                found = re.search(r"running on (http://\S+)", said)
            if not found:
                sys.exit(f"The server does not start: {said}")
            yield found[1], server.pid, log
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE)


def connected(address):
    """A client of the server, without a proxy."""
    return httpx.Client(base_url=address, timeout=PATIENCE, trust_env=False)


def client(address, good, until, seed):
    """Sends requests, one after the other, and counts what comes of them."""
    rng, counts = np.random.default_rng(seed), collections.Counter()
    with connected(address) as http:
        while time.monotonic() < until:
            pair = good[rng.integers(len(good))]
            try:
                if rng.random() >= BAD_SHARE:
                    rebuild(http, pair, counts)
                else:
                    bad = bad_requests(pair[0])
                    refused(http, *bad[rng.integers(len(bad))], counts)
                    cut(address, saved(pair[0]), counts)
            except httpx.HTTPError:
                counts["lost"] += 1
    return counts


def rebuild(http, pair, counts):
    """Sends y and compares the image."""
    y, expected = pair
    answer = http.post("/reconstruct", content=saved(y))
    image = np.load(io.BytesIO(answer.content)) if answer.status_code == 200 else None
    right = image is not None and image.shape == expected.shape and np.allclose(image, expected, 0, CLOSE)
    counts["images right" if right else "images wrong"] += 1


def bad_requests(y):
    """Pairs of a body and the status that it must be answered with."""
    odd = y.copy()
    odd[0, 0, 0] = np.nan
    return [
        (saved(y[0]), 400),
        (saved(y[..., 1:]), 400),
        (saved(y[:0]), 400),
        (saved(y.astype("float64")), 400),
        (saved(odd), 400),
        (saved(y)[:-10], 400),
        (saved(y)[:50], 400),
        (b"not an array", 400),
        (b"", 400),
        (saved(np.zeros((17, 16, y.shape[-1]), "float32")), 413),
        (bytes(2**22), 413),
    ]


def refused(http, body, status, counts):
    """Sends what must be refused in a sentence."""
    answer = http.post("/reconstruct", content=body)
    right = answer.status_code == status and re.fullmatch(r'\{"detail":"[^"]+\."\}', answer.text)
    counts["refusals right" if right else "refusals wrong"] += 1


def cut(address, body, counts):
    """Begins to send y and goes away; there is nobody to be answered then."""
    url = httpx.URL(address)
    with socket.create_connection((url.host, url.port), PATIENCE) as connection:
        head = f"POST /reconstruct HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[: len(body) // 2])
    counts["connections cut"] += 1


def saved(array):
    """The bytes of a `.npy` file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def resident(process, what="VmRSS"):
    """MiB of memory that a process has, or with `VmHWM` had at most."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) // 1024


if __name__ == "__main__":
    main()
