"""A report on paper: six pages of one recording, eight of two, contrast that can be read."""

import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from tests.core.report.reading import Page

from groundup.report.pdf import pdf_of

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pages_in_a_browser(html: str, folder: Path) -> int:
    pypdf = pytest.importorskip("pypdf", reason="pypdf counts the pages")
    if _CHROMIUM is None:
        pytest.skip("no chromium is installed to print with")
    (folder / "x.html").write_text(html, encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    subprocess.run(
        [_CHROMIUM, *arguments, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={folder / 'x.pdf'}",
         (folder / "x.html").as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    reader = pypdf.PdfReader(folder / "x.pdf")
    for number, sheet in enumerate(reader.pages, 1):
        head = " ".join(sheet.extract_text().split())
        assert f"page {number} of {len(reader.pages)}" in head
        assert "1 January 2026" in head
    return len(reader.pages)


def test_one_recording_prints_on_six_pages(single: Page, tmp_path: Path) -> None:
    assert pages_in_a_browser(single.html, tmp_path) <= 6


def test_before_and_after_print_on_eight_pages(both: Page, tmp_path: Path) -> None:
    assert pages_in_a_browser(both.html, tmp_path) <= 8


def test_the_pdf_has_its_text_and_asks_for_nothing_outside() -> None:
    pytest.importorskip("weasyprint", reason="the extra `pdf` is not installed", exc_type=(OSError, ImportError))  # type: ignore[arg-type]
    assert pdf_of("<p>one line</p><img src='file:///etc/hostname' alt=''>").startswith(b"%PDF-")


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["ink", "faint", "left", "right", "bad"])
def test_every_colour_of_text_can_be_read(name: str) -> None:
    """WCAG 2.1, 1.4.3: 4.5 to 1."""
    sheet = (files("groundup") / "web" / "static" / "colours.css").read_text(encoding="utf-8")
    text, ground = (re.search(rf"--{key}: (#[0-9a-f]{{6}})", sheet) for key in (name, "ground"))
    assert text is not None
    assert ground is not None
    light, dark = sorted((luminance(text[1]), luminance(ground[1])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
