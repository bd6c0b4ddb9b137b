// What devices can be told: a button for each command, a field for each option; what came of it stands beside them.

const made = (tag, fields = {}, ...inside) => { const one = Object.assign(document.createElement(tag), fields); one.append(...inside); return one; };
const words = (value) => value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

export class Devices {
  #place; #send; #shape = ""; #fields = new Map(); #said = new Map();

  constructor(place, send) { this.#place = place; this.#send = send; }

  show(devices) {
    const shape = JSON.stringify(devices, (key, value) => key === "value" ? undefined : value);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#fields.clear();
      const kept = this.#said;
      this.#said = new Map();
      this.#place.replaceChildren(...devices.map((device) => this.#device(device, kept)));
    }
    for (const device of devices) {
      for (const option of device.options) {
        const field = this.#fields.get(JSON.stringify([device.name, device.lab, option.name]));
        if (field && field !== document.activeElement) field.value = option.choices.length ? JSON.stringify(option.value) : words(option.value);
      }
    }
  }

  told({ device, lab, ok, answer }) {
    const said = this.#said.get(JSON.stringify([device, lab]));
    if (!said) return;
    said.textContent = `${ok ? "✓" : "✗"} ${answer}`;
    said.className = ok ? "state-well" : "state-failed";
    for (const button of said.closest("fieldset").querySelectorAll("button")) button.disabled = false;
  }

  #device(device, kept) {
    const key = JSON.stringify([device.name, device.lab]), before = kept.get(key);
    const said = made("p", { textContent: before?.textContent ?? "", className: before?.className ?? "" });
    said.setAttribute("role", "status");
    this.#said.set(key, said);
    const set = made("fieldset", {}, made("legend", { textContent: device.name, title: device.lab }));
    set.dataset.device = device.name;
    for (const option of device.options) set.append(this.#option(device, option, said));
    for (const command of device.commands) set.append(this.#command(device, command, said));
    set.append(said);
    return set;
  }

  #option(device, option, said) {
    const field = option.choices.length
      ? made("select", {}, ...option.choices.map((choice) => made("option", { value: JSON.stringify(choice), textContent: words(choice) })))
      : made("input", { size: 8, title: option.expects });
    field.name = option.name;
    this.#fields.set(JSON.stringify([device.name, device.lab, option.name]), field);
    const unit = option.unit ? ` ${option.unit}` : "";
    return this.#form(device, "set", "Set", "", said, made("label", { title: option.summary }, option.name, field, unit), option.summary, option.alters);
  }

  #command(device, command, said) {
    const fields = Object.entries(command.arguments).map(([name, expects]) => made("label", {}, name, made("input", { name, size: 8, title: expects, placeholder: expects })));
    return this.#form(device, command.name, command.name, command.confirm, said, ...fields, command.summary);
  }

  #form(device, command, label, question, said, ...inside) {
    const button = made("button", { type: "submit", textContent: label });
    const [texts, fields] = [inside.filter((one) => typeof one === "string" && one), inside.filter((one) => typeof one !== "string")];
    const form = made("form", {}, ...fields, button, made("span", { className: "faint", textContent: texts.join(" ") }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (question && !confirm(`${device.name}: ${question}`)) return;
      const given = [...form.querySelectorAll("input, select")].filter((one) => one.value !== "").map((one) => `${one.name}=${one.value}`);
      if (!this.#send({ do: "tell", device: device.name, lab: device.lab, command, arguments: given })) return;
      said.textContent = `${command} …`;
      said.className = "faint";
      for (const one of form.closest("fieldset").querySelectorAll("button")) one.disabled = true;
    });
    return form;
  }
}
