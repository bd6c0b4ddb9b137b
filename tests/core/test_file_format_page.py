"""The page on the file format names everything that format 1 holds."""

from pathlib import Path

import pytest

from groundup.recording import schema, tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "file-format.md"

NAMES = {
    *schema.ROOT_ATTRS,
    *schema.STREAM_ATTRS,
    *schema.SYNC_ATTRS,
    *schema.PROCESSED_ATTRS,
    *schema.METRIC_ATTRS,
    *(name for columns in (tables.CHANNELS, tables.PROBES, tables.LEDGER, tables.EVENTS) for name in columns),
    *tables.SYNC_EVENTS,
    *tables.DEVICES,
    *tables.HEALTH,
    *tables.OPTIONS,
    *tables.CURVES,
    *tables.CHECKSUMS,
    *(name for columns in (tables.TRIALS, tables.METRICS, tables.BODY_MAP, tables.ALIGNED) for name in columns),
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_it_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
