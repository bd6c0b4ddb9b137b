"""``groundup drive``: one device of a lab.toml, in a process of its own."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import click

from groundup.lab.tables import LabError, load_lab
from groundup.plugin.failure import Origin, failure_of
from groundup.plugin.lab_check import device_of
from groundup.plugin.manager import plugins_with_drivers
from groundup.plugin.missing import UnusableDeviceError
from groundup.record.drivers import UNUSABLE
from groundup.system.driver_reports import Report
from groundup.system.processes import GRACE_S, STOPPING, stop_at_signals, stop_when_input_closes, teller
from groundup.workflows import drive as host


class _UnusableError(click.ClickException):
    exit_code = UNUSABLE


@click.command()
@click.argument("device")
@click.option("--lab", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The lab.toml.")
@click.option("--report", is_flag=True, hidden=True, help="Tell the recorder that started it what it has to know.")
def drive(device: str, lab: Path, report: bool) -> None:
    """Run the DEVICE that [devices.DEVICE] of a lab.toml describes, until Ctrl-C or the end of standard input."""
    found = load_lab(lab)
    if device not in found.devices:
        known = ", ".join(found.devices) or "none"
        raise LabError(f"{lab} has no [devices.{device}]; it has: {known}")
    driver, settings = device_of(found, device, plugins_with_drivers([found.devices[device].driver]))
    stop = threading.Event()
    stop_at_signals(stop, *STOPPING)
    notices: SimpleQueue[bytes] = SimpleQueue()
    if stop_when_input_closes(stop, GRACE_S, notices.put):
        # Ctrl-C in a terminal, or its end, reaches the children too; their parent tells them when to stop.
        for name in ("SIGINT", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    made = driver.item(settings)
    made.required = any(found.requires(device, id) for id in (device, *found.streams_of(device)))
    if not report:
        host.drive(device, made, stop, driver.origin, lab=str(lab))
        return
    tell = teller()
    threading.excepthook = lambda failed: _tell_of_thread(failed, driver.origin, tell)
    try:
        host.drive(device, made, stop, driver.origin, tell, str(lab), notices)
    except UnusableDeviceError as error:
        raise _UnusableError(str(error)) from error
    except (OSError, click.ClickException):
        raise
    except Exception as error:  # who records is told in a sentence; its author runs `groundup drive` by hand
        raise click.ClickException(f"{device}: {_failed(error, driver.origin)}") from error


def _tell_of_thread(failed: threading.ExceptHookArgs, origin: Origin, tell: Callable[[Report], None]) -> None:
    """Tell that a thread of a driver has ended by an error: its device may send nothing any more."""
    if failed.exc_value is not None and not isinstance(
        failed.exc_value, SystemExit
    ):  # which ends a thread as it should
        tell(Report("failed", "", 0, f"its thread has ended: {_failed(failed.exc_value, origin)}"))


def _failed(error: BaseException, origin: Origin) -> str:
    failure = failure_of(origin, "", error)
    return f"{failure.reason} at {failure.where} (for the author of {origin.distribution})"
