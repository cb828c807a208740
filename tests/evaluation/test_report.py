import html.parser
import os
import shutil

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from amp_net.evaluation.report import ERROR_GAIN, Report

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1100,1400"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
)


def row(preset, image, psnr, dataset="set11"):
    means = {"ssim": 0.9, "psnr_unclipped": psnr, "psnr_y": psnr, "seconds": 0.5}
    return {"preset": preset, "dataset": dataset, "image": image, "psnr": psnr, **means}


@pytest.fixture
def page(tmp_path, rng):
    report = Report()
    for name in ("boats.png", "</script><b>bold"):
        image = rng.integers(0, 200, (60, 80, 3)).astype("uint8")
        for preset, offset in (("amp_net_cs25", 10), ("amp_net_cs10", 20), ("mine", 30)):
            report.add(row(preset, name, 40 - offset / 2), image, image + np.uint8(offset))
    report.write(tmp_path / "report.html")
    return tmp_path / "report.html"


@pytest.fixture
def browser():
    if not (CHROMIUM and DRIVER):
        if os.environ.get("CI"):
            pytest.fail("Chromium and its driver are missing, and in CI they must be there")
        pytest.skip("needs Chromium and its driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for argument in ARGUMENTS:
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


class Cells(html.parser.HTMLParser):
    """The text of all table cells."""

    def __init__(self):
        super().__init__()
        self.cells, self.inside = [], False

    def handle_starttag(self, tag, attributes):
        self.inside = tag == "td"

    def handle_data(self, data):
        if self.inside:
            self.cells.append(data)

    def handle_endtag(self, tag):
        self.inside = False


def test_table_has_ours_beside_the_published(page):
    parser = Cells()
    parser.feed(page.read_text())
    start = parser.cells.index("amp_net_cs25")
    cells = parser.cells[start : parser.cells.index("amp_net_cs10")]
    assert cells[1:3] == ["2", "35.00"]
    assert {"33.60", "34.61", "32.57"} <= set(cells)
    assert cells.count("–") == 1


def test_bfloat16_has_the_published_figures_too(tmp_path, rng):
    report, image = Report(), rng.integers(0, 200, (60, 80)).astype("uint8")
    for preset in ("amp_net_cs25-bfloat16", "amp_net_cs10-bfloat16"):
        report.add(row(preset, "boats.png", 30.0), image, image)
    report.write(tmp_path / "report.html")
    content = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "33.60" in content
    assert "AMP-Net, ours" in content


def test_an_exact_reconstruction_is_shown(tmp_path, rng, browser):
    """Its PSNR is infinite, which JSON does not know."""
    report = Report(pictures=1)
    for name in ("first.png", "second.png"):
        image = rng.integers(0, 200, (60, 80)).astype("uint8")
        report.add({**row("mine", name, float("inf")), "ssim": float("nan")}, image, image)
    report.write(tmp_path / "report.html")
    browser.get((tmp_path / "report.html").as_uri())
    assert "∞ dB, SSIM –" in browser.find_element(By.ID, "caption").text
    images = Select(browser.find_element(By.ID, "image"))
    assert [option.text for option in images.options] == ["set11/first.png"]


def test_the_page_in_a_browser(page, browser):
    browser.get(page.as_uri())

    def pixel(element_id, x, y):
        script = (
            "const c = document.createElement('canvas'), i = document.getElementById(arguments[0]);"
            "c.width = i.naturalWidth; c.height = i.naturalHeight; const g = c.getContext('2d');"
            "g.drawImage(i, 0, 0); return Array.from(g.getImageData(arguments[1], arguments[2], 1, 1).data)"
        )
        browser.execute_async_script(
            "const done = arguments[1]; document.getElementById(arguments[0]).decode().then(done)", element_id
        )
        return np.array(browser.execute_script(script, element_id, x, y)[:3])

    images = Select(browser.find_element(By.ID, "image"))
    presets = Select(browser.find_element(By.ID, "preset"))
    assert [option.text for option in images.options] == ["set11/boats.png", "set11/</script><b>bold"]
    assert "35.00 dB" in browser.find_element(By.ID, "caption").text
    np.testing.assert_array_equal(pixel("rebuilt", 3, 4) - pixel("original", 3, 4), 10)
    presets.select_by_visible_text("mine")
    np.testing.assert_array_equal(pixel("rebuilt", 3, 4) - pixel("original", 3, 4), 30)
    images.select_by_index(1)
    assert presets.first_selected_option.text == "mine"
    assert "25.00 dB" in browser.find_element(By.ID, "caption").text

    over = browser.find_element(By.ID, "over")
    widths = []
    for value in (0, 100):
        browser.execute_script("slider.value = arguments[0]; slider.dispatchEvent(new Event('input'))", value)
        widths.append(over.size["width"])
    assert widths[0] <= 2
    assert widths[1] == browser.find_element(By.ID, "rebuilt").size["width"] == 80

    lens = browser.find_element(By.ID, "lens")
    assert not lens.is_displayed()
    ActionChains(browser).move_to_element_with_offset(browser.find_element(By.ID, "viewer"), 5, 5).perform()
    assert lens.is_displayed()
    assert lens.value_of_css_property("background-size") == "320px 240px"

    browser.find_element(By.ID, "errors").click()
    dark = pixel("rebuilt", 3, 4).sum()
    presets.select_by_visible_text("amp_net_cs25")
    assert 0 < pixel("rebuilt", 3, 4).sum() < dark
    assert ERROR_GAIN * 30 < 255

    assert len(browser.find_elements(By.CSS_SELECTOR, "svg polyline")) > 5
    assert not browser.find_elements(By.TAG_NAME, "b")
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    requested = [entry["message"] for entry in browser.get_log("performance")]
    assert not [message for message in requested if '"url":"http' in message]


def test_the_command_needs_a_folder(command):
    done = command("evaluate", "--report")
    assert done.returncode == 1
    assert "--report needs --output_dir" in done.stderr
