"""What a recording needs: each stream and device of lab.toml, and whether it flows now."""

from typing import Any

from groundup.inlets.stream_request import stream_requests
from groundup.lab.tables import Lab
from groundup.web.streams import Feeds

_WORDS = {
    "well": "flows", "silent": "sends nothing", "wrong rate": "not at its rate", "lost": "gone",
    "other clock": "not stamped by the measured clock", "failed": "cannot be shown",
}  # fmt: skip
_ORDER = ("failed", "lost", "silent", "other clock", "wrong rate", "well")


def needed(lab: Lab, feeds: Feeds) -> list[dict[str, Any]]:
    """Each that lab.toml names, for the browser: ``id``, ``required``, ``state``, ``words``.

    A device is there when all of its streams that are on the network flow, and there is one.
    """
    states = {one["number"]: one["state"] for one in feeds.health()}
    rows = []
    for request in stream_requests(lab, ()):
        if request.required is None or request.id.startswith("live_"):
            continue
        mine = [states.get(feed.number, "well") for feed in feeds.matching(request.predicate)]
        state = min(mine, key=_ORDER.index) if mine else "absent"
        words = _WORDS.get(state, "not on the network")
        rows.append({"id": request.id, "required": bool(request.required), "state": state, "words": words})
    return rows
