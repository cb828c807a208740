import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from amp_net import images
from amp_net.evaluation import evaluate
from amp_net.evaluation.compared import compared
from tests.browser import start

SECONDS = 120
"""That anything on the page may take."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the page keeps what is dropped."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def address(command_environment, folder):
    """Of a page that is served, with a proxy that is not there: it must need none."""
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
    driver.asked = []
    driver.get(address)
    yield driver
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
    computed(driver)
    asked = re.findall(r'"url":"(https?://[^"]+)"', " ".join(driver.asked))
    assert asked
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    driver.quit()


def computed(browser):
    """How often the page has had something computed."""
    browser.asked += [entry["message"] for entry in browser.get_log("performance")]
    sent = [each for each in browser.asked if '"Network.requestWillBeSent"' in each]
    return sum("/queue/join" in each for each in sent)


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


def tick(browser, label):
    browser.find_element(By.XPATH, f"//label[normalize-space()='{label}']/input").click()


def choose(browser, label):
    """A sample."""
    browser.find_element(By.CSS_SELECTOR, "#sample input").click()
    browser.find_element(By.CSS_SELECTOR, f"[role=option][aria-label={label}]").click()


OUTSIDE = """
const found = [...document.querySelectorAll("body *:not(#table *)")]
return found.some(each => each.getBoundingClientRect().right > innerWidth)
  || document.documentElement.scrollWidth > innerWidth
"""
"""Whether anything runs off the page; within the table, it scrolls."""


def check_that_nothing_runs_off(browser):
    for width in (1280, 390):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        # Gradio arranges some of it anew when it has been told.
        WebDriverWait(browser, SECONDS).until(
            lambda _, width=width: (
                browser.execute_script("return innerWidth") == width and not browser.execute_script(OUTSIDE)
            ),
            f"something runs off the page {width} pixels wide",
        )
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def check_that_none_is_shown(browser, pictures):
    WebDriverWait(browser, SECONDS).until_not(lambda _: browser.find_elements(By.CSS_SELECTOR, pictures))


def test_a_photograph_and_a_benchs_files_are_rebuilt(browser, folder, tmp_path, rng):
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

    check_that_nothing_runs_off(browser)
    for label in ("pseudo-inverse", "total variation", "AMPA-Net", "one network for every ratio"):
        tick(browser, label)
    WebDriverWait(browser, SECONDS).until(
        lambda _: re.findall("(.+), 10 %", text(browser, "table")) == ["pseudo-inverse"]
    )
    before = computed(browser)
    browser.find_element(By.CSS_SELECTOR, "#ratio input[type=range]").send_keys(Keys.ARROW_RIGHT)
    text(browser, "table", "pseudo-inverse, 10.1 %")
    choose(browser, "coins")
    text(browser, "status", "coins: 384×303 pixels")
    text(browser, "dropped", "Drop File Here")
    drop(browser, "dropped", tmp_path / "_scene_.png")
    text(browser, "status", "_scene_.png: 33×33 pixels")
    browser.find_element(By.CSS_SELECTOR, "#dropped button[aria-label=Clear]").click()
    text(browser, "status", "camera: 512×512 pixels")
    tick(browser, "pseudo-inverse")
    text(browser, "status", "No method is chosen")
    check_that_none_is_shown(browser, "#slider img, #beside img")
    assert "pseudo-inverse" not in text(browser, "table")
    assert computed(browser) - before == 5

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
    check_that_nothing_runs_off(browser)
    (kept,) = folder.rglob("bench.npz")
    kept.unlink()
    press(browser, "Look and rebuild")
    text(browser, "understood", "bench.npz is no longer there; drop it again.")
    check_that_none_is_shown(browser, shown)


def test_a_photograph_too_small_for_ssim_has_none(tmp_path):
    from amp_net.demonstration.photograph_handlers import rebuild

    images.write(tmp_path / "dot.png", np.full((1, 1), 99, "uint8"))
    *_, last = rebuild(None, str(tmp_path / "dot.png"), 10, 0, "whole", ["pseudo-inverse"], None)
    assert last[1][0][2] == "–"
