// The recipe that a person walks: which block runs or comes next, and the operator's three buttons.

const at = (id) => document.getElementById(id);
const ORDERS = { "block-start": "block_start", "block-end": "block_end", "block-again": "block_again" };

export class RecipeBar {
  constructor(send) {
    for (const [id, order] of Object.entries(ORDERS)) at(id).addEventListener("click", () => send({ do: order }));
  }

  show(recipe) {
    at("recipe").hidden = !recipe;
    if (!recipe) return;
    const runs = recipe.left_s !== null, done = !recipe.block;
    const block = `block ${recipe.number} of ${recipe.blocks}: ${recipe.block}`;
    const how = done ? "done" : runs ? `${block}, ${Math.max(recipe.left_s, 0).toFixed(0)} s left, ${recipe.values} values`
      : recipe.waits ? `${block}, its last values are waited for` : `next: ${block} (${recipe.seconds} s)`;
    at("recipe-state").textContent = `${recipe.title.replaceAll("_", " ")}: ${how}`;
    at("recipe-last").textContent = recipe.last;
    at("block-start").disabled = runs || recipe.waits || done;
    at("block-end").disabled = !runs;
    at("block-again").disabled = runs || recipe.waits || recipe.number < 2;
  }
}
