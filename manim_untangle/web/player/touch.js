// Touching a film that rests: a point to drag, space to turn, classes and grid to switch, weights to change.

import { make } from "./controls.js";
import { focusable, pressed } from "./keys.js";
import { answer, forward, MovingPoints } from "./network.js";
import { css } from "./paint.js";
import { clamp, inputLandingOn, range } from "./probe.js";

const POINT = "#ffe066";
const WRONG = "#ff4fa3";
const GRAB = 22; // CSS pixels around the point that take hold of it
const TAP = 5; // CSS pixels that a tap may move
const PATH = 10; // pieces of the point's way through a move
const LEANT = 0.3; // radians of tilt from which on dragging turns space
const MOST_WEIGHTS = 40; // that a panel offers to change
const LIKE = 1e-6; // between the share of right answers that a claim has measured and that of the network as trained

const decimal = (v) => (Math.abs(v) < 0.005 ? 0 : v).toFixed(2).replace("-", "−");
export const tuple = (values) => {
  if (values.length === 1) return decimal(values[0]);
  return `(${[...values.slice(0, 4).map(decimal), ...(values.length > 4 ? ["…"] : [])].join(", ")})`;
};
const percent = (share) => `${(100 * share).toFixed(1)} %`;

// The moves of a space with other weights: the same number of moves, each W x + b on the straight way from I to W.
export function movesOf(told, layers) {
  const first = new Set();
  return told.map((move) => {
    const { weight, bias } = layers[move.layer];
    if (move.part === "bend") return move;
    const matrix = range(move.ambient).map((i) => range(move.ambient).map((j) => weight[i]?.[j] ?? 0));
    const shift = range(move.ambient).map((i) => bias[i] ?? 0);
    const fresh = !first.has(move.layer);
    first.add(move.layer);
    const shifts = move.steps.some(({ kind }) => kind === "shift");
    const steps = [...(fresh ? [{ kind: "blend", matrix }] : []), ...(shifts ? [{ kind: "shift", bias: shift }] : [])];
    return { ...move, steps };
  });
}

// Whether every move of a space is of W x + b or an activation, so that it follows from the weights.
const follows = (moves, layers) => moves.length > 0 && moves.every(({ layer, steps }) =>
  layer < layers.length && steps.every(({ kind }) => ["blend", "turn", "shift", "bend"].includes(kind)));

export class Touch {
  constructor(film, panel) {
    Object.assign(this, { film, panel, version: 0, point: null, space: null, hidden: new Set(), layers: null });
    this.painter = film.painter;
    const { canvas } = film;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    canvas.addEventListener("keydown", (event) => pressed(this, event), { signal });
    canvas.addEventListener("pointerdown", (event) => this.down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.moved(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.up(event), { signal });
    canvas.addEventListener("pointercancel", () => { this.held = null; }, { signal });
    canvas.addEventListener("touchstart", (event) => { if (this.near(event.touches[0], 36)) event.preventDefault(); }, { passive: false, signal });
    this.fill();
  }

  close() {
    this.listeners.abort();
    this.panel.replaceChildren();
  }

  // ---- what there is to touch ----

  get x() {
    return this.film.x;
  }

  // The spaces of which something is drawn now.
  get spaces() {
    return [...new Set(this.painter.drawn(this.x).filter((item) => item.moved).map((item) => item.space))];
  }

  networkOf(space) {
    return space.told.network === null ? null : this.film.header.networks[space.told.network];
  }

  // The data of a space that are drawn now: [{ item, label, inputs, n }].
  data(space) {
    return this.painter.drawn(this.x).filter((item) => item.space === space && item.kind === "dots" && item.told.label !== undefined && item.moved?.inputs)
      .map((item) => ({ item, label: item.told.label, inputs: item.moved.inputs, n: item.moved.n }));
  }

  // ---- by hand ----

  place(event) {
    const box = this.film.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // CSS pixels of scene points in one row, where the film has them now.
  onScreen(scene) {
    const { width, height } = this.film.canvas.getBoundingClientRect();
    const { moved } = this.painter.frames(this.x, width, height);
    return [moved.left + moved.scale * scene[0], moved.top - moved.scale * scene[1]];
  }

  near(event, radius) {
    if (!event || !this.point || !this.film.paused) return false;
    const [x, y] = this.place(event);
    const at = this.pointOnScreen;
    return Boolean(at) && Math.hypot(x - at[0], y - at[1]) < radius;
  }

  down(event) {
    if (event.button) return;
    this.film.focus({ preventScroll: true });
    const [x, y] = this.place(event);
    const grabs = this.near(event, event.pointerType === "touch" ? 36 : GRAB);
    const space = this.film.paused ? this.spaceAt(x, y) : null;
    const leant = space && Math.abs(space.view(this.x).tilt) > LEANT;
    const hold = grabs ? "point" : leant ? "space" : space && event.pointerType !== "touch" ? "point" : "tap";
    this.held = { hold, x: event.clientX, y: event.clientY, far: 0, space: grabs ? this.space : space, grabs };
    if (hold !== "tap") this.film.canvas.setPointerCapture(event.pointerId);
  }

  moved(event) {
    const { held } = this;
    if (!held) {
      this.film.canvas.style.cursor = this.near(event, GRAB) ? "grab" : "";
      return;
    }
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    held.far = Math.max(held.far, Math.hypot(dx, dy));
    if (held.hold === "tap" || (held.far < TAP && !held.grabs)) return;
    if (held.hold === "point") this.put(held.space, ...this.place(event));
    else {
      this.turn(held.space, dx * 0.008, -dy * 0.008);
      Object.assign(held, { x: event.clientX, y: event.clientY });
    }
  }

  up(event) {
    const { held, film } = this;
    this.held = null;
    if (!held || held.far >= TAP) return;
    if (!film.paused) film.pause();
    else if (held.space && !held.grabs) this.put(held.space, ...this.place(event), true);
    else if (!held.space) film.play();
  }

  turn(space, turn, tilt) {
    const tilts = space.numbers(this.x)[2];
    space.hand.turn += turn;
    space.hand.tilt = clamp(space.hand.tilt + tilt, -1.3 - tilts, 1.6 - tilts);
    this.changed();
  }

  // The space whose points lie nearest to a place on the screen; null if none has inputs that can be touched.
  spaceAt(x, y) {
    let [best, least] = [null, Infinity];
    for (const space of this.spaces) {
      for (const { inputs, n } of this.guesses(space)) {
        const found = this.nearest(space, inputs, n, x, y);
        if (found.away < least) [best, least] = [space, found.away];
      }
    }
    return best;
  }

  // Inputs from which a search for a point may begin.
  guesses(space) {
    const data = this.data(space);
    if (data.length) return data;
    const straight = this.painter.drawn(this.x).find((item) => item.space === space && item.moved?.ends);
    if (!straight) return [];
    const { ends, n } = straight.moved;
    return [{ inputs: Float64Array.from(ends, (v) => v / 2), n }];
  }

  nearest(space, inputs, n, x, y) {
    const key = [this.x, this.version, inputs.length].join();
    const cached = ((this.near_ ??= new Map()).get(inputs));
    let points = cached?.key === key ? cached.points : null;
    if (!points) {
      const moving = this.painter.spaces.moving(space, inputs, n);
      points = space.view(this.x).project(moving.at(space.at(this.x).t));
      this.near_.set(inputs, { key, points });
    }
    let [index, away] = [0, Infinity];
    for (let i = 0; 2 * i < points.length; i += 1) {
      const [px, py] = this.onScreen(points.subarray(2 * i, 2 * i + 2));
      const d = Math.hypot(px - x, py - y);
      if (d < away) [index, away] = [i, d];
    }
    return { index, away, input: Array.from(inputs.subarray(index * n, index * n + n)) };
  }

  // Put the point on the input that now lands at a place of the screen. snap: on a point of the data that is tapped.
  put(space, x, y, snap = false) {
    const found = this.guesses(space).map((guess) => ({ ...guess, ...this.nearest(space, guess.inputs, guess.n, x, y) }));
    const best = found.reduce((p, q) => (q.away < p.away ? q : p));
    this.space = space;
    this.own = null;
    if (snap && best.away < 14) {
      this.own = best.label;
      this.point = best.input;
    } else {
      const { t } = space.at(this.x);
      const view = space.view(this.x);
      const land = (input) => this.onScreen(view.project(this.painter.spaces.moving(space, Float64Array.from(input), input.length).at(t)));
      const tries = [this.point?.length === best.input.length ? this.point : null, best.input].filter(Boolean)
        .map((guess) => inputLandingOn([x, y], land, guess));
      this.point = tries.reduce((p, q) => (q.miss < p.miss ? q : p)).input;
    }
    this.open();
    this.changed();
  }

  // ---- what is drawn over the film ----

  get pointOnScreen() {
    if (!this.point || !this.spaces.includes(this.space)) return null;
    const { space } = this;
    return this.onScreen(space.view(this.x).project(this.way.at(space.at(this.x).t)));
  }

  get way() {
    const { moves } = this.space.at(this.x);
    if (this.path?.point !== this.point || this.path.moves !== moves) {
      this.path = { point: this.point, moves, points: new MovingPoints(moves, Float64Array.from(this.point), this.point.length, {}, this.painter.spaces.trained) };
    }
    return this.path.points;
  }

  draw(ctx, x, dense) {
    const { space } = this;
    if (!space || !this.spaces.includes(space)) return;
    const { moved } = this.painter.frames(x, ctx.canvas.width, ctx.canvas.height);
    const land = (at) => {
      const scene = space.view(x).project(at);
      return [moved.left + moved.scale * scene[0], moved.top - moved.scale * scene[1]];
    };
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalAlpha = 1;
    if (this.layers) this.drawChanged(ctx, x, dense, moved);
    if (!this.point) return;
    const { t } = space.at(x);
    const whole = Math.max(1, Math.ceil(t));
    Object.assign(ctx, { strokeStyle: POINT, fillStyle: POINT, lineWidth: 2 * dense, lineJoin: "round" });
    range(whole).forEach((k) => {
      ctx.globalAlpha = Math.max(0.22, 1 - 0.2 * (whole - 1 - k));
      ctx.beginPath();
      for (let i = 0; i <= PATH; i += 1) ctx[i ? "lineTo" : "moveTo"](...land(this.way.at(Math.min(t, k + (i / PATH) * Math.min(1, t - k)))));
      ctx.stroke();
    });
    ctx.globalAlpha = 1;
    const disk = (at, radius) => {
      ctx.beginPath();
      ctx.arc(...at, radius * dense, 0, 2 * Math.PI);
    };
    disk(land(this.way.at(0)), 3);
    ctx.fill();
    disk(land(this.way.at(t)), 8);
    ctx.lineWidth = 3 * dense;
    ctx.fillStyle = this.colourOf(this.answer()) ?? "#000";
    ctx.fill();
    ctx.stroke();
  }

  // With other weights: rings around wrong points, and the readout's line once the last layer is reached.
  drawChanged(ctx, x, dense, moved) {
    const { space, layers } = this;
    const { t, moves } = space.at(x);
    ctx.strokeStyle = WRONG;
    ctx.lineWidth = 2 * dense;
    for (const { item, inputs, n, label } of this.data(space)) {
      const { points } = this.painter.samples(item, moved);
      for (let i = 0; i * n < inputs.length; i += 1) {
        if (answer(forward(layers, Array.from(inputs.subarray(i * n, i * n + n)))) === label) continue;
        ctx.beginPath();
        ctx.arc(moved.left + moved.scale * points[2 * i], moved.top - moved.scale * points[2 * i + 1], 8 * dense, 0, 2 * Math.PI);
        ctx.stroke();
      }
    }
    const { weight: [w], bias: [b] } = layers.at(-1);
    if (layers.at(-1).weight.length !== 1 || w.length !== 2 || t < moves.length - 0.01) return;
    const size = Math.hypot(...w);
    const foot = w.map((v) => (-b * v) / size ** 2);
    ctx.strokeStyle = "#fff";
    ctx.beginPath();
    for (const s of [-40, 40]) {
      const scene = space.view(x).project({ places: Float64Array.of(foot[0] - (s * w[1]) / size, foot[1] + (s * w[0]) / size), n: 2 });
      ctx[s < 0 ? "moveTo" : "lineTo"](moved.left + moved.scale * scene[0], moved.top - moved.scale * scene[1]);
    }
    ctx.stroke();
  }

  // ---- what the network says ----

  answer() {
    const layers = this.layersOf(this.space);
    if (!layers || layers[0].weight[0].length !== this.point.length) return null;
    return answer(forward(layers, this.point));
  }

  layersOf(space) {
    return this.layers ?? this.networkOf(space)?.layers ?? null;
  }

  colourOf(label) {
    const item = this.painter.items.find(({ told }) => told.label === label && told.kind === "dots");
    return item?.fill ? css(item.fill(this.x)) : null;
  }

  // The share of the data of a space that layers get right; null without data.
  right(space, layers) {
    let [right, all] = [0, 0];
    for (const { inputs, n, label } of this.data(space)) {
      if (layers[0].weight[0].length !== n) return null;
      for (let i = 0; i * n < inputs.length; i += 1, all += 1) {
        right += Number(answer(forward(layers, Array.from(inputs.subarray(i * n, i * n + n)))) === label);
      }
    }
    return all ? { share: right / all, right, all } : null;
  }

  // What can be measured here of the film's claims: [{ text, broken, said }], for a space with other weights.
  measured(space) {
    const trained = this.right(space, this.networkOf(space).layers);
    const now = this.right(space, this.layers);
    if (!trained || !now) return [];
    const said = `${now.right} of ${now.all} points are right now, as trained ${trained.right}`;
    return this.film.header.claims.filter(({ start }) => start <= this.film.currentTime + 0.01).flatMap(({ text, measured }) => {
      if (typeof measured.accuracy === "number" && Math.abs(measured.accuracy - trained.share) < LIKE) {
        return [{ text, said, broken: now.share < measured.accuracy - LIKE }];
      }
      if (measured.margin > 0 && trained.share === 1) return [{ text, said, broken: now.share < 1 }];
      return [];
    });
  }

  // ---- the panel ----

  toggle() {
    if (this.panel.hidden) {
      this.film.pause();
      this.open();
    } else {
      this.release();
    }
    this.film.controlsUi.refresh();
  }

  open() {
    this.space = this.spaces.includes(this.space) ? this.space : this.spaces.find((s) => this.networkOf(s)) ?? this.spaces[0] ?? null;
    const state = [this.film.header.spaces.indexOf(this.space?.told), this.painter.drawn(this.x).map(({ index }) => index).join()].join("|");
    if (this.panel.hidden || this.state !== state) this.fill();
    this.state = state;
    this.panel.hidden = false;
    focusable(this.film.canvas, Boolean(this.space));
    this.film.controlsUi.refresh();
  }

  // Give the film back as it is.
  release() {
    for (const space of this.painter.spaces.list) if (space.touched) space.release();
    this.painter.red = undefined;
    for (const item of this.hidden) this.painter.hidden.delete(item);
    this.hidden.clear();
    this.layers = this.point = this.own = null;
    this.panel.hidden = true;
    focusable(this.film.canvas, false);
    this.film.controlsUi.refresh();
    this.changed();
  }

  changed() {
    this.version += 1;
    this.describe();
    this.film.redraw();
  }

  fill() {
    const { panel, space } = this;
    this.said = make("p", { role: "status" });
    this.claims = make("div", { role: "status" });
    if (!space) {
      panel.replaceChildren(make("p", { textContent: "Nothing of a network is on the screen now." }));
      return;
    }
    const parts = [this.said];
    const last = space.moves.length;
    if (last) {
      const slider = make("input", { type: "range", min: "0", max: String(last), step: "0.01", value: String(space.at(this.x).t), ariaLabel: "Place in the network" });
      slider.dataset.own = "";
      slider.addEventListener("input", () => { space.hand.time = Number(slider.value); this.changed(); });
      this.slider = slider;
      this.now = make("span", { className: "small" });
      parts.push(make("div", { className: "travel" }, make("span", { textContent: "Layers" }), slider, this.now), this.stops());
    }
    parts.push(this.switches(), ...this.weights(), this.claims);
    parts.push(make("button", { type: "button", textContent: "Back to the film", onclick: () => { this.release(); this.film.focus(); } }));
    panel.replaceChildren(...parts);
    this.describe();
  }

  // Buttons that lead to the input and to the end of each layer.
  stops() {
    const { space } = this;
    const layers = [...new Set(space.moves.map(({ layer }) => layer))];
    const ends = layers.map((layer) => [`layer ${layer + 1}`, 1 + space.moves.findLastIndex((move) => move.layer === layer)]);
    return make("div", { role: "group", ariaLabel: "Go to" }, ...[["input", 0], ...ends].map(([textContent, time]) =>
      make("button", { type: "button", textContent, onclick: () => { space.hand.time = time; this.slider.value = String(time); this.changed(); } })));
  }

  switches() {
    const drawn = this.painter.drawn(this.x).concat([...this.hidden]);
    const labels = [...new Set(drawn.filter(({ told }) => told.label !== undefined).map(({ told }) => told.label))].sort((a, b) => a - b);
    const roles = [...new Set(drawn.map(({ told }) => told.role))].filter((role) => ["grid", "ghost", "boundary", "readout", "cube"].includes(role));
    const flip = (name, belongs) => {
      const box = make("input", { type: "checkbox", checked: ![...this.hidden].some(belongs) });
      box.addEventListener("change", () => {
        for (const item of this.painter.items.filter(belongs)) {
          this.hidden[box.checked ? "delete" : "add"](item);
          this.painter.hidden[box.checked ? "delete" : "add"](item);
        }
        this.changed();
      });
      return make("label", {}, box, name);
    };
    return make("fieldset", {}, make("legend", { textContent: "Show" }),
      ...labels.map((label) => flip(`class ${label}`, ({ told }) => told.label === label)),
      ...roles.map((role) => flip({ ghost: "ghost grid" }[role] ?? role, ({ told }) => told.role === role)));
  }

  weights() {
    const { space } = this;
    const network = this.networkOf(space);
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
        ...row.map((v, j) => field(v, `${name}, weight ${j + 1} of neuron ${i + 1}`, (value) => this.change(k, i, j, value))),
        make("td", { textContent: "+" }), field(bias[i], `${name}, bias of neuron ${i + 1}`, (value) => this.change(k, i, -1, value)))));
    });
    const as = make("button", { type: "button", textContent: "As trained", onclick: () => { this.layers = null; space.hand.moves = null; this.painter.red = undefined; this.fill(); this.changed(); } });
    return [make("details", {}, make("summary", { textContent: "Change a weight" }), make("div", { className: "travel" }, ...tables), as)];
  }

  // Weight j of neuron i of layer k; -1 is its bias.
  change(k, i, j, value) {
    const { space } = this;
    this.layers ??= structuredClone(this.networkOf(space).layers);
    if (j < 0) this.layers[k].bias[i] = value;
    else this.layers[k].weight[i][j] = value;
    space.hand.moves = movesOf(space.moves, this.layers);
    this.changed();
  }

  describe() {
    const { space, point } = this;
    if (!this.said || !space) return;
    const { t } = space.at(this.x);
    const move = space.moves[Math.min(Math.floor(t), space.moves.length - 1)];
    if (this.now) {
      this.now.textContent = t === 0 ? "input" : Number.isInteger(t) ? `after ${space.moves[t - 1].title}` : move.title;
      this.slider.ariaValueText = this.now.textContent;
      if (space.hand.time === null) this.slider.value = String(t);
    }
    this.said.textContent = point ? this.sentence(t) : "Drag or tap in the picture to put a point there.";
    this.judge();
  }

  sentence(t) {
    const { n, places } = this.way.at(t);
    const layers = this.layersOf(this.space);
    const own = this.own === null || this.own === undefined ? "" : ` of class ${this.own}`;
    const start = `The point ${tuple(this.point)}${own}${t > 0 ? ` is now at ${tuple(Array.from(places.subarray(0, n)))}` : ""}.`;
    if (!layers || layers[0].weight[0].length !== this.point.length) return start;
    const output = forward(layers, this.point);
    return `${start} The network’s output for it is ${tuple(output)}: class ${answer(output)}.`;
  }

  judge() {
    if (!this.layers) {
      this.claims.replaceChildren();
      return;
    }
    const found = this.measured(this.space);
    const now = this.right(this.space, this.layers);
    const lines = found.map(({ text, broken, said }) => make("p", broken ? { className: "broken" } : {}, `${broken ? "No longer: " : "Still: "}${text} (${said})`));
    if (now) lines.unshift(make("p", { textContent: `With these weights ${percent(now.share)} of the points are right.` }));
    lines.push(make("p", { className: "small", textContent: "Measured here, at the points of the film. It is not proved." }));
    this.claims.replaceChildren(...lines);
    const broken = new Set(found.filter((each) => each.broken).map(({ text }) => text.replace(/\s+/g, " ")));
    this.painter.red = this.painter.items.filter(({ told }) => told.text && [...broken].some((text) => text.includes(told.text.replace(/\s+/g, " ").trim())));
  }
}
