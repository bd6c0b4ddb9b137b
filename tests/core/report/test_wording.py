"""The words of a report: each language has them all, a clinic may change them, and mistakes are named."""

import re
import tomllib
from importlib.resources import files

import pytest

from groundup.report.wording import WordsError, languages, words_of


def leaves(table, where=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", value


def shipped(language):
    return tomllib.loads((files("groundup.report") / "words" / f"{language}.toml").read_text(encoding="utf-8"))


def test_every_language_says_everything_and_fills_in_the_same():
    assert {"en", "de"} <= set(languages())
    english = dict(leaves(shipped("en")))
    for language in languages():
        other = dict(leaves(shipped(language)))
        assert other.keys() == english.keys(), language
        for key, text in other.items():
            if isinstance(text, str):
                assert set(re.findall(r"{(\w+)", text)) == set(re.findall(r"{(\w+)", english[key])), (language, key)


def test_nothing_in_a_language_diagnoses():
    for _, text in (pair for language in languages() for pair in leaves(shipped(language))):
        assert not re.search(r"\b(abnormal|patholog|impaired|deficit|krankhaft|gestört)", str(text), re.IGNORECASE)


def test_a_clinic_changes_what_it_wants_and_the_rest_stays(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text('[page]\ntitle = "Gait at our house"\n[metrics]\ncadence = "Pace"\nour_metric = "Ours"\n')
    words = words_of("en", own)
    assert words("page.title") == "Gait at our house"
    assert (words.metric("cadence"), words.metric("our_metric")) == ("Pace", "Ours")
    assert words("page.left") == "left"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[page]\ntitel = "x"\n', "page.titel"),
        ('[page]\ntitle = ["x"]\n', "page.title"),
        ("[page\n", "cannot be read"),
        ('page = "x"\n', "page"),
    ],
)
def test_words_that_no_report_asks_for_are_named(tmp_path, text, said):
    own = tmp_path / "mine.toml"
    own.write_text(text)
    with pytest.raises(WordsError, match=re.escape(said)):
        words_of("en", own)


def test_a_name_that_cannot_be_filled_in_is_named(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text('[clinician]\nplate = "plate {nam}"\n')
    with pytest.raises(WordsError, match=r"clinician\.plate.*\{name\}"):
        words_of("en", own)("clinician.plate", name="1")


def test_a_language_that_nobody_wrote_is_named_with_those_there_are():
    with pytest.raises(WordsError, match="Known are de, en"):
        words_of("fr")


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (0.5421, "en", "0.542"),
        (0.5421, "de", "0,542"),
        (-1.5, "en", "−1.50"),
        (float("nan"), "de", "–"),
        (None, "en", "–"),
    ],
)
def test_numbers_are_written_as_the_language_does(value, language, said):
    assert words_of(language).number(value) == said


def test_a_change_is_given_to_the_digit_of_what_changed():
    words = words_of()
    assert words.change(2.01e-6, 1.0987) == "0.00"
    assert words.change(-0.0146, 0.678) == "−0.015"
    assert words.change(12.3, 109.0) == "+12"
