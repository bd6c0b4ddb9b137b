"""For pytest: ``pytest --groundup NAME`` adds the laws of an installed plugin; fixtures for drivers' tests.

pytest loads this in every project beside which groundup is installed: it imports nothing of groundup until it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from groundup.testing import Peer


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option."""
    group = parser.getgroup("groundup")
    text = "Also run the laws of the installed groundup plugin NAME (an entry point, a package, or what it offers)."
    group.addoption("--groundup", metavar="NAME", action="append", default=[], help=text)


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """A test for each law of each plugin that was named."""
    for name in session.config.getoption("groundup"):
        from groundup.plugin.manager import plugins
        from groundup.testing.installed import UnknownPluginError, contracts

        try:
            found = contracts(plugins(), name)
        except UnknownPluginError as error:
            raise pytest.UsageError(str(error)) from error
        for one in found:
            for law in one.contract.laws():
                title = f"{one.kind} {one.name}: {law.removeprefix('test_').replace('_', ' ')}"
                items.append(Law.from_parent(session, name=title, law=getattr(one.contract, law)))


class Law(pytest.Item):
    """One law of an installed plugin."""

    def __init__(self, *, law: Callable[[], None], **more: Any) -> None:
        super().__init__(**more)
        self._law = law

    def runtest(self) -> None:
        """Try it."""
        self._law()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The sentence alone where a law is broken."""
        from groundup.testing import LawBrokenError

        return str(excinfo.value) if isinstance(excinfo.value, LawBrokenError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where the law is written."""
        code = self._law.__func__.__code__  # type: ignore[attr-defined]
        return code.co_filename, code.co_firstlineno, self.name


@pytest.fixture
def tcp_peer() -> Iterator[Callable[..., Peer]]:
    """Make devices on TCP ports: ``tcp_peer(frame, rate=100, faults=Faults(...))``; they end with the test."""
    from groundup.testing import TcpPeer

    yield from _peers(TcpPeer)


@pytest.fixture
def serial_peer() -> Iterator[Callable[..., Peer]]:
    """Make devices on pseudo terminals, as ``tcp_peer``; skipped where there are none."""
    import sys

    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo terminals")
    from groundup.testing import SerialPeer

    yield from _peers(SerialPeer)


def _peers(kind: Any) -> Iterator[Callable[..., Peer]]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda *args, **more: stack.enter_context(kind(*args, **more))
