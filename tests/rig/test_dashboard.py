"""The dashboard in a real browser: what is on the screen is what the stream said, and a trial reaches the recording."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import groundup
from tests.rig.conftest import PATIENCE_S, Process, Rig, recorded

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("uvicorn", reason="the extra `web` is not installed")


def working(browser: str) -> str | None:
    """Where it is, if it is one: some systems have a program of that name that only says how to install it."""
    path = shutil.which(browser)
    return path if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0 else None


CHROMIUM = next(filter(None, map(working, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")  # as root, and where the shared memory is small
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

# Counts upwards, so that what is on the screen can be told from what was sent; and says events and values.
SENDER = """
import json, sys, threading
import pylsl
numbers = pylsl.StreamOutlet(pylsl.StreamInfo("Counter", "EMG", 2, 100, "float32", "dashboard-counter"))
events = pylsl.StreamOutlet(pylsl.StreamInfo("groundup.events", "Markers", 1, 0, "string", "dashboard-events"))
info = pylsl.StreamInfo("groundup.metrics", "Metrics", 1, 0, "double64", "dashboard-metrics")
channel = info.desc().append_child("channels").append_child("channel")
for key, value in (("label", "stride_time_L"), ("side", "L"), ("unit", "s")):
    channel.append_child_value(key, value)
metrics = pylsl.StreamOutlet(info)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
count, begun, told_at = 0, pylsl.local_clock(), 0
while not stop.wait(0.02):
    now = pylsl.local_clock()
    while count / 100 < now - begun:
        numbers.push_sample([count, 7.0], begun + count / 100)
        count += 1
    if count - told_at >= 50:
        told_at = count
        kind = "IC" if count // 50 % 2 else "FO"
        told = {"time": now, "kind": kind, "side": "L", "source": "plate:1", "confidence": 1.0}
        events.push_sample([json.dumps(told)], now)
        metrics.push_sample([1.25], now)
"""


RECIPE = """
metric = "stride_time"
least_values = 3
[[blocks]]
name = "as usual"
kind = "baseline"
seconds = 4
[[blocks]]
name = "slower"
kind = "feedback"
seconds = 4
target_percent = 20
"""


@contextmanager
def opened(rig: Rig, *options: str) -> Iterator[tuple[Any, Process]]:
    """The page of a dashboard, beside something that sends."""
    sender = subprocess.Popen([sys.executable, "-c", SENDER], env=rig.environment, stdin=subprocess.PIPE)
    view = rig.start("view", "--port", "0", "--token", "the-token", *options)
    view.wait_for("the dashboard is at")
    address = re.search(r"http://\S+", "".join(view.output))
    assert address is not None
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=1e3 * PATIENCE_S)
        shown = browser.new_page(viewport={"width": 1280, "height": 900})
        shown.set_default_timeout(1e3 * PATIENCE_S)
        playwright.expect.set_options(timeout=1e3 * PATIENCE_S)
        wrong: list[str] = []
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        shown.goto(address[0])
        yield shown, view
        assert not wrong
        browser.close()
    sender.kill()
    sender.wait()


@pytest.fixture
def page(rig: Rig) -> Iterator[tuple[Any, Process]]:
    with opened(rig) as both:
        yield both


def expect(locator: Any) -> Any:
    return playwright.expect(locator)


def test_what_is_on_the_screen_is_what_the_stream_said(page: tuple[Any, Process]) -> None:
    shown, _ = page
    counted, constant = (shown.locator(f"#signals li[data-lane='Counter/{channel}']") for channel in (0, 1))
    expect(constant).to_have_attribute("data-values", "7")
    expect(counted).not_to_have_attribute("data-values", "")
    first = counted.get_attribute("data-values")
    expect(counted).not_to_have_attribute("data-values", first)
    assert float(counted.get_attribute("data-values")) > float(first)
    assert shown.locator("#signals canvas").count() == 1
    assert "token" not in shown.url

    shown.keyboard.press("2")
    expect(shown.locator("[data-number=stride_time] .left b")).to_have_text("1.25")
    shown.click("[data-part=strides]")
    shown.wait_for_selector("#timeline .stance-L", state="attached")
    shown.click("[data-part=feedback]")
    shown.select_option("#metric", "stride_time")
    shown.fill("#low", "1.1")
    shown.fill("#high", "1.2")
    expect(shown.locator("#value")).to_have_text("1.25 s")
    expect(shown.locator("#verdict")).to_have_text("▼ less")
    shown.click("[data-part=profile]")
    shown.click("nav [data-view=check]")
    shown.wait_for_selector("tr[data-stream=Counter] .state-well")


def test_a_trial_that_is_started_on_the_page_is_in_the_recording(page: tuple[Any, Process], rig: Rig) -> None:
    shown, _ = page
    record = rig.start("record", "--stream", "name='Counter'", "-o", "x.h5", "--no-analyze")
    record.wait_for("Counter", "desk")
    shown.fill("#name", "walk 1")
    shown.fill("#condition", "slow")
    shown.click("#start")
    expect(shown.locator("#now-state")).to_contain_text("walk 1")
    shown.click("#stop")
    expect(shown.locator("#stop")).to_be_disabled()
    record.close_input()
    assert record.wait() == 0, "".join(record.output)
    with groundup.open(Path(rig.cwd) / "x.h5") as recording:
        (trial,) = recording.marked_trials()
        assert (trial.name, trial.condition) == ("walk 1", "slow")
        assert trial.t1 > trial.t0


def test_the_health_of_a_device_stands_beside_its_stream(page: tuple[Any, Process], rig: Rig) -> None:
    shown, _ = page
    (rig.cwd / "lab.toml").write_text('[devices.emg]\ndriver = "virtual_lab"\npart = "emg"\nbattery = 0.2\n')
    rig.start("drive", "emg", "--lab", "lab.toml")
    shown.click("nav [data-view=check]")
    low = shown.locator("tr[data-stream=emg] .level-amber, tr[data-stream=VirtualEMG] .level-amber")
    expect(low).to_have_text("! battery 20 %", timeout=30_000)
    expect(shown.locator("tr[data-stream='groundup.status']")).to_have_count(0)


def test_a_recipe_on_the_page_shows_the_walker_the_band_of_the_own_baseline(rig: Rig) -> None:
    (rig.cwd / "r.toml").write_text(RECIPE)
    with opened(rig, "--recipe", "r.toml") as (shown, _):
        with shown.context.expect_page() as walker:
            shown.click("#recipe >> text=The walker’s screen")
        walked = walker.value
        expect(shown.locator("#recipe-state")).to_contain_text("next: block 1 of 2: as usual")
        expect(walked.locator("#state")).to_have_text("Walk as you like.")
        shown.click("#block-start")
        expect(shown.locator("#recipe-state")).to_contain_text("next: block 2 of 2: slower")
        shown.click("#block-start")
        expect(walked.locator("#what")).to_have_text("Stride time")
        expect(walked.locator("#side-L .number")).to_have_text("1.25 s")
        expect(walked.locator("#side-L .verdict")).to_have_text("▲ more")
        expect(walked.locator("#side-L .age")).to_have_text(re.compile(r"^\d\.\d s ago$"))
        expect(shown.locator("#recipe-last")).to_contain_text("slower: stride_time L 1.25 s")
        expect(walked.locator("#state")).to_have_text("Walk as you like.")


def test_a_device_is_told_by_its_button_and_says_what_came_of_it(page: tuple[Any, Process], rig: Rig) -> None:
    shown, _ = page
    parts = "".join(f'[devices.{part}]\ndriver = "virtual_lab"\npart = "{part}"\n' for part in ("emg", "plate_left"))
    (rig.cwd / "lab.toml").write_text(parts)
    record = rig.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    shown.click("nav [data-view=check]")
    plate, emg = (shown.locator(f"fieldset[data-device={name}]") for name in ("plate_left", "emg"))
    expect(plate.get_by_role("button")).to_have_text(["tare"])
    asked: list[str] = []
    answers = iter([False, True])

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.accept() if next(answers) else dialog.dismiss()

    shown.on("dialog", answer)
    plate.get_by_role("button").click()
    expect(plate.get_by_role("status")).to_have_text("")
    plate.get_by_role("button").click()
    expect(plate.get_by_role("status")).to_have_text("✓ zeroed; Fz was +6.5 N")
    assert asked == ["plate_left: Does nobody stand on the plate?"] * 2
    expect(emg.locator("select")).to_have_value("100")
    emg.locator("select").select_option("1000")
    emg.get_by_role("button").click()
    expect(emg.get_by_role("status")).to_have_text("✓ gain is 1000, and was 100")
    assert rig.run("tell", "emg", "set", "gain=10").process.returncode == 0
    shown.evaluate("document.activeElement.blur()")
    expect(emg.locator("select")).to_have_value("10")
    shown.screenshot(path=str(rig.cwd / "devices.png"))
    record.wait_until(lambda: max((s.count for s in recorded(rig.cwd / "x.journal.xdf").values()), default=0) > 0)
    record.close_input()
    assert record.wait() == 0, "".join(record.output)
    with groundup.open(Path(rig.cwd) / "x.h5") as recording:
        told = [row.message for row in recording.ledger_list() if row.kind == "command"]
    assert sum("at the dashboard, told it" in message for message in told) == 2
    expect(shown.locator("#no-devices")).to_be_visible()
