// Touching a film that rests: a point to drag, space to turn, classes and grid to switch, weights to change.

import { focusable, pressed } from "./keys.js";
import { drawMarks } from "./marks.js";
import { movesOf } from "./moves.js";
import { answer, forward, MovingPoints } from "./network.js";
import { css } from "./paint.js";
import { Panel } from "./panel.js";
import { clamp, inputLandingOn } from "./probe.js";

const GRAB = 22; // CSS pixels around the point that take hold of it
const TAP = 5; // CSS pixels that a tap may move
const LEANT = 0.3; // radians of tilt from which on dragging turns space
const FIT = 0.9; // of the frame's half that points fill when the view is fitted to them
const FIRST_POINT = 0.3; // share of the data before the point that is shown first
const LIKE = 1e-6; // between the share of right answers that a claim has measured and that of the network as trained

export class Touch {
  constructor(film, panel) {
    Object.assign(this, { film, panel, version: 0, point: null, space: null, hidden: new Set(), layers: null });
    this.painter = film.painter;
    this.ui = new Panel(this, panel);
    const { canvas } = film;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    canvas.addEventListener("keydown", (event) => pressed(this, event), { signal });
    canvas.addEventListener("pointerdown", (event) => this.down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.moved(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.up(event), { signal });
    canvas.addEventListener("pointercancel", () => { this.held = null; }, { signal });
    canvas.addEventListener("touchstart", (event) => { if (this.near(event.touches[0], 36)) event.preventDefault(); }, { passive: false, signal });
    this.ui.fill();
  }

  close() {
    this.listeners.abort();
    this.panel.replaceChildren();
  }

  // ---- what there is to touch ----

  get x() {
    return this.film.x;
  }

  // Whether the panel is always open, and what is changed by hand stays while the film plays: the attribute `touch`.
  get pinned() {
    return this.film.hasAttribute("touch");
  }

  // Open the panel, with a point in the data that are drawn now.
  begin() {
    this.space = this.spaces.find((space) => this.networkOf(space)) ?? this.spaces[0] ?? null;
    const parts = this.space ? this.parts(this.space) : [];
    const all = parts.reduce((sum, { inputs, n }) => sum + inputs.length / n, 0);
    let at = Math.floor(FIRST_POINT * all);
    const own = parts.find(({ inputs, n }) => at < inputs.length / n || ((at -= inputs.length / n), false));
    const n = this.space && this.networkOf(this.space)?.layers[0].weight[0].length;
    this.point = own ? Array.from(own.inputs.subarray(at * own.n, (at + 1) * own.n)) : n ? Array(n).fill(0.4) : null;
    this.own = null;
    this.open();
    this.changed();
  }

  // The spaces of which something is drawn now.
  get spaces() {
    return [...new Set(this.painter.drawn(this.x).filter((item) => item.moved).map((item) => item.space))];
  }

  networkOf(space) {
    return space.told.network === null ? null : this.film.header.networks[space.told.network];
  }

  // The dots of a space that are drawn now: [{ item, label, inputs, n }].
  parts(space) {
    return this.painter.drawn(this.x).filter((item) => item.space === space && item.kind === "dots" && item.moved?.inputs && !item.moved.fixed)
      .map((item) => ({ item, label: item.told.label, inputs: item.moved.inputs, n: item.moved.n }));
  }

  // Those of them that are data with a class.
  data(space) {
    return this.parts(space).filter(({ label }) => label !== undefined);
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
    this.scale = moved.scale;
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
    if (this.pinned) this.film.pause();
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
    const parts = data.length ? data : this.parts(space);
    if (parts.length) return parts;
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
      const before = this.point?.length === best.input.length ? this.point : null;
      // of three inputs, the point keeps how near it is to the viewer
      const deep = before?.length === 3;
      const land = (input) => {
        const { scene, depths } = view.project(this.painter.spaces.moving(space, Float64Array.from(input), input.length).at(t), true);
        const at = this.onScreen(scene);
        return deep ? [...at, depths[0] * view.unit * this.scale] : at;
      };
      const target = deep ? [x, y, land(before)[2]] : [x, y];
      const tries = [before, best.input].filter(Boolean).map((guess) => inputLandingOn(target, land, guess));
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
    drawMarks(this, ctx, x, dense);
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
    const item = this.painter.items.find(({ told, space }) => told.label === label && told.kind === "dots" && space === this.space);
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
    if (this.panel.hidden || this.state !== state) this.ui.fill();
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
    if (this.pinned) {
      this.panel.hidden = true; // so that it is filled anew
      this.begin();
      return;
    }
    this.panel.hidden = true;
    focusable(this.film.canvas, false);
    this.film.controlsUi.refresh();
    this.changed();
  }

  asTrained() {
    this.layers = this.space.hand.moves = null;
    this.painter.red = undefined;
    this.changed();
  }

  changed() {
    this.version += 1;
    for (const space of this.painter.spaces.list) this.fit(space);
    this.ui.describe();
    this.ui.judge();
    this.film.redraw();
  }

  // Where a reader moves space by hand, have the view hold all dots: it gets smaller, never larger, than the film's own.
  fit(space) {
    const { hand } = space;
    hand.zoom = 1;
    if (hand.time === null && hand.moves === null) return;
    const [wide, high] = this.film.header.frame;
    const view = space.view(this.x);
    const { t } = space.at(this.x);
    for (const { inputs, n } of this.parts(space)) {
      const scene = view.project(this.painter.spaces.moving(space, inputs, n).at(t));
      for (let i = 0; i < scene.length; i += 2) {
        hand.zoom = Math.min(hand.zoom, (FIT * wide) / 2 / Math.abs(scene[i] - view.x), (FIT * high) / 2 / Math.abs(scene[i + 1] - view.y));
      }
    }
  }

  go(time) {
    const { film, space } = this;
    if (this.pinned) {
      const { plays, rate } = film.header;
      const { from, to } = this.painter.items.find((item) => item.space === space).told;
      const ends = [from, ...plays.filter((play) => play.to > from && play.to < to).map((play) => play.to)];
      const end = ends.find((x) => Math.abs(space.time(x)[0] - time) < LIKE);
      if (end !== undefined) {
        film.pause();
        film.currentTime = end / rate;
        return;
      }
    }
    space.hand.time = time;
    if (this.ui.slider) this.ui.slider.value = String(time);
    this.changed();
  }

  change(k, i, j, value) {
    const { space } = this;
    this.layers ??= structuredClone(this.networkOf(space).layers);
    if (j < 0) this.layers[k].bias[i] = value;
    else this.layers[k].weight[i][j] = value;
    space.hand.moves = movesOf(space.moves, this.layers);
    this.changed();
  }
}
