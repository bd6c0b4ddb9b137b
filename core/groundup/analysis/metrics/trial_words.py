"""What the name and the condition of a trial say of it: eyes and surface, in the words that labs use."""

import re
from collections.abc import Callable, Sequence

from groundup.model.events import Trial

_FROM_WORDS: dict[str, dict[str, Callable[[set[str]], bool]]] = {
    "eyes": {
        "open": lambda words: bool({"eo"} & words or ({"eyes", "eye"} & words and "open" in words)),
        "closed": lambda words: bool(
            {"ec"} & words or ({"eyes", "eye"} & words and {"closed", "close", "shut"} & words)
        ),
    },
    "surface": {
        "firm": lambda words: bool({"firm", "hard", "rigid"} & words),
        "foam": lambda words: bool({"foam"} & words),
    },
}
_OF_EYES = {"eyes", "eye", "eo", "ec", "open", "closed", "close", "shut"}


def called(trial: Trial) -> str:
    """Condition and name, each once, and without the number of the repetition."""
    parts = dict.fromkeys(plain_words(part) for part in (trial.condition, trial.name))
    return ", ".join(part for part in parts if part)


def plain_words(text: str) -> str:
    """A name or condition in small letters, without numbers and signs: "Walk_02" is "walk"."""
    return re.sub(r"[\W_\d]+", " ", text).strip().lower()


def value_in_name(key: str, value: str, text: str) -> str:
    """What the name of a trial says of the eyes or the surface; empty where it says nothing, or both."""
    words = _words(text)
    choices = _FROM_WORDS.get(key, {value: lambda words: value.lower() in words})
    found = [choice for choice, is_named in choices.items() if is_named(words)]
    return found[0] if len(found) == 1 else ""


def with_eyes(eyes: str, trial: Trial, trials: Sequence[Trial]) -> list[Trial]:
    """Trials of which all is said that is said of one, but that the eyes were open, or closed."""
    mine = _words(called(trial)) - _OF_EYES
    return [
        other
        for other in trials
        if value_in_name("eyes", eyes, called(other)) == eyes and _words(called(other)) - _OF_EYES == mine
    ]


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text))
