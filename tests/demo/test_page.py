import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from amp_net import images
from amp_net.demonstration.photograph_handlers import rebuild
from amp_net.evaluation import evaluate
from amp_net.evaluation.compared import compared
from tests.browser import start

SECONDS = 120
"""That anything on the page may take."""


@pytest.fixture(scope="module")
def address(command_environment, tmp_path_factory):
    """Of a page that is served, with a proxy that is not there: it must need none."""
    folder = tmp_path_factory.mktemp("demo")
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**command_environment, **proxies, "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "amp_net.demo", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment) as server:
        yield re.match(r"(http://127\.0\.0\.1:\d+) ", server.stdout.readline())[1]
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
        assert server.stdout.read() == "Stopped.\n"
    assert not list(folder.glob("amp_net_demo_*"))


@pytest.fixture
def browser(address):
    driver = start("--no-proxy-server")
    driver.get(address)
    yield driver
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
    asked = re.findall(
        r'"url":"(https?://[^"]+)"', " ".join(each["message"] for each in driver.get_log("performance"))
    )
    assert asked
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    driver.quit()


def drop(browser, place, path):
    found = WebDriverWait(browser, SECONDS).until(
        lambda browser: browser.find_elements(By.CSS_SELECTOR, f"#{place} input[type=file]")
    )
    found[0].send_keys(str(path))


def text(browser, place, *expected):
    """What a place of the page says, when it says what is expected."""

    def said(browser):
        told = browser.execute_script(f"return document.querySelector('#{place}')?.innerText ?? ''")
        return told if all(each in told for each in expected) else False

    return WebDriverWait(browser, SECONDS).until(said)


def slide(browser, place, value):
    """Moves a slider to a value and lets it go."""
    browser.execute_script(
        "const slider = document.querySelector(`#${arguments[0]} input[type=range]`);"
        "slider.value = arguments[1];"
        "for (const name of ['input', 'change', 'pointerup'])"
        "  slider.dispatchEvent(new Event(name, {bubbles: true}))",
        place,
        value,
    )


def press(browser, label):
    buttons = browser.find_elements(By.CSS_SELECTOR, "button")
    next(button for button in buttons if button.text == label).click()


def test_a_photograph_and_a_benchs_files_are_rebuilt(browser, tmp_path, rng):
    scene = np.kron(rng.integers(0, 256, (3, 3), "uint8"), np.ones((11, 11), "uint8"))
    images.write(tmp_path / "_scene_.png", scene)
    drop(browser, "dropped", tmp_path / "_scene_.png")
    text(browser, "status", "_scene_.png: 33×33 pixels, grey")
    slide(browser, "ratio", 10)
    told = text(browser, "table", "network for every ratio, 10 %", "AMPA-Net, 10 %", "total variation, 10 %")
    presets = ["amp_net_any_ratio", "ampa_net_cs10"]
    of_evaluate = evaluate(
        presets, {"own": [("scene", scene)]}, cs_ratios=[10], methods=compared(["tv"], [10])
    )
    assert re.findall(r"(?<=%)\s+([\d.]+)", told) == [f"{row['psnr']:.2f}" for row in of_evaluate]

    press(browser, "From a bench")
    (tmp_path / "_odd_.csv").write_text("no numbers")
    drop(browser, "y", tmp_path / "_odd_.csv")
    text(browser, "understood", "_odd_.csv ")
    browser.find_element(By.CSS_SELECTOR, "#y button[aria-label=Clear]").click()
    phi = rng.integers(0, 2, (50, 8, 8))
    np.savez(tmp_path / "bench.npz", phi=phi, y=phi.reshape(50, 64) @ rng.random(64))
    drop(browser, "y", tmp_path / "bench.npz")
    text(browser, "understood", "50 patterns of 8×8 pixels, a CS ratio of 78.1 %", "images of 8×8 pixels")
    shown = "#rebuilt img[src*=png]"
    WebDriverWait(browser, SECONDS).until(lambda browser: browser.find_elements(By.CSS_SELECTOR, shown))


def test_a_photograph_too_small_for_ssim_has_none(tmp_path):
    images.write(tmp_path / "dot.png", np.full((1, 1), 99, "uint8"))
    *_, last = rebuild("camera", str(tmp_path / "dot.png"), 10, 0, "whole", ["pseudo-inverse"], None)
    assert last[1][0][2] == "–"
