"""What metrics of many muscles share of their method is read once."""

from groundup.report.method_text import without_repeats

SHARED = f"It is active at 20 % of its peak or more, {'bursts and pauses under 5 % are left out, ' * 3}so far."


def test_what_was_said_of_another_metric_is_not_said_again() -> None:
    methods = {f"emg_on_{muscle}": f"When {muscle} is switched on. {SHARED}" for muscle in ("soleus", "rectus_femoris")}
    assert without_repeats(methods) == {
        "emg_on_soleus": f"When soleus is switched on. {SHARED}",
        "emg_on_rectus_femoris": "When rectus_femoris is switched on. The rest as for emg on soleus.",
    }


def test_a_method_of_its_own_is_left_whole() -> None:
    methods = {"a": "Mean of it. In N.", "b": "Peak of it. In N.", "c": SHARED}
    assert without_repeats(methods) == methods
