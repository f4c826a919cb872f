// The panel of what can be touched: where space is and what the point does, buttons, switches, weights.

import { make } from "./controls.js";
import { follows } from "./moves.js";
import { answer, forward } from "./network.js";
import { css } from "./paint.js";

const MOST_WEIGHTS = 40; // that a panel offers to change
const WHOLE = 1e-6; // by which a time may miss a whole number
const ROLES = { grid: "grid", ghost: "ghost grid", boundary: "boundary", readout: "readout", cube: "cube", loops: "loops", wrong: "answered wrong" };

const decimal = (v) => (Math.abs(v) < 0.005 ? 0 : v).toFixed(2).replace("-", "−");
const tuple = (values) => {
  if (values.length === 1) return decimal(values[0]);
  return `(${[...values.slice(0, 4).map(decimal), ...(values.length > 4 ? ["…"] : [])].join(", ")})`;
};
const percent = (share) => `${(100 * share).toFixed(1)} %`;

// Put text into an element, if it has another one.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class Panel {
  constructor(touch, panel) {
    Object.assign(this, { touch, panel });
  }

  fill() {
    const { panel, touch } = this;
    const { space } = touch;
    this.said = make("p", { role: "status" });
    this.claims = make("div", { role: "status" });
    if (!space) {
      panel.replaceChildren(make("p", { textContent: "Nothing of a network is on the screen now." }));
      return;
    }
    const parts = [this.said];
    const last = space.moves.length;
    if (last && touch.pinned) {
      this.now = make("p", { className: "now" });
      parts.unshift(this.now);
      parts.push(this.stops());
    } else if (last) {
      const slider = make("input", { type: "range", min: "0", max: String(last), step: "0.01", value: String(space.time(touch.x)[0]), ariaLabel: "Place in the network" });
      slider.dataset.own = "";
      slider.addEventListener("input", () => { space.hand.time = Number(slider.value); touch.changed(); });
      this.slider = slider;
      this.now = make("span", { className: "small" });
      parts.push(make("div", { className: "travel" }, make("span", { textContent: "Layers" }), slider, this.now), this.stops());
    }
    parts.push(this.switches(), ...this.weights(), this.claims);
    const back = touch.pinned ? "As it was" : "Back to the film";
    parts.push(make("button", { type: "button", textContent: back, onclick: () => { touch.release(); touch.film.focus(); } }));
    panel.replaceChildren(...parts);
    this.describe();
    this.judge();
  }

  // Buttons that lead to the input and to the end of each layer.
  stops() {
    const { space } = this.touch;
    const layers = [...new Set(space.moves.map(({ layer }) => layer))];
    const ends = layers.map((layer) => [`layer ${layer + 1}`, 1 + space.moves.findLastIndex((move) => move.layer === layer)]);
    return make("div", { role: "group", ariaLabel: "Go to" }, ...[["input", 0], ...ends].map(([textContent, time]) =>
      make("button", { type: "button", textContent, value: String(time), onclick: () => this.touch.go(time) })));
  }

  switches() {
    const { touch } = this;
    const { painter, hidden } = touch;
    const drawn = painter.drawn(touch.x).concat([...hidden]).filter((item) => !touch.pinned || item.space === touch.space);
    const labels = [...new Set(drawn.filter(({ told }) => told.label !== undefined).map(({ told }) => told.label))].sort((a, b) => a - b);
    const roles = [...new Set(drawn.map(({ told }) => told.role))].filter((role) => role in ROLES);
    const flip = (name, belongs, ...marker) => {
      const box = make("input", { type: "checkbox", checked: ![...hidden].some(belongs) });
      box.addEventListener("change", () => {
        for (const item of painter.items.filter(belongs)) for (const set of [hidden, painter.hidden]) set[box.checked ? "delete" : "add"](item);
        touch.changed();
      });
      return make("label", {}, box, ...marker, name);
    };
    return make("fieldset", {}, make("legend", { textContent: "Show" }),
      ...labels.map((label) => flip(`class ${label}`, ({ told }) => told.label === label, this.marker(drawn, label))),
      ...roles.map((role) => flip(ROLES[role], ({ told }) => told.role === role)), ...this.apart(), ...this.legend(drawn));
  }

  // The marker of a class, in its colour.
  marker(drawn, label) {
    const item = drawn.find(({ told }) => told.label === label);
    const made = make("i", { className: `marker ${item.told.marker ?? ""}` });
    if (item.fill) made.style.background = css(item.fill(this.touch.x));
    return made;
  }

  // A switch: W x + b in one move, or stretch, turn and shift one by one.
  apart() {
    const { space } = this.touch;
    if (!space.other) return [];
    const box = make("input", { type: "checkbox", checked: space.other.apart === space.hand.other });
    box.addEventListener("change", () => { space.hand.other = !space.hand.other; this.touch.changed(); });
    return [make("label", {}, box, "one move at a time")];
  }

  // What the colours of a fourth coordinate mean.
  legend(drawn) {
    const item = drawn.find(({ kind, fourth }) => kind === "dots" && fourth);
    if (!item) return [];
    const stop = item.told.fourth_stop ?? 1;
    const band = make("span", { className: "band" });
    band.style.background = `linear-gradient(90deg, ${item.told.fourth_colours.map((colour) => css(colour)).join()})`;
    return [make("span", { className: "small" }, `4th neuron: −${stop} `, band, ` ${stop}`)];
  }

  weights() {
    const { touch } = this;
    const { space } = touch;
    const network = touch.networkOf(space);
    if (!network || !follows(space.moves, network.layers)) return [];
    const count = network.layers.reduce((sum, { weight, bias }) => sum + weight.length * weight[0].length + bias.length, 0);
    if (count > MOST_WEIGHTS) return [];
    const field = (value, name, put) => {
      const input = make("input", { type: "number", step: "0.1", value: String(Math.round(1000 * value) / 1000), ariaLabel: name });
      input.addEventListener("input", () => { if (Number.isFinite(input.valueAsNumber)) put(input.valueAsNumber); });
      return make("td", {}, input);
    };
    const tables = network.layers.map(({ weight, bias }, k) => {
      const name = k === network.layers.length - 1 ? "readout" : `layer ${k + 1}`;
      return make("table", {}, make("caption", { textContent: name, className: "small" }), ...weight.map((row, i) => make("tr", {},
        ...row.map((v, j) => field(v, `${name}, weight ${j + 1} of neuron ${i + 1}`, (value) => touch.change(k, i, j, value))),
        make("td", { textContent: "+" }), field(bias[i], `${name}, bias of neuron ${i + 1}`, (value) => touch.change(k, i, -1, value)))));
    });
    const as = make("button", { type: "button", textContent: "As trained", onclick: () => { touch.asTrained(); this.fill(); } });
    return [make("details", {}, make("summary", { textContent: "Change a weight" }), make("div", { className: "travel" }, ...tables), as)];
  }

  // Say where space is, and what the network says of the point.
  describe() {
    const { space, point, x } = this.touch;
    if (!this.said || !space) return;
    const { t } = space.at(x);
    if (this.now) {
      const time = space.hand.time ?? space.time(x)[0];
      say(this.now, this.place());
      for (const stop of this.panel.querySelectorAll("button[value]")) stop.ariaPressed = String(Math.abs(Number(stop.value) - time) < WHOLE);
    }
    if (this.slider) {
      this.slider.ariaValueText = this.now.textContent;
      if (space.hand.time === null) this.slider.value = String(space.time(x)[0]);
    }
    this.said.ariaLive = this.touch.film.paused ? "polite" : "off"; // while it plays, the words change in every frame
    say(this.said, point ? this.sentence(t) : "Drag or tap in the picture to put a point there.");
  }

  // How many numbers a point has after k moves: at the end of a layer as many as the layer has neurons.
  neurons(moves, k) {
    const layers = this.touch.networkOf(this.touch.space)?.layers;
    if (!k) return layers?.[0].weight[0].length ?? moves[0]?.inputs;
    const { layer, ambient } = moves[k - 1];
    return layers?.[layer] && moves[k]?.layer !== layer ? layers[layer].weight.length : ambient;
  }

  // Where space is, in words.
  place() {
    const { touch } = this;
    const { moves, t } = touch.space.at(touch.x);
    const k = Math.ceil(t - WHOLE);
    if (k <= 0) return "Input";
    const { layer, title } = moves[k - 1];
    const n = this.neurons(moves, Number.isInteger(t) ? t : k);
    const coloured = touch.parts(touch.space).some(({ item }) => item.fourth);
    const projected = moves.some(({ steps }) => steps.some(({ kind }) => kind === "to"));
    const drawn = projected ? "" : n > 4 ? ` (neurons 1 to 3 of ${n} are drawn)` : n === 4 && coloured ? " (the fourth neuron is shown as colour)" : "";
    if (!touch.networkOf(touch.space)) return t >= k ? `After ${title}` : title;
    return (t >= k && moves[k]?.layer !== layer ? `After layer ${layer + 1}` : `Layer ${layer + 1}: ${title}`) + drawn;
  }

  sentence(t) {
    const { touch } = this;
    const { space: here, point } = touch;
    const { places } = touch.way.at(t);
    const { moves } = here.at(touch.x);
    const n = Math.min(places.length, Number.isInteger(t) ? this.neurons(moves, t) ?? places.length : places.length);
    const layers = touch.layersOf(here);
    const own = touch.own === null || touch.own === undefined ? "" : ` of class ${touch.own}`;
    const start = `The point ${tuple(point)}${own}${t > 0 ? ` is now at ${tuple(Array.from(places.subarray(0, n)))}` : ""}.`;
    if (!layers || layers[0].weight[0].length !== point.length) return start;
    const output = forward(layers, point);
    const classes = touch.painter.items.some(({ told, space }) => space === here && told.label !== undefined);
    const verdict = classes ? `: class ${answer(output)}` : touch.parts(here).length ? "" : `: answer ${answer(output)}`;
    return `${start} The network’s output for it is ${tuple(output)}${verdict}.`;
  }

  judge() {
    const { touch } = this;
    if (!touch.layers || !touch.space) {
      this.claims.replaceChildren();
      return;
    }
    const found = touch.measured(touch.space);
    const now = touch.right(touch.space, touch.layers);
    const lines = found.map(({ text, broken, said }) => make("p", broken ? { className: "broken" } : {}, `${broken ? "No longer: " : "Still: "}${text} (${said})`));
    if (now) lines.unshift(make("p", { textContent: `With these weights ${percent(now.share)} of the points are right.` }));
    lines.push(make("p", { className: "small", textContent: "Measured here, at the points of the film. It is not proved." }));
    this.claims.replaceChildren(...lines);
    const broken = new Set(found.filter((each) => each.broken).map(({ text }) => text.replace(/\s+/g, " ")));
    touch.painter.red = touch.painter.items.filter(({ told }) => told.text && [...broken].some((text) => text.includes(told.text.replace(/\s+/g, " ").trim())));
  }
}
