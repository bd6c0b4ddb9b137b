"""Bytes and messages to channels by a declaration in lab.toml: what the drivers of serial lines and datagrams share."""

from groundup_plugins.devices.wire.declaration import Declaration, Wire, WireChannel
from groundup_plugins.devices.wire.parsing import Parser, Rows, parser_for
from groundup_plugins.devices.wire.timing import Timing

__all__ = ["Declaration", "Parser", "Rows", "Timing", "Wire", "WireChannel", "parser_for"]
