"""What a control room remembers over a restart: its token, its recorder, who is in the lab; for this user only."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import platformdirs

from groundup.web.auth import new_token

TOKEN_S = 24 * 3600.0
"""A token is kept for a day, so that an open page or tablet comes back by itself."""


class Memory:
    """A few facts about one folder, in a file of the user's state folder.

    Parameters
    ----------
    about : str
        What is remembered, such as the folder's path.
    """

    def __init__(self, about: str) -> None:
        name = hashlib.sha256(about.encode()).hexdigest()[:20]
        self._path = Path(platformdirs.user_state_dir("groundup")) / "rooms" / f"{name}.json"
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        self._facts: dict[str, Any] = found if isinstance(found, dict) else {}

    def get(self, key: str, default: Any = None) -> Any:
        """What is remembered."""
        return self._facts.get(key, default)

    def put(self, **facts: Any) -> None:
        """Remember; a disk that will not have it costs no more than the memory."""
        self._facts.update(facts)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._path.with_suffix(".part")
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(self._facts, file)
            os.replace(part, self._path)
        except OSError:
            pass

    def token(self) -> str:
        """The token of the last day, or a new one."""
        kept, since = self.get("token"), self.get("token_since")
        known = isinstance(kept, str) and len(kept) >= 16 and isinstance(since, int | float)
        if known and 0 <= time.time() - since < TOKEN_S:
            return str(kept)
        made = new_token()
        self.put(token=made, token_since=time.time())
        return made

    @property
    def log(self) -> Path:
        """Where the recorder's own words go."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._path.with_suffix(".log")
