// The network explorer: a slider through the trajectory, a point to drag, classes to switch on and off, space to turn.

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const SECONDS_A_MOVE = 1.3;
const smooth = (s) => s * s * (3 - 2 * s);
const unsmooth = (s) => 0.5 - Math.sin(Math.asin(1 - 2 * s) / 3);
const wholeAnd = (f) => (t) => Math.floor(t) + f(t - Math.floor(t)); // eases each move by itself
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

class Explorer extends Picture {
  constructor(root) {
    super();
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.slider = root.querySelector("[type=range]");
    this.shown = { grid: true, boundary: true, loops: true, classes: [] };
    listen(this);
  }

  // Show a network at t = 0. together: W x + b is one move, not stretch, turn and shift one by one.
  show(network, together = Boolean(network.together)) {
    const { inputs, points, labels } = network;
    const moves = together ? joined(network.moves) : network.moves;
    Object.assign(this, { network, moves, together });
    const data = new MovingPoints(moves, points, inputs);
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
    fillStops(this);
    fillSwitches(this);
    this.go(0);
  }

  lines(curves) {
    return { places: new MovingPoints(this.moves, curves.flat(), this.network.inputs), lengths: curves.map((c) => c.length), curves };
  }

  // ---- the time t: 0 is the input, k is the end of move k ----

  go(t) {
    this.t = clamp(t, 0, this.moves.length);
    this.slider.value = this.t;
    this.describe();
    this.redraw();
  }

  // Whether a layer ends at t.
  atEnd(t) {
    const k = Math.ceil(t) - 1;
    return Number.isInteger(t) && t > 0 && this.moves[k + 1]?.layer !== this.moves[k].layer;
  }

  // How many coordinates a point has at t: at the end of a layer as many as the layer has neurons.
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

  // Go to a time: smoothly, move by move, or at once for readers who asked for less motion.
  travel(to, secondsAMove = Math.min(SECONDS_A_MOVE, 3 / Math.max(1, Math.abs(to - this.t)))) {
    this.halt();
    if (calm.matches || to === this.t) return this.go(to), this.announce();
    const from = uneased(this.t);
    let began;
    const frame = (time) => {
      began ??= time;
      const gone = Math.min((time - began) / 1000 / secondsAMove, Math.abs(to - from));
      this.go(eased(from + Math.sign(to - from) * gone));
      if (gone < Math.abs(to - from)) this.travelling = requestAnimationFrame(frame);
      else this.halt(), this.go(to), this.announce();
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
    if (calm.matches) return this.travel(this.t >= end ? 0 : Math.floor(this.t) + 1);
    if (this.t >= end) this.go(0);
    this.travel(end, SECONDS_A_MOVE);
    this.playing = true;
    this.root.querySelector(".play").textContent = "Pause";
  }

  // ---- the text beside the picture ----

  // For screen readers: only when something has come to rest, not sixty times a second.
  announce() {
    this.root.querySelector(".announcement").textContent = `${this.now}. ${this.root.querySelector(".point").textContent}`;
  }

  describe() {
    this.root.querySelector(".now").textContent = this.now;
    this.slider.setAttribute("aria-valuetext", this.now);
    const place = pointsAt(this.moves, [this.point], this.t)[0].slice(0, this.dimension(this.t));
    const went = this.t > 0 ? ` is now at ${tuple(place)}` : "";
    const output = forward(this.network.layers, this.point);
    const verdict = this.network.regression ? "" : `: ${this.network.right === null ? "answer" : "class"} ${answer(output)}`;
    this.root.querySelector(".point").textContent =
      `The point ${tuple(this.point)}${went}. The network’s output for it is ${tuple(output)}${verdict}.`;
    for (const stop of this.root.querySelectorAll(".stops button")) {
      stop.setAttribute("aria-pressed", String(Number(stop.value) === this.t));
    }
  }
}

// A page has one explorer. A page with several networks has a list to choose from.
function startExplorer() {
  const root = document.querySelector(".explorer");
  if (!root) return;
  const networks = JSON.parse(document.getElementById("networks").textContent);
  const explorer = new Explorer(root);
  const choice = root.querySelector("select");
  choice?.addEventListener("change", () => explorer.show(networks[choice.selectedIndex]));
  explorer.show(networks[0]);
  explorer.halt();
  window.untangle = { explorer, networks, forward, pointsAt, joined };
}

startExplorer();
