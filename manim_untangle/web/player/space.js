// The spaces of a film: where their points are at a time, and where the view puts them on the screen.

import { regrouped } from "./moves.js";
import { MovingPoints, forward } from "./network.js";
import { clamp } from "./probe.js";

const NEAREST = 0.3; // share of the eye's distance at which what comes nearer grows no more

// A view, as a function from places { places, n } to scene points in one row (x, y, x, y, …).
// numbers: 10, as in docs/timeline.md. turn, tilt: what a reader adds by dragging, in radians. zoom: a factor of its unit.
export class View {
  constructor(numbers, turn = 0, tilt = 0, zoom = 1) {
    const [logUnit, ownTurn, ownTilt, x, y, logEye, qx, qy, qz, qw] = numbers;
    Object.assign(this, { unit: zoom * Math.exp(logUnit), eye: Math.exp(logEye), x, y, tilt: ownTilt + tilt });
    const [c, s] = [Math.cos(ownTurn + turn), Math.sin(ownTurn + turn)];
    const [cc, ss] = [Math.cos(this.tilt), Math.sin(this.tilt)];
    const frame = [
      [1 - 2 * (qy * qy + qz * qz), 2 * (qx * qy - qz * qw), 2 * (qx * qz + qy * qw)],
      [2 * (qx * qy + qz * qw), 1 - 2 * (qx * qx + qz * qz), 2 * (qy * qz - qx * qw)],
      [2 * (qx * qz - qy * qw), 2 * (qy * qz + qx * qw), 1 - 2 * (qx * qx + qy * qy)],
    ];
    const about = [0, 1, 2].map((j) => [c * frame[0][j] - s * frame[1][j], s * frame[0][j] + c * frame[1][j], frame[2][j]]);
    this.rotation = [
      about.map((column) => column[0]),
      about.map((column) => cc * column[1] + ss * column[2]),
      about.map((column) => -ss * column[1] + cc * column[2]),
    ];
  }

  // Scene units of a unit of space that lies so near to the viewer.
  scaleAt(near) {
    return (this.unit * this.eye) / Math.max(this.eye - near, NEAREST * this.eye);
  }

  // Scene points, and with `deep` how near each one is to the viewer.
  project({ places, n }, deep = false) {
    const { unit, eye, x, y, rotation: [right, up, near] } = this;
    const count = places.length / n;
    const scene = new Float64Array(2 * count);
    const depths = deep ? new Float64Array(count) : null;
    const least = NEAREST * eye;
    for (let i = 0, k = 0; k < count; i += n, k += 1) {
      const p = places[i];
      const q = n > 1 ? places[i + 1] : 0;
      const r = n > 2 ? places[i + 2] : 0;
      const z = near[0] * p + near[1] * q + near[2] * r;
      const distance = eye - z;
      const scale = (unit * eye) / (distance > least ? distance : least);
      scene[2 * k] = x + (right[0] * p + right[1] * q + right[2] * r) * scale;
      scene[2 * k + 1] = y + (up[0] * p + up[1] * q + up[2] * r) * scale;
      if (deep) depths[k] = z;
    }
    return deep ? { scene, depths } : scene;
  }
}

// What a reader changes by hand: turn and tilt, the unit, the time, the moves by other weights, and whether W x + b is shown in
// the other way.
const untouched = () => ({ turn: 0, tilt: 0, zoom: 1, time: null, moves: null, other: false });

// A space: its time and its view at x, and what a reader changes by hand on top.
export class Space {
  constructor(timeline, told) {
    this.told = told;
    this.moves = told.moves;
    this.time = timeline.value(told.time);
    this.numbers = timeline.value(told.view);
    this.hand = untouched();
  }

  // The moves that count now, and how far along them space stands.
  at(x) {
    const moves = this.hand.moves ?? this.moves;
    const t = this.hand.time ?? this.time(x)[0];
    const other = this.hand.other && this.other;
    return other ? { moves: other.moves, t: other.at(t) } : { moves, t };
  }

  // The moves that count now, regrouped; null where they cannot be.
  get other() {
    const moves = this.hand.moves ?? this.moves;
    if (this.known?.moves !== moves) this.known = { moves, other: regrouped(moves) };
    return this.known.other;
  }

  view(x) {
    const numbers = this.numbers(x);
    const { turn, tilt, zoom } = this.hand;
    if (this.seen?.numbers !== numbers || this.seen.turn !== turn || this.seen.tilt !== tilt || this.seen.zoom !== zoom) {
      this.seen = { numbers, turn, tilt, zoom, view: new View(numbers, turn, tilt, zoom) };
    }
    return this.seen.view;
  }

  get touched() {
    const plain = untouched();
    return Object.keys(plain).some((name) => this.hand[name] !== plain[name]);
  }

  release() {
    this.hand = untouched();
  }
}

// The last hidden layer of a network that trains, at a share of its moments.
class Training {
  constructor(timeline, { layers }) {
    this.layers = layers.map(({ activation, weight, bias }) =>
      ({ activation, weight: timeline.array(weight), bias: timeline.array(bias) }));
    this.last = this.layers[0].weight.shape[0] - 1;
    this.depth = layers.length;
  }

  // The layers at a share of the moments, weights mixed linearly between two.
  at(share) {
    if (this.known?.share === share) return this.known.layers;
    const moment = clamp(share, 0, 1) * this.last;
    const k = Math.min(Math.floor(moment), Math.max(0, this.last - 1));
    const s = moment - k;
    const mixed = ({ data, shape }, row) => {
      const size = data.length / shape[0];
      const next = Math.min(k + 1, this.last);
      return Array.from({ length: row }, (_, i) => (1 - s) * data[k * size + i] + s * data[next * size + i]);
    };
    const layers = this.layers.map(({ activation, weight, bias }) => {
      const [, out, n] = weight.shape;
      const numbers = mixed(weight, out * n);
      return { activation, bias: mixed(bias, out), weight: Array.from({ length: out }, (_, i) => numbers.slice(i * n, (i + 1) * n)) };
    });
    this.known = { share, layers };
    return layers;
  }
}

// All spaces of a film.
export class Spaces {
  constructor(timeline) {
    this.timeline = timeline;
    this.list = timeline.header.spaces.map((told) => new Space(timeline, told));
    this.trainings = timeline.header.trainings.map((told) => new Training(timeline, told));
    // where a step `network` has the inputs
    this.trained = (step, t, { places, n }) => {
      const layers = this.trainings[step.training].at(step.share[0] * (1 - t) + step.share[1] * t).slice(0, -1);
      const { basis, centre } = step;
      const result = new Float64Array((places.length / n) * basis.length);
      for (let i = 0, to = 0; i < places.length; i += n, to += basis.length) {
        const h = forward(layers, Array.from(places.subarray(i, i + n)));
        basis.forEach((row, j) => { result[to + j] = row.reduce((sum, b, c) => sum + b * (h[c] - centre[c]), 0); });
      }
      return { places: result, n: basis.length };
    };
  }

  moving(space, places, n, stages = {}) {
    const { moves } = space.at(0);
    return new MovingPoints(moves, places, n, stages, this.trained);
  }

  // A function that gives the places of a part at x. told: `part_of`.
  part(told) {
    const space = this.list[told.space];
    if (told.ends !== undefined) return new Straight(this, space, this.timeline.array(told.ends));
    const { data, shape } = this.timeline.array(told.inputs);
    return new Part(this, space, data, shape[1], told);
  }
}

// Points of a space.
class Part {
  constructor(spaces, space, inputs, n, told) {
    Object.assign(this, { spaces, space, inputs, n, fixed: Boolean(told.fixed) });
    this.given = told.stages ?? {};
  }

  // { places, n } at x
  at(x) {
    const { moves, t } = this.space.at(x);
    if (this.fixed) return { places: this.inputs, n: this.n };
    if (this.moves !== moves) {
      const stages = {};
      if (moves === this.space.moves) {
        for (const [k, array] of Object.entries(this.given)) {
          const { data, shape } = this.spaces.timeline.array(array);
          stages[k] = { places: data, n: shape[1] };
        }
      }
      this.moves = moves;
      this.points = new MovingPoints(moves, this.inputs, this.n, stages, this.spaces.trained);
      this.known = undefined;
    }
    if (this.known?.t !== t) this.known = { t, at: this.points.at(t) };
    return this.known.at;
  }
}

const FIRST = 24; // pieces of a straight line before it is looked at
const FINEST = 1 / 4096; // of a line
const ROUNDS = 7;

// Straight lines of the inputs, sampled where their images bend. Samples are kept for each move, and grow on demand.
class Straight {
  constructor(spaces, space, { data, shape }) {
    Object.assign(this, { spaces, space, ends: data, lines: shape[0], n: shape[2], sets: new Map() });
  }

  // { points: scene points in one row, sizes } at x, with no chord farther than `error` scene units from the curve.
  // half: half of the width and height of what is seen around the scene's middle.
  at(x, view, error, half) {
    const { moves, t } = this.space.at(x);
    if (this.moves !== moves) {
      this.moves = moves;
      this.sets.clear();
      this.known = undefined;
    }
    if (this.known && this.known.t === t && this.known.view === view && this.known.error === error) return this.known;
    const k = Math.floor(t);
    let set = this.sets.get(k) ?? this.sampled(Array.from({ length: this.lines }, () => shares(FIRST)));
    let points;
    for (let round = 0; round < ROUNDS; round += 1) {
      points = view.project(set.points.at(t));
      const finer = this.finer(set, points, error, half);
      if (!finer) break;
      set = this.sampled(finer);
    }
    if (points.length !== 2 * set.count) points = view.project(set.points.at(t));
    this.sets.set(k, set);
    this.known = { t, view, error, points, sizes: set.sizes };
    return this.known;
  }

  sampled(shares) {
    const count = shares.reduce((sum, line) => sum + line.length, 0);
    const { n } = this;
    const inputs = new Float64Array(count * n);
    let to = 0;
    shares.forEach((line, l) => {
      const from = 2 * l * n;
      for (const s of line) {
        for (let j = 0; j < n; j += 1, to += 1) inputs[to] = (1 - s) * this.ends[from + j] + s * this.ends[from + n + j];
      }
    });
    return { shares, count, sizes: shares.map((line) => line.length), points: this.spaces.moving(this.space, inputs, n) };
  }

  // More shares where the curve leaves its chords by more than `error`; null where there are none.
  finer({ shares }, points, error, half) {
    let start = 0;
    let any = false;
    const result = shares.map((line) => {
      const from = start;
      start += line.length;
      let halve = null;
      for (let i = 1; i + 1 < line.length; i += 1) {
        const a = 2 * (from + i);
        const [bx, by] = [points[a], points[a + 1]];
        if (Math.abs(bx) > half[0] || Math.abs(by) > half[1]) continue;
        const [px, py, qx, qy] = [points[a - 2], points[a - 1], points[a + 2], points[a + 3]];
        // how far the middle sample is from the chord of its neighbours; the chords themselves are off by a quarter of it
        const off = Math.abs((qx - px) * (by - py) - (qy - py) * (bx - px)) / (Math.hypot(qx - px, qy - py) || 1);
        if (off <= 4 * error) continue;
        for (const j of [i - 1, i]) if (line[j + 1] - line[j] > FINEST) (halve ??= new Set()).add(j);
      }
      if (!halve) return line;
      any = true;
      return line.flatMap((s, j) => (halve.has(j) ? [s, (s + line[j + 1]) / 2] : [s]));
    });
    return any ? result : null;
  }
}

const shares = (count) => Array.from({ length: count + 1 }, (_, i) => i / count);
