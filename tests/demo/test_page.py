import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from amp_net import images
from amp_net.evaluation import evaluate
from amp_net.evaluation.compared import compared
from tests.evaluation.test_report import ARGUMENTS, CHROMIUM, DRIVER

pytest.importorskip("gradio", reason="needs Gradio, which pip install '.[demo]' brings")
SECONDS = 180
"""That anything on the page may take."""


@pytest.fixture(scope="module")
def address(command_environment, tmp_path_factory):
    """Of a page that is served, with a proxy that is not there: it must need none."""
    folder = tmp_path_factory.mktemp("demo")
    proxies = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
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
    if not (CHROMIUM and DRIVER):
        if os.environ.get("CI"):
            pytest.fail("Chromium and its driver are missing, and in CI they must be there")
        pytest.skip("needs Chromium and its driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for argument in (*ARGUMENTS, "--no-proxy-server"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.get(address)
    yield driver
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
    asked = re.findall(r'"url":"(https?://[^"]+)"', " ".join(each["message"] for each in driver.get_log("performance")))
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


def test_a_photograph_and_a_benchs_files_are_rebuilt(browser, tmp_path, rng):
    scene = np.kron(rng.integers(0, 256, (3, 3), "uint8"), np.ones((11, 11), "uint8"))
    images.write(tmp_path / "scene.png", scene)
    (tmp_path / "odd.png").write_bytes(b"no picture")
    drop(browser, "dropped", tmp_path / "odd.png")
    text(browser, "status", "odd.png cannot be read as an image")
    browser.find_element(By.CSS_SELECTOR, "#dropped button[aria-label=Clear]").click()
    text(browser, "status", "camera: 512×512 pixels")


def psnr(rows):
    return [f"{row['psnr']:.2f}" for row in rows]
