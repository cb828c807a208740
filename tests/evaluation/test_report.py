import base64
import html.parser
import re

import altair
import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

from amp_net import images
from amp_net.evaluation.published import CALLED, figures, other_figures
from amp_net.evaluation.report import charts
from amp_net.evaluation.report.page import Report
from amp_net.evaluation.report.pictures import ERROR_GAIN, MOST_SIDE, colours_of_errors
from tests.browser import start
from tests.conftest import ROOT


def row(preset, image, psnr, dataset="set11"):
    means = {"ssim": 0.9, "psnr_unclipped": psnr, "psnr_y": psnr, "seconds": 0.5}
    return {"preset": preset, "dataset": dataset, "image": image, "psnr": psnr, **means}


ODD = "</script><b>bold"
OFFSETS = {"amp_net_cs25": 10, "amp_net_cs10": 20, "mine": 30}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    rng, report, path = np.random.default_rng(7), Report(), tmp_path_factory.mktemp("report") / "report.html"
    for number, name in enumerate(("boats.png", ODD, "a.png")):
        image = rng.integers(0, 200, (60, 80, 3)).astype("uint8")
        for preset, offset in OFFSETS.items():
            psnr = 40 - offset / 2 - (2 * number if preset == "mine" else number % 2)
            report.add(row(preset, name, psnr), image, image + np.uint8(offset))
    report.write(path)
    return path


@pytest.fixture(scope="module")
def running():
    driver = start()
    yield driver
    driver.quit()


@pytest.fixture
def browser(running):
    """A browser that has complained of nothing, and asked the network for nothing, when a test is done."""
    yield running
    assert [entry for entry in running.get_log("browser") if entry["level"] == "SEVERE"] == []
    requested = [entry["message"] for entry in running.get_log("performance")]
    assert not [message for message in requested if '"url":"http' in message]


@pytest.fixture
def opened(page, browser):
    return Opened(browser, page)


class Opened:
    """A report in a browser."""

    def __init__(self, browser, page):
        self.browser = browser
        browser.get(page.as_uri())
        self.image, self.left, self.preset, self.sort = (
            Select(browser.find_element(By.ID, name)) for name in ("image", "left", "preset", "sort")
        )
        self.caption, self.view = (browser.find_element(By.ID, name) for name in ("caption", "view"))
        self.drawn()

    def drawn(self):
        """Waits until the picture is that of the controls, and gives what it was drawn from."""
        controls = "[image.value, left.value, preset.value, errors.checked, slider.value, place.zoom]"
        now = f"return {controls}.join(' ') == view.dataset.drawn && view.dataset.drawn"
        return WebDriverWait(self.browser, 20).until(lambda browser: browser.execute_script(now))

    def slide(self, value):
        self.browser.execute_script(
            "slider.value = arguments[0]; slider.dispatchEvent(new Event('input'))", value
        )

    def pixel(self, x, y):
        """That of the image shown at x and y, of which each is four pixels wide and high."""
        self.drawn()
        script = "return Array.from(view.getContext('2d').getImageData(...arguments, 1, 1).data)"
        return np.array(self.browser.execute_script(script, 4 * x + 2, 4 * y + 2)[:3])

    def difference(self, x=3, y=4):
        """Of the right image and the left one."""
        found = []
        for value in (0, 100):
            self.slide(value)
            found.append(self.pixel(x, y))
        return found[0] - found[1]

    def press(self, *keys):
        ActionChains(self.browser).send_keys(*keys).perform()
        self.drawn()


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
    assert cells[1:3] == ["3", "34.67"]
    assert {"33.60", "34.61", "32.57"} <= set(cells)
    assert cells.count("–") == 1


def test_bfloat16_has_the_published_figures_too(tmp_path, rng):
    report, image = Report(), rng.integers(0, 200, (60, 80)).astype("uint8")
    for preset in ("amp_net_cs25-bfloat16", "amp_net_cs10-bfloat16"):
        report.add(row(preset, "boats.png", 30.0), image, image)
    report.write(tmp_path / "report.html")
    content = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "33.60" in content
    assert "AMP-Net, bfloat16, ours" in content


def test_an_exact_reconstruction_is_shown(tmp_path, rng, browser):
    """Its PSNR is infinite, which JSON does not know."""
    report = Report(pictures=1)
    for name in ("first.png", "second.png"):
        image = rng.integers(0, 200, (60, 80)).astype("uint8")
        report.add({**row("mine", name, float("inf")), "ssim": float("nan")}, image, image)
    report.write(tmp_path / "report.html")
    opened = Opened(browser, tmp_path / "report.html")
    assert "∞ dB, SSIM –" in opened.caption.text
    assert [option.text for option in opened.image.options] == ["set11/first.png"]


def test_images_are_compared_pixel_by_pixel(opened):
    assert [option.text for option in opened.image.options] == [
        "set11/boats.png",
        f"set11/{ODD}",
        "set11/a.png",
    ]
    assert "35.00 dB" in opened.caption.text
    np.testing.assert_array_equal(opened.difference(), 10)
    opened.preset.select_by_visible_text("mine")
    np.testing.assert_array_equal(opened.difference(), 30)
    opened.image.select_by_index(1)
    assert opened.preset.first_selected_option.text == "mine"
    assert "23.00 dB" in opened.caption.text
    opened.left.select_by_visible_text("amp_net_cs10")
    assert "Left amp_net_cs10: 29.00 dB" in opened.caption.text
    np.testing.assert_array_equal(opened.difference(), 10)
    opened.slide(50)
    np.testing.assert_array_equal(opened.pixel(60, 4) - opened.pixel(20, 4) != 10, True)
    tiles = opened.browser.find_elements(By.CSS_SELECTOR, "#all button")
    assert [tile.text.split("\n")[0] for tile in tiles] == ["original", *OFFSETS]
    tiles[2].click()
    assert opened.preset.first_selected_option.text == "amp_net_cs10"
    np.testing.assert_array_equal(opened.difference(), 0)


def test_errors_are_those_of_the_pixels(opened):
    opened.slide(0)
    opened.browser.find_element(By.ID, "errors").click()
    assert ERROR_GAIN * 30 < 255
    for preset, offset in OFFSETS.items():
        opened.preset.select_by_visible_text(preset)
        np.testing.assert_array_equal(opened.pixel(3, 4), colours_of_errors()[ERROR_GAIN * offset])
    opened.slide(100)
    before = opened.pixel(3, 4)
    opened.browser.find_element(By.ID, "errors").click()
    np.testing.assert_array_equal(opened.pixel(3, 4), before)


def test_thumbnails_are_sorted_by_psnr(opened):
    def names():
        found = opened.browser.find_elements(By.CSS_SELECTOR, "#thumbs button")
        return [button.text.split("\n")[0].removeprefix("set11/") for button in found]

    opened.preset.select_by_visible_text("mine")
    orders = {"name": ["boats.png", ODD, "a.png"]}
    orders |= {"up": ["a.png", ODD, "boats.png"], "down": ["boats.png", ODD, "a.png"]}
    for order in ("up", "down", "name"):
        opened.sort.select_by_value(order)
        assert names() == orders[order]
    opened.sort.select_by_value("up")
    opened.browser.find_elements(By.CSS_SELECTOR, "#thumbs button")[0].click()
    assert opened.image.first_selected_option.text == "set11/a.png"


def test_the_keyboard_does_it_too(opened):
    opened.press("n", "m", "e")
    assert opened.drawn() == "1 original amp_net_cs10 true 50 1"
    opened.press("p", "k", "e", "k")
    assert opened.drawn() == "0 original mine false 50 1"
    opened.slide(100)
    whole = opened.pixel(0, 0)
    centre = opened.pixel(40, 30)
    opened.browser.execute_script("view.focus()")
    opened.press("+", "+", "+", Keys.ARROW_LEFT)
    _, _, _, _, split, zoom = opened.drawn().split()
    assert (split, float(zoom)) == ("98", 1.25**3)
    np.testing.assert_array_equal(opened.pixel(40, 30), centre)
    assert (opened.pixel(0, 0) != whole).any()
    ActionChains(opened.browser).key_down(Keys.SHIFT).send_keys(*[Keys.ARROW_LEFT] * 6).key_up(
        Keys.SHIFT
    ).perform()
    opened.press(*[Keys.ARROW_UP] * 6)
    np.testing.assert_array_equal(opened.pixel(0, 0), whole)
    opened.press("0")
    assert opened.drawn().endswith(" 1")
    np.testing.assert_array_equal(opened.pixel(40, 30), centre)


def test_the_keys_go_on_after_a_control_was_used(opened):
    opened.browser.find_element(By.ID, "errors").click()
    opened.press("n")
    assert opened.drawn() == "1 original amp_net_cs25 true 50 1"
    opened.press("e", Keys.SPACE)
    assert opened.drawn() == "1 original amp_net_cs25 true 50 1"
    opened.browser.find_element(By.ID, "slider").click()
    opened.press("p", "e", Keys.ARROW_RIGHT)
    _, _, split, _ = opened.drawn().split()[2:]
    assert opened.drawn() == f"0 original amp_net_cs25 false {split} 1"
    assert int(split) == 51
    # A letter chooses in a list.
    opened.browser.execute_script("document.getElementById('left').focus()")
    opened.press("e")
    assert opened.drawn().split()[3] == "false"


def test_the_wheel_enlarges_what_is_under_the_pointer(opened):
    opened.slide(100)
    before = opened.pixel(20, 15)
    size = opened.view.size
    x, y = (4 * place + 2 - size[side] // 2 for place, side in ((20, "width"), (15, "height")))
    origin = ScrollOrigin.from_element(opened.view, x, y)
    ActionChains(opened.browser).scroll_from_origin(origin, 0, -100).perform()
    np.testing.assert_array_equal(opened.pixel(20, 15), before)
    assert opened.drawn().endswith(" 1.25")


def marks(browser, chart, kind, attribute="aria-label"):
    """An attribute of a chart's lines or dots, by default what they say to those who do not see them."""
    script = (
        "return [...document.querySelectorAll(arguments[0])].map(mark => mark.getAttribute(arguments[1]))"
    )
    return browser.execute_script(script, f".chart.{chart} svg .mark-{kind} path", attribute)


def test_published_figures_have_lines_of_their_own(opened):
    browser = opened.browser
    WebDriverWait(browser, 20).until(lambda _: marks(browser, "ratios", "line"))
    looks = [marks(browser, "ratios", "line", f"stroke{name}") for name in ("", "-dasharray", "-width")]
    lines = {*figures("set11"), *other_figures("set11")}
    assert len(looks[0]) == len({*zip(*looks, strict=True)}) == len(lines) + 1
    names = browser.find_elements(By.CSS_SELECTOR, ".chart.ratios + .legend button")
    assert {name.text for name in names} == {"AMP-Net, ours", *(f"{line}, published" for line in lines)}
    next(name for name in names if name.text == "CASNet, published").click()
    WebDriverWait(browser, 20).until(lambda _: marks(browser, "ratios", "line", "opacity").count("1") == 1)


def test_a_method_has_one_colour_that_no_other_shares():
    """With a preset first whose name has no ratio, and all that the command knows by name."""
    presets = ["mine", *(f"{name}_cs{ratio}" for name in [*CALLED, "tv"] for ratio in (10, 25))]
    rows = [row(preset, "boats.png", 30.0) for preset in presets]
    drawn = charts.ratio_chart(altair, "set11", rows), charts.image_chart(altair, rows)
    ratios, images = ({entry["name"]: entry["colour"] for entry in chart["legend"]} for chart in drawn)
    assert len({*images.values()}) == len(images) == len(CALLED) + 2
    for name, colour in images.items():
        lines = {ratios[line] for line in ratios if line.rpartition(", ")[0] == name}
        assert name == "mine" or lines == {colour}


def test_published_figures_take_no_colour_of_what_was_measured():
    rows = [row(f"{name}_cs{ratio}", "boats.png", 30.0) for name in "abcdefghijkl" for ratio in (10, 25)]
    legend = charts.ratio_chart(altair, "set11", rows)["legend"]
    ours, theirs = ({entry["colour"] for entry in legend if entry["ours"] == of} for of in (True, False))
    assert len(ours) == 12
    assert theirs
    assert not ours & theirs


def test_the_command_of_the_guide_gives_every_chart():
    page = (ROOT / "docs" / "guides" / "report.md").read_text(encoding="utf-8")
    presets, dataset = re.search(r"evaluate --preset=(\S+) --dataset=(\S+) --report", page).groups()
    rows = [row(preset, "camera", 30.0, dataset) for preset in presets.split(",")]
    assert len(charts.ratio_chart(altair, dataset, rows)["legend"]) == 1


def test_dots_show_the_difference_to_a_baseline(opened):
    def values():
        dots = marks(opened.browser, "images", "symbol")
        return sorted(float(re.search(r"value: ([−-]?[\d.]+)", dot)[1].replace("−", "-")) for dot in dots)

    WebDriverWait(opened.browser, 20).until(lambda _: marks(opened.browser, "images", "symbol"))
    assert values() == [21, 23, 25, 34, 35, 35]
    baseline = Select(opened.browser.find_element(By.CLASS_NAME, "baseline"))
    assert [option.text for option in baseline.options] == ["none", "AMP-Net", "mine"]
    baseline.select_by_visible_text("AMP-Net")
    WebDriverWait(opened.browser, 20).until(lambda _: values() == [-14, -11, -10, 0, 0, 0])
    Select(opened.browser.find_element(By.CLASS_NAME, "ratio")).select_by_value("10")
    WebDriverWait(opened.browser, 20).until(lambda _: values() == [-9, -6, -5, 0, 0, 0])
    assert opened.browser.find_element(By.CLASS_NAME, "unit").text == "PSNR less that of AMP-Net, in dB"


OUTSIDE = """
return [...document.querySelectorAll("body *")]
  .filter(each => !each.closest(".scrolled") && each.getBoundingClientRect().right > innerWidth)
  .map(each => each.outerHTML.slice(0, 80))
"""


@pytest.mark.parametrize("width", [1280, 500, 390])
def test_nothing_runs_off_the_page(width, opened):
    browser, grounds = opened.browser, set()
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for scheme in ("light", "dark"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            browser.refresh()
            WebDriverWait(browser, 20).until(lambda _: marks(browser, "images", "symbol"))
            assert browser.execute_script(OUTSIDE) == []
            assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
            body = browser.find_element(By.TAG_NAME, "body")
            grounds.add(body.value_of_css_property("background-color"))
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert len(grounds) == 2


def test_names_are_text_wherever_they_stand(tmp_path, rng, browser):
    report, image = Report(), rng.integers(0, 200, (60, 80)).astype("uint8")
    odd = "<img src=x onerror='window.harmed = 1'>\"'{{ 7 * 7 }}</script><script>window.harmed = 1</script>"
    for preset in (odd, f"{odd}_cs25", f"{odd}_cs10"):
        report.add(row(preset, odd, 30.0, odd), image, image + np.uint8(9))
    report.write(tmp_path / "report.html")
    opened = Opened(browser, tmp_path / "report.html")
    WebDriverWait(browser, 20).until(lambda _: marks(browser, "images", "symbol"))
    dot = browser.find_element(By.CSS_SELECTOR, ".chart.images svg .mark-symbol path")
    ActionChains(browser).move_to_element(dot).perform()
    WebDriverWait(browser, 20).until(
        lambda _: browser.find_elements(By.CSS_SELECTOR, "#vg-tooltip-element.visible")
    )
    assert odd in browser.find_element(By.CSS_SELECTOR, "#vg-tooltip-element").text
    assert browser.find_element(By.TAG_NAME, "h2").text == odd
    assert opened.image.first_selected_option.text == f"{odd}/{odd}".replace("  ", " ")
    assert browser.execute_script("return window.harmed") is None
    assert not browser.find_elements(By.CSS_SELECTOR, "img[onerror]")


def test_each_picture_is_there_once_and_a_large_one_in_part(page, tmp_path, rng):
    content = page.read_text(encoding="utf-8")
    assert content.count("data:image/") == 3 * (1 + len(OFFSETS))
    image = np.kron(rng.integers(0, 256, (50, 4)), np.ones((40, 40))).astype("uint16") * 257
    report = Report()
    report.add(row("mine", "a.tif", 30.0), image, image)
    (entry,) = report.images.values()
    assert (entry["height"], entry["width"], entry["detail"]) == (MOST_SIDE, 160, True)
    shown = images.decode(base64.b64decode(entry["original"].partition(",")[2]), "a.webp")
    start = (2000 - MOST_SIDE) // 2
    np.testing.assert_array_equal(shown[..., 0], image[start : start + MOST_SIDE] // 257)


def test_the_command_needs_a_folder(command):
    done = command("evaluate", "--report")
    assert done.returncode == 1
    assert "--report needs --output_dir" in done.stderr
