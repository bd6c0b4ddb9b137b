"""A session in the browser alone, from an empty folder to the report; and what happens when parts of it are killed."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import groundup
from tests.rig.conftest import PATIENCE_S, Process, Rig

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("uvicorn", reason="the extra `web` is not installed")

from tests.rig.test_dashboard import ARGUMENTS, CHROMIUM, expect  # noqa: E402

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
PARTS = ("plate_left", "plate_right")
DEVICES = "".join(f'[devices.{part}]\ndriver = "virtual_lab"\npart = "{part}"\n' for part in PARTS)


def lab(rig: Rig, folder: Path, port: str = "0") -> tuple[Process, str]:
    """A control room, and its address."""
    rig.environment.setdefault("XDG_STATE_HOME", str(rig.cwd / "state"))
    room = rig.start("lab", folder, "--no-open", "--port", port)
    room.wait_for("the lab is at")
    address = re.search(r"http://\S+", "".join(room.output))
    assert address is not None
    return room, address[0]


@contextmanager
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as play:
        shown = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=1e3 * PATIENCE_S)
        page = shown.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(1e3 * PATIENCE_S)
        playwright.expect.set_options(timeout=1e3 * PATIENCE_S)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield page
        assert not wrong
        shown.close()


@pytest.fixture
def walking(rig: Rig) -> Rig:
    """A walker whose devices other programs run: streams on the network, as in any lab."""
    elsewhere = rig.cwd / "elsewhere.toml"
    elsewhere.write_text(DEVICES)
    for part in PARTS:
        rig.start("drive", part, "--lab", elsewhere)
    return rig


@pytest.fixture
def ended(rig: Rig) -> Iterator[None]:
    """No recorder outlives the test: it would outlive the control room, as it should."""
    yield
    for file in (rig.cwd / "state").rglob("rooms/*.json"):
        known = json.loads(file.read_text()).get("recorder") or {}
        if "pid" in known:
            os.kill(known["pid"], signal.SIGKILL)


def test_a_session_goes_from_an_empty_folder_to_the_report(walking: Rig, ended: None) -> None:
    folder = walking.cwd / "lab"
    room, address = lab(walking, folder)
    with browser() as page:
        page.goto(address)
        expect(page.locator("#setup")).to_contain_text("No lab.toml in this folder yet")
        for part in PARTS:
            page.click(f"#setup-streams [data-stream={part}] >> text=Add to the lab")
        page.click("#preview")
        expect(page.locator(".difference")).to_contain_text("[streams.plate_left]")
        page.click("#write")
        expect(page.locator("#said")).to_contain_text("lab.toml is written")

        page.click("nav >> text=Person")
        page.fill("#person-id", "P08")
        page.fill("#person-mass_kg", "64,5")
        page.click("text=Save and choose")
        expect(page.locator("[data-person=P08]")).to_contain_text("in the lab")

        page.click("nav >> text=Check")
        page.click("#check-button")
        expect(page.locator("#check-level")).to_have_text(re.compile("fit to record", re.IGNORECASE))
        expect(page.locator("[data-checked=plate_left]")).to_be_visible()

        page.click("nav >> text='Record'")
        expect(page.locator("#record-button")).to_have_text("● Start recording")
        page.click("#record-button")
        expect(page.locator("#record-button")).to_have_text("■ Stop recording")
        page.click("#start")
        expect(page.locator("#log")).to_contain_text("trial walk 1 (walk)")
        page.fill("#text", "heel lift")
        page.click("#mark")
        expect(page.locator("#said")).to_contain_text(re.compile("marked “heel lift” at 0:0"))

        page.click("nav >> text=Live")
        expect(page.locator("[data-number=stride_time] .big-number")).to_have_text(re.compile(r"1\.\d\d"))
        page.keyboard.press("q")  # no stray key ends a recording
        page.keyboard.press("Enter")
        page.click("#stop")
        page.click("nav >> text='Record'")
        expect(page.locator("#log")).to_contain_text("trial walk 1 ended after")
        page.click("#record-button")
        page.keyboard.press("Enter")  # a stray Enter goes on
        expect(page.locator("#record-button")).to_have_text("■ Stop recording")
        page.click("#record-button")
        page.click("#ask-yes")

        page.click("nav >> text=Recordings")
        row = page.locator("[data-recording='P08_walk_001.h5']")
        expect(row).to_contain_text("P08")
        expect(row).to_contain_text("walk")
        row.locator("text=Report").click()
        with page.expect_popup() as opened:
            page.click(".job >> text=Open")
        opened.value.wait_for_load_state()
        assert "P08" in opened.value.inner_text("body")
    room.close_input()
    assert room.wait() == 0
    with groundup.open(folder / "P08_walk_001.h5") as recording:
        assert (recording.participant_id, recording.participant.mass_kg) == ("P08", 64.5)
        assert [(trial.name, trial.condition) for trial in recording.trial_list()] == [("walk 1", "walk")]
        assert any("heel lift" in text for text in recording.events["text"])
        assert set(PARTS) <= set(recording.streams)


def test_the_recorder_outlives_the_page_and_the_page_outlives_the_recorder(rig: Rig, ended: None) -> None:
    folder = rig.cwd / "lab"
    folder.mkdir()
    (folder / "lab.toml").write_text(DEVICES)
    room, address = lab(rig, folder)
    port = re.search(r":(\d+)/", address)
    assert port is not None
    with browser() as page:
        page.goto(address + "#record")
        expect(page.locator("#record-button")).to_have_text("● Start recording")
        page.click("#record-button")
        expect(page.locator("#record-button")).to_have_text("■ Stop recording")
        room.kill()
        expect(page.locator("#link")).to_contain_text("trying again")
        again, same = lab(rig, folder, port[1])
        assert same == address  # an open page comes back by itself
        expect(page.locator("#record-button")).to_have_text("■ Stop recording")

        known = json.loads(next((rig.cwd / "state").rglob("rooms/*.json")).read_text())["recorder"]
        os.kill(known["pid"], signal.SIGKILL)
        expect(page.locator("#record [role=alert]")).to_contain_text("ended in the middle of walk_001.h5")
        page.click("nav >> text=Recordings")
        page.click("[data-recording='walk_001.journal.xdf'] >> text=Recover")
        row = page.locator("[data-recording='walk_001.h5']")
        expect(row).to_contain_text("0:")
        page.click("nav >> text='Record'")
        expect(page.locator("#record-button")).to_have_text("● Start recording")  # it came back by itself
    again.close_input()
    assert again.wait() == 0
    assert (folder / "walk_001.h5").exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_can_be_read_by_everybody(rig: Rig, ended: None, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    rules = next(Path(axe.__file__).parent.rglob("axe*.js")).read_text(encoding="utf-8")
    _, address = lab(rig, rig.cwd / "lab")
    (rig.cwd / "lab" / "participants.toml").write_text("[P01]\nmass_kg = 70\n")
    with browser() as page:
        page.emulate_media(color_scheme=theme)
        page.goto(address)
        page.evaluate(rules)
        expect(page.locator("[data-view=person]")).to_be_visible()
        parts = (
            "setup",
            "person",
            "check",
            "record",
            "signals",
            "recordings",
            "live",
            "strides",
            "profile",
            "feedback",
        )
        for part in parts:
            page.click(f"[data-view={part}], [data-part={part}]")
            found = page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] })")
            wrong = [(one["id"], [node["html"][:100] for node in one["nodes"]]) for one in found["violations"]]
            assert not wrong, part
            sideways = page.evaluate("document.getElementById('main').scrollWidth > innerWidth")
            assert not sideways, part
