"""The recipes in the box can be walked with the metrics in the box."""

import pytest

from groundup.plugin.manager import plugins
from groundup.trials.recipe import installed_recipes, read_recipe


@pytest.mark.parametrize("name", installed_recipes())
def test_a_recipe_in_the_box_has_a_metric_that_live_measures_of_each_leg(name: str) -> None:
    recipe = read_recipe(name)
    metric = plugins().metrics[recipe.metric].item
    assert {scope.__name__ for scope in metric.scopes} <= {"Stance", "Stride"}
    assert recipe.source
    assert [block.kind for block in recipe.blocks][0::3] == ["baseline", "recall"]


def test_there_are_those_that_the_page_lists() -> None:
    assert set(installed_recipes()) >= {"ankle-power", "push-off", "propulsion", "gluteal-quiet"}
