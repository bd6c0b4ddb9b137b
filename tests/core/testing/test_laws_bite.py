"""Every law of the kit catches a plugin that breaks it, and tells its author what to change; a good one keeps all."""

import pytest
from tests.core.testing import faulty_devices as devices
from tests.core.testing import faulty_others as others

from groundup.plugin.manager import plugins
from groundup.testing import (
    DeviceContract,
    ExporterContract,
    ImporterContract,
    Measured,
    MetricContract,
    ProcessorContract,
    check_laws,
    device_commands,
    walker,
)
from groundup.testing import device as device_laws

pytestmark = pytest.mark.rig


def verdicts(base, **body):
    return list(check_laws(type("Made", (base,), body)()))


def broken(found):
    return {verdict.law: verdict.message for verdict in found if verdict.outcome == "broken"}


def assert_bites(found, law, said):
    bites = broken(found)
    assert any(law in name and said in message for name, message in bites.items()), bites


def number_file(self, folder):
    path = folder / "x.num"
    path.write_text("".join(f"{n}.5\n" for n in range(200)))
    return path


def measured(metric):
    processors = [one.item for one in plugins().processors.values() if one.item.name in ("force_plate", "contacts")]
    if any(need.what == "emg" for need in metric.needs):
        processors.append(plugins().processors["emg_envelope"].item)
    on = Measured([metric], [walker()], processors)
    return classmethod(lambda cls: on)


def test_a_good_driver_keeps_all_laws():
    assert broken(verdicts(DeviceContract, driver=devices.Good)) == {}


def test_a_good_driver_with_an_option_keeps_all_laws(monkeypatch):
    monkeypatch.setattr(device_commands, "WINDOW_S", 0.2)
    found = verdicts(DeviceContract, driver=devices.Amplifier)
    assert broken(found) == {}
    assert not any(v.outcome == "not tried" for v in found if "option" in v.law)


@pytest.mark.parametrize("faulty", devices.BREAKS, ids=lambda driver: driver.__name__)
def test_a_faulty_driver_is_told_what_to_change(faulty, monkeypatch):
    monkeypatch.setattr(device_laws, "_PATIENCE_S", 0.2)  # for a thread that never ends
    monkeypatch.setattr(device_commands, "WINDOW_S", 0.2)
    assert_bites(verdicts(DeviceContract, driver=faulty), *devices.BREAKS[faulty])
    devices.FOREVER.set()
    devices.FOREVER.clear()


def test_a_good_processor_keeps_all_laws():
    assert broken(verdicts(ProcessorContract, processor=others.Double)) == {}


@pytest.mark.parametrize("fault", others.PROCESSORS)
def test_a_faulty_processor_is_told_what_to_change(fault):
    faulty, law, said = others.PROCESSORS[fault]
    assert_bites(verdicts(ProcessorContract, processor=faulty), law, said)


def test_a_good_metric_keeps_all_laws():
    good = others.measuring(unit="s", needs=())(lambda stance: stance.t1 - stance.t0)
    assert broken(verdicts(MetricContract, metric=good, measured=measured(good))) == {}


@pytest.mark.parametrize("fault", others.METRICS)
def test_a_faulty_metric_is_told_what_to_change(fault):
    faulty, law, said = others.METRICS[fault]
    assert_bites(verdicts(MetricContract, metric=faulty, measured=measured(faulty)), law, said)


def test_a_good_importer_keeps_all_laws():
    assert broken(verdicts(ImporterContract, importer=others.Numbers, file=number_file)) == {}


@pytest.mark.parametrize("faulty", others.IMPORTERS, ids=lambda importer: importer.__name__)
def test_a_faulty_importer_is_told_what_to_change(faulty):
    found = verdicts(ImporterContract, importer=faulty, file=number_file)
    assert_bites(found, *others.IMPORTERS[faulty])


def test_a_good_exporter_keeps_all_laws():
    assert broken(verdicts(ExporterContract, exporter=others.Counts)) == {}


@pytest.mark.parametrize("faulty", others.EXPORTERS, ids=lambda exporter: exporter.__name__)
def test_a_faulty_exporter_is_told_what_to_change(faulty):
    assert_bites(verdicts(ExporterContract, exporter=faulty), *others.EXPORTERS[faulty])


def test_what_does_not_read_back_is_said():
    found = verdicts(ExporterContract, exporter=others.Counts, importer=others.ReadsBackWrong)
    assert_bites(found, "reads back", "does not come back")
