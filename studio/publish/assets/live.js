// The film, live: a slider through the trajectory, a point to drag, classes to switch on and off, space to turn.

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const SECONDS_A_MOVE = 1.3;
const smooth = (s) => s * s * (3 - 2 * s);
const unsmooth = (s) => 0.5 - Math.sin(Math.asin(1 - 2 * s) / 3);
const wholeAnd = (f) => (t) => Math.floor(t) + f(t - Math.floor(t)); // each move eased by itself
const [eased, uneased] = [wholeAnd(smooth), wholeAnd(unsmooth)];
const number = (v) => (Math.abs(v) < 0.005 ? 0 : v).toFixed(2).replace("-", "−");
const tuple = (values) => {
  if (values.length === 1) return number(values[0]);
  return `(${[...values.slice(0, values.length > 4 ? 3 : 4).map(number), ...(values.length > 4 ? ["…"] : [])].join(", ")})`;
};
const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

class Live {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.slider = root.querySelector("[type=range]");
    this.shown = { grid: true, boundary: true, loops: true, classes: [] };
    this.listen();
  }

  // Show one network from its beginning, W x + b as one move or taken apart.
  show(network, together = Boolean(network.together)) {
    const { inputs, points, labels } = network;
    const moves = together ? joined(network.moves) : network.moves;
    Object.assign(this, { network, moves, together });
    const data = new Carried(moves, points, inputs);
    const ends = range(moves.length + 1).map((t) => (points.length ? data.list(t) : [[1]]));
    const reach = ends.map((places) => Math.max(0.35, ...places.map((p) => Math.hypot(...p.slice(0, 3)))));
    Object.assign(this, {
      data, t: 0, camera: new Camera(range(moves.length + 1).map((t) => this.dimension(t) >= 3), reach),
      grid: this.lines(gridLines(inputs)),
      boundary: this.lines(network.boundary),
      loops: this.lines(network.loops),
      wrong: points.map((p, i) => !network.regression && answer(forward(network.layers, p)) !== labels[i]),
      point: points.length ? points[Math.floor(0.3 * points.length)] : Array(inputs).fill(0.4),
    });
    this.shown.classes = range(network.classes).map(() => true);
    this.slider.max = moves.length;
    this.root.querySelector(".travel").hidden = !moves.length;
    this.fillStops();
    this.fillSwitches();
    this.go(0);
  }

  lines(curves) {
    return { places: new Carried(this.moves, curves.flat(), this.network.inputs), lengths: curves.map((c) => c.length), curves };
  }

  // ---- where in the network ----

  go(t) {
    this.t = clamp(t, 0, this.moves.length);
    this.slider.value = this.t;
    this.describe();
    this.redraw();
  }

  // Has a layer just ended at t?
  atEnd(t) {
    const k = Math.ceil(t) - 1;
    return Number.isInteger(t) && t > 0 && this.moves[k + 1]?.layer !== this.moves[k].layer;
  }

  // How many numbers a point has at t: at the end of a layer as many as the layer has neurons.
  dimension(t) {
    if (t === 0) return this.network.inputs;
    const move = this.moves[Math.ceil(t) - 1];
    return this.atEnd(t) ? this.network.layers[move.layer].weight.length : move.ambient;
  }

  get now() {
    if (this.t === 0) return "Input";
    const move = this.moves[Math.ceil(this.t) - 1];
    const n = this.dimension(this.t);
    const drawn = n > 4 ? ` (neurons 1 to 3 of ${n} are drawn)` : n === 4 ? " (the fourth neuron is shown as colour)" : "";
    if (this.atEnd(this.t)) return `After layer ${move.layer + 1}${drawn}`;
    return `Layer ${move.layer + 1}: ${move.title}${move.detail ? ` ${move.detail}` : ""}${drawn}`;
  }

  // Travel to a time: smoothly move by move, or at once for readers who asked for less motion.
  travel(to, secondsAMove = Math.min(SECONDS_A_MOVE, 3 / Math.max(1, Math.abs(to - this.t)))) {
    this.halt();
    if (calm.matches || to === this.t) return this.go(to);
    const from = uneased(this.t);
    let began;
    const frame = (time) => {
      began ??= time;
      const gone = Math.min((time - began) / 1000 / secondsAMove, Math.abs(to - from));
      this.go(eased(from + Math.sign(to - from) * gone));
      if (gone < Math.abs(to - from)) this.travelling = requestAnimationFrame(frame);
      else this.halt(), this.go(to);
    };
    this.travelling = requestAnimationFrame(frame);
  }

  halt() {
    cancelAnimationFrame(this.travelling);
    this.playing = false;
    this.root.querySelector(".play").textContent = calm.matches ? "Next move" : "Play";
  }

  play() {
    if (this.playing) return this.halt();
    const end = this.moves.length;
    if (calm.matches) return this.go(this.t >= end ? 0 : Math.floor(this.t) + 1);
    if (this.t >= end) this.go(0);
    this.travel(end, SECONDS_A_MOVE);
    this.playing = true;
    this.root.querySelector(".play").textContent = "Pause";
  }

  // ---- the words beside the picture ----

  describe() {
    this.root.querySelector(".now").textContent = this.now;
    this.slider.setAttribute("aria-valuetext", this.now);
    const place = carried(this.moves, [this.point], this.t)[0].slice(0, this.dimension(this.t));
    const went = this.t > 0 ? ` is now at ${tuple(place)}` : "";
    const output = forward(this.network.layers, this.point);
    const verdict = this.network.regression ? "" : `: ${this.network.right === null ? "answer" : "class"} ${answer(output)}`;
    this.root.querySelector(".point").textContent =
      `The point ${tuple(this.point)}${went}. The network’s output for it is ${tuple(output)}${verdict}.`;
    for (const stop of this.root.querySelectorAll(".stops button")) {
      stop.setAttribute("aria-pressed", String(Number(stop.value) === this.t));
    }
  }

  fillStops() {
    const layers = [...new Set(this.moves.map((m) => m.layer))];
    const ends = layers.map((layer) => [`layer ${layer + 1}`, 1 + this.moves.findLastIndex((m) => m.layer === layer)]);
    const stops = this.root.querySelector(".stops");
    stops.replaceChildren(...[["input", 0], ...ends].map(([name, t]) =>
      element("button", { type: "button", value: t, textContent: name, onclick: () => this.travel(t) })));
    stops.hidden = !this.moves.length;
  }

  fillSwitches() {
    const flip = (name, on, change, marker) => {
      const box = element("input", { type: "checkbox", checked: on, onchange: () => { change(box.checked); this.redraw(); } });
      return element("label", {}, box, ...(marker ? [marker] : []), name);
    };
    const classes = this.shown.classes.map((on, label) => {
      const marker = element("span", { className: `marker ${MARKERS[label % MARKERS.length]}` });
      marker.style.background = classColour(label);
      return flip(`class ${label}`, on, (value) => { this.shown.classes[label] = value; }, marker);
    });
    const apart = flip("one move at a time", !this.together, (value) => {
      const layer = this.t > 0 ? this.moves[Math.ceil(this.t) - 1].layer : -1;
      const { point, shown } = this;
      this.show(this.network, !value);
      Object.assign(this, { point, shown });
      this.fillSwitches();
      this.root.querySelector(".switches").lastElementChild.querySelector("input")?.focus();
      this.go(1 + this.moves.findLastIndex((m) => m.layer === layer));
    });
    const { loops, regression } = this.network;
    const parts = ["grid", ...(regression ? [] : ["boundary"]), ...(loops.length ? ["loops"] : [])];
    const others = parts.map((part) => flip(part, this.shown[part], (value) => { this.shown[part] = value; }));
    const legend = element("span", { className: "legend" }, element("span", { className: "marker wrong" }), "answered wrong");
    const wrong = this.wrong.includes(true) ? [legend] : [];
    this.root.querySelector(".switches").replaceChildren(...classes, ...others, ...wrong, ...(this.moves.length ? [apart] : []));
  }

  // ---- the picture ----

  redraw() {
    this.pending ??= requestAnimationFrame(() => { this.pending = undefined; this.draw(); });
  }

  draw() {
    const size = { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
    const dense = Math.min(window.devicePixelRatio || 1, 2);
    const [wide, high] = [Math.round(size.width * dense), Math.round(size.height * dense)];
    if (this.canvas.width !== wide || this.canvas.height !== high) Object.assign(this.canvas, { width: wide, height: high });
    const ctx = this.canvas.getContext("2d", { alpha: false });
    ctx.setTransform(dense, 0, 0, dense, 0, 0);
    ctx.fillStyle = "#000000";
    ctx.fillRect(0, 0, size.width, size.height);
    this.facing = this.camera.facing(this.t, size.width, size.height);
    drawGhost(ctx, size, this.facing);
    if (this.shown.grid) this.drawLines(ctx, this.grid, COLOUR.grid, 1.5, this.network.inputs === 3 ? 0.45 : 0.85);
    if (this.shown.boundary) this.drawBoundary(ctx);
    drawData(ctx, this.dataOnScreen(), { radius: size.width < 500 ? 3.4 : 4.6, depth: this.facing.lean > 0.02 });
    if (this.shown.loops) this.drawLines(ctx, this.loops, COLOUR.loop, 2.5, 1);
    this.drawPoint(ctx);
    drawScaleBar(ctx, size, this.facing.unit);
    if (this.fourth) drawFourthLegend(ctx, size);
  }

  // Is a fourth coordinate shown as colour?
  get fourth() {
    return this.dimension(this.t) === 4;
  }

  drawLines(ctx, { places, lengths }, colour, width, opacity) {
    Object.assign(ctx, { strokeStyle: colour, lineWidth: width, globalAlpha: opacity });
    const points = this.facing.projectAll(places.at(this.t));
    let start = 0;
    for (const length of lengths) {
      strokeLine(ctx, points, false, start, start + length);
      start += length;
    }
    ctx.globalAlpha = 1;
  }

  drawBoundary(ctx) {
    this.drawLines(ctx, this.boundary, COLOUR.boundary, 2.5, 1);
    const arrived = this.moves.length ? smooth(clamp(this.t - this.moves.length + 1, 0, 1)) : 1;
    if (!this.network.regression) drawReadout(ctx, this.network.layers.at(-1), this.facing, arrived);
  }

  // Data in the colour of their class, of their target where that is a number, or of a fourth coordinate.
  dataOnScreen() {
    const { labels, regression } = this.network;
    const { places, n } = this.data.at(this.t);
    const { fourth } = this;
    const [least, most] = regression ? [Math.min(...labels), Math.max(...labels)] : [];
    const colour = (i) => {
      if (fourth) return fourthColour(places[4 * i + 3]);
      return regression ? fourthColour((2 * (labels[i] - least)) / (most - least || 1) - 1) : classColour(labels[i]);
    };
    return this.facing.projectAll({ places, n })
      .map((at, i) => ({ at, colour: colour(i), label: regression ? 1 : labels[i], wrong: this.wrong[i] }))
      .filter(({ label }) => regression || this.shown.classes[label]);
  }

  // The way of the point through one move, up to a share of it; whole moves are remembered until the point is moved.
  leg(k, share) {
    if (this.legs?.point !== this.point || this.legs.moves !== this.moves) {
      this.legs = { point: this.point, moves: this.moves, carried: new Carried(this.moves, [this.point]), whole: [] };
    }
    const walked = () => range(11).map((i) => this.legs.carried.at(k + (share * i) / 10));
    return share < 1 ? walked() : (this.legs.whole[k] ??= walked());
  }

  drawPoint(ctx) {
    const legs = range(Math.max(1, Math.ceil(this.t))).map((k) => this.leg(k, Math.min(1, this.t - k)));
    const way = legs.map((places) => places.map((place) => this.facing.projectAll(place)[0]));
    const colour = this.network.regression ? COLOUR.point : classColour(answer(forward(this.network.layers, this.point)));
    this.pointAt = way.at(-1).at(-1);
    drawPoint(ctx, way, this.pointAt, colour);
  }

  // ---- hands ----

  // Put the point on the input that now lands at the pointer. Three inputs need a third equation: it keeps its depth.
  put(x, y) {
    const deep = this.network.inputs === 3;
    const land = (input) => {
      const [px, py, near] = this.facing.project(carried(this.moves, [input], this.t)[0]);
      return deep ? [px, py, near * this.facing.unit] : [px, py];
    };
    const target = deep ? [x, y, this.pointAt[2] * this.facing.unit] : [x, y];
    const here = inputLandingOn(target, land, this.point);
    const best = here.miss < 3 || deep ? here : [here, inputLandingOn(target, land, this.nearestInput(x, y))].sort((a, b) => a.miss - b.miss)[0];
    this.point = best.input;
    this.describe();
    this.redraw();
  }

  nearestInput(x, y) {
    const inputs = this.grid.curves.flat();
    const away = this.facing.projectAll(this.grid.places.at(this.t)).map(([px, py]) => Math.hypot(px - x, py - y));
    return inputs[away.reduce((best, d, i) => (d < away[best] ? i : best), 0)];
  }

  nudge(axis, by) {
    if (axis >= this.network.inputs) return;
    this.point = this.point.map((v, i) => (i === axis ? clamp(v + by, -REACHABLE, REACHABLE) : v));
    this.describe();
    this.redraw();
  }

  listen() {
    const { canvas, slider } = this;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const near = (event, radius) => {
      const [x, y] = place(event);
      return this.pointAt && Math.hypot(x - this.pointAt[0], y - this.pointAt[1]) < radius;
    };
    // a finger on the point drags it; anywhere else it scrolls the page, as it should
    canvas.addEventListener("touchstart", (event) => {
      if (near(event.touches[0], 36)) event.preventDefault();
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      const touch = event.pointerType === "touch";
      const grabs = near(event, touch ? 36 : 20);
      const hold = grabs || (!touch && this.facing.lean < 0.5) ? "point" : this.facing.lean >= 0.5 ? "space" : "tap";
      this.held = { hold, x: event.clientX, y: event.clientY };
      this.halt();
      if (hold === "tap") return;
      canvas.setPointerCapture(event.pointerId);
      if (hold === "point" && !grabs) this.put(...place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.held) {
        canvas.classList.toggle("grab", Boolean(near(event, 20)));
      } else if (this.held.hold === "point") {
        this.put(...place(event));
      } else if (this.held.hold === "space") {
        this.camera.drag(event.clientX - this.held.x, event.clientY - this.held.y);
        Object.assign(this.held, { x: event.clientX, y: event.clientY });
        this.redraw();
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      if (this.held?.hold === "tap") this.put(...place(event));
      this.held = undefined;
    });
    canvas.addEventListener("pointercancel", () => { this.held = undefined; });
    canvas.addEventListener("keydown", (event) => this.key(event));
    slider.addEventListener("input", () => { this.halt(); this.go(Number(slider.value)); });
    this.root.querySelector(".play").addEventListener("click", () => this.play());
    calm.addEventListener("change", () => this.halt());
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const deeper = { PageUp: 1, PageDown: -1 };
    if (event.key in arrows && event.shiftKey) this.camera.drag(...arrows[event.key].map((v, i) => (i ? -12 : 12) * v));
    else if (event.key in arrows) arrows[event.key].forEach((by, axis) => by && this.nudge(axis, 0.05 * by));
    else if (event.key in deeper && this.network.inputs === 3) this.nudge(2, 0.05 * deeper[event.key]);
    else return;
    event.preventDefault();
    this.redraw();
  }
}

// Start: one live picture a page; a page with several networks has a list to choose from.
function startLive() {
  const root = document.querySelector(".live");
  if (!root) return;
  const networks = JSON.parse(document.getElementById("networks").textContent);
  const live = new Live(root);
  const choice = root.querySelector("select");
  choice?.addEventListener("change", () => live.show(networks[choice.selectedIndex]));
  live.show(networks[0]);
  live.halt();
  window.untangle = { live, networks, forward, carried, joined };
}
