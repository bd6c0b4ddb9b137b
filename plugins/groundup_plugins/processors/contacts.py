"""The contacts processor: initial contacts and foot offs from the vertical force of a plate."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from groundup.plugin import (
    Event,
    Floats,
    NotComputableError,
    Plate,
    Processor,
    Product,
    Settings,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup_plugins.processors.belt import contact_threshold
from groundup_plugins.processors.contact_quality import BESIDE, confidences, off_the_plate
from groundup_plugins.processors.contact_spans import Contact, find_contacts
from groundup_plugins.processors.contacts_live import ContactRules, ContactStage

Positive = Annotated[float, msgspec.Meta(gt=0)]


class ContactsSettings(Settings, frozen=True):
    """Settings of the contacts processor.

    Attributes
    ----------
    threshold_n : float, optional
        A foot is on the plate above this vertical force (N). Without it 20 N, and 50 N on the belt of a treadmill, that
        is, on a plate of 1.3 m and more; set it for a treadmill whose corners are not known.
    sure_n : float
        A contact must reach this force (N) somewhere; what does not is noise.
    least_stance_s : float
        Shorter contacts (s) are none.
    least_gap_s : float
        Two contacts closer than this (s) are one: a foot that bounces as it lands.
    """

    threshold_n: Positive | None = None
    sure_n: Positive = 50.0
    least_stance_s: Positive = 0.1
    least_gap_s: Positive = 0.03


class Contacts(Processor):
    """IC and FO where the vertical ground reaction force goes through a threshold.

    The moment of crossing is interpolated between the two samples around it. The side is the plate channels' own, if
    they have one. Confidence is 1 for a whole contact of one foot, and below 0.5 for one that metrics must not use:
    both feet on one plate, a foot that is partly beside the plate, or a contact that begins or ends outside the data.

    A crossing seen in the data but not its other end still gives its event, with the confidence of a cut contact.
    """

    name = "contacts"
    accepts = "grf"
    settings_type = ContactsSettings
    settings: ContactsSettings

    def whole(self, signal: Signal) -> Product:
        """Find the contacts of a whole ground reaction force."""
        vertical = vertical_force(signal)
        if signal.rate <= 0:
            raise NotComputableError(f"{signal.id} has no sampling rate")
        rules = self._rules(signal.plate)
        found = find_contacts(
            signal.time,
            vertical,
            signal.segments(),
            threshold=rules.threshold,
            sure=rules.sure,
            least_s=rules.least_s,
            gap_s=rules.gap_s,
        )
        return Product(events=tuple(_events(signal, vertical, found)))

    def causal(self, form: SignalForm) -> Stage:
        """The same contacts at the same times, told as soon as they are sure: an IC after the least stance."""
        vertical = vertical_column(form)
        return ContactStage(form, vertical, self._rules(form.plate))

    def _rules(self, plate: Plate | None) -> ContactRules:
        s = self.settings
        threshold = contact_threshold(plate) if s.threshold_n is None else s.threshold_n
        return ContactRules(threshold, max(s.sure_n, threshold), s.least_stance_s, s.least_gap_s)


def vertical_force(signal: Signal) -> Floats:
    """The channel ``Fz`` of a ground reaction force, N."""
    return signal.samples[:, vertical_column(SignalForm.of(signal))]


def vertical_column(form: SignalForm) -> int:
    """Which channel of a ground reaction force is ``Fz``."""
    labels = [channel.label for channel in form.channels]
    if "Fz" not in labels:
        raise NotComputableError(f"{form.id} has no vertical force (a channel Fz)")
    return labels.index("Fz")


def _events(signal: Signal, vertical: Floats, found: Sequence[Contact]) -> list[Event]:
    first = signal.channels[0]
    source = first.site or signal.id
    sure = confidences(signal, vertical, found)
    outside = off_the_plate(signal, vertical, found)
    events: list[Event] = []
    for contact, confidence, beside in zip(found, sure, outside, strict=True):
        value = min(confidence, BESIDE) if beside else confidence
        if contact.begins:
            events.append(Event(contact.t0, "IC", first.side, source, value))
        if contact.ends:
            events.append(Event(contact.t1, "FO", first.side, source, value))
    return events


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Return the contacts processor."""
    return [Contacts]
