// Draws a film's items on a canvas, at any time and size. Lengths are scene units until they are drawn: y points upwards.

import { Outlines, partOfCurves, pathOf, strokesOfPart } from "./outline.js";
import { clamp } from "./probe.js";
import { Spaces } from "./space.js";
import { drawTubes, hue } from "./tubes.js";

const ERROR = 0.3; // pixels: how far a chord of a straight line may be from its image
const STRAIGHT = 0.1; // pixels: how far samples that are left out may be from a line
const MOST_PATHS = 48; // dots that are drawn one by one; more come from sprites
const FEW = 4; // items that stand still one after another, from which on their picture is kept
const MOST_KEPT = 3; // such pictures
const PHASES = 4; // sprites of a marker along each axis: its centre is right within an eighth of a pixel

const known = new Map();
const NAMES_KEPT = 4000;

// The CSS name of row `i` of colours; opacity is a factor.
export function css(colours, i = 0, opacity = 1) {
  const [r, g, b, a] = [colours[4 * i], colours[4 * i + 1], colours[4 * i + 2], colours[4 * i + 3] * opacity];
  const key = ((Math.round(r) * 256 + Math.round(g)) * 256 + Math.round(b)) * 1024 + Math.round(a * 4);
  let name = known.get(key);
  if (!name) {
    if (known.size > NAMES_KEPT) known.clear();
    name = `rgba(${Math.round(r)} ${Math.round(g)} ${Math.round(b)} / ${(a / 255).toFixed(4)})`;
    known.set(key, name);
  }
  return name;
}

const VALUES = ["place", "opacity", "fade", "fill", "stroke", "gradient", "width", "behind", "behind_width", "part", "clip", "depth", "layer", "frame",
  "points", "radius", "corners", "fourth", "cut", "sheet", "pink", "wrong"];

// What is drawn of a film, ready to be asked for any time.
export class Painter {
  constructor(timeline) {
    this.timeline = timeline;
    this.header = timeline.header;
    this.spaces = new Spaces(timeline);
    this.outlines = new Outlines(timeline);
    this.camera = this.header.camera && timeline.value(this.header.camera.frame ?? this.header.camera.view);
    this.background = timeline.value(this.header.background);
    this.items = this.header.items.map((told, index) => this.prepared(told, index));
    this.sprites = new Map();
    this.hidden = new Set(); // items that a reader switched off
    this.layers = [];
    this.kept = new Map();
  }

  prepared(told, index) {
    const item = { told, index, kind: told.kind };
    for (const name of VALUES) {
      const plain = told.kind === "tubes" && name === "radius"; // a length that never changes
      if (told[name] !== undefined && !plain) item[name] = this.timeline.value(told[name]);
    }
    if (told.part_of) {
      item.moved = this.spaces.part(told.part_of);
      item.space = this.spaces.list[told.part_of.space];
    } else if (told.space !== undefined) item.space = this.spaces.list[told.space];
    if (told.colours && told.kind !== "tubes") item.colours = this.timeline.value(told.colours);
    return item;
  }

  // The items that are drawn at x, in their order.
  drawn(x) {
    const now = clamp(x, 0, this.header.frames - 1e-6);
    const shown = this.items.filter((item) => item.told.from <= now && now < item.told.to && !this.hidden.has(item));
    if (!shown.some((item) => item.depth || item.layer)) return shown;
    const r = this.camera?.(x);
    const key = (item) => {
      const p = item.depth?.(x);
      return [item.layer?.(x)[0] ?? 0, p ? r[6] * p[0] + r[7] * p[1] + r[8] * p[2] : Infinity];
    };
    const keys = new Map(shown.map((item) => [item, key(item)]));
    return shown.sort((p, q) => {
      const [[a, b], [c, d]] = [keys.get(p), keys.get(q)];
      return a - c || (b === d ? 0 : b - d);
    });
  }

  // Where scene units land: the scale and the pixel of the origin, for what the camera moves and for what it does not.
  frames(x, width, height) {
    const [wide, high] = this.header.frame;
    const still = placeOf([0, 0, high, wide], width, height);
    return { still, moved: this.header.camera?.kind === "flat" ? placeOf(this.seen(this.camera(x)), width, height) : still };
  }

  // Middle, height and width of what a camera of the plane sees.
  seen([x, y, tall, broad = (tall * this.header.frame[0]) / this.header.frame[1]]) {
    return [x, y, tall, broad];
  }

  // Draw the film at x (in frames) on a canvas of this size in pixels.
  draw(ctx, x, width, height) {
    const { camera, frame } = this.header;
    if (camera?.kind === "flat") {
      // what a camera stretches is drawn without that, then stretched
      const [, , tall, broad] = this.seen(this.camera(clamp(x, 0, this.header.frames)));
      const high = Math.round((height * tall * frame[0]) / (broad * frame[1]));
      if (Math.abs(high - height) > 1 && !ctx.stretched) {
        const beside = new OffscreenCanvas(width, high);
        const own = Object.assign(beside.getContext("2d", { alpha: false }), { stretched: true });
        this.draw(own, x, width, high);
        ctx.setTransform(1, 0, 0, 1, 0, 0);
        ctx.drawImage(beside, 0, 0, width, height);
        return;
      }
    }
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalAlpha = 1;
    ctx.clearRect(0, 0, width, height);
    this.x = clamp(x, 0, this.header.frames);
    ctx.fillStyle = css(this.background(this.x));
    ctx.fillRect(0, 0, width, height);
    this.size = [width, height];
    this.places = this.frames(this.x, width, height);
    const shown = this.drawn(this.x);
    for (const [run, key] of this.runs(shown)) {
      if (key) this.fromKept(ctx, run, key);
      else this.paint(ctx, run);
    }
    for (const [key, layer] of this.kept) if (layer.used !== this.draws) this.kept.delete(key);
  }

  // Items in runs: [items, key]. A run with a key has stood still since the last drawing, and its picture is kept.
  runs(shown) {
    this.draws = (this.draws ?? 0) + 1;
    const frame = [...this.size, this.places.moved.scale, this.places.moved.left, this.places.moved.top].join();
    const runs = [];
    for (const item of shown) {
      const still = this.stands(item, frame);
      const last = runs.at(-1);
      // what fades as one picture stays together
      const together = last && typeof item.told.fade === "number" && last.items.at(-1).told.fade === item.told.fade;
      if (last && (last.still === still || together)) {
        last.items.push(item);
        last.still &&= still;
      } else runs.push({ still, items: [item] });
    }
    // blending a picture costs as much as a few shapes: only what is small and has many is worth it
    const worth = runs.filter(({ still, items }) => still && items.length >= FEW && items.every(({ kind }) => kind === "path"))
      .sort((p, q) => q.items.length - p.items.length);
    const chosen = new Set(worth.slice(0, MOST_KEPT));
    return runs.map((run) => [run.items, chosen.has(run) ? `${run.items.map(({ index }) => index).join()}|${frame}` : ""]);
  }

  // Whether an item looks as it did when it was last drawn, and was drawn then.
  stands(item, frame) {
    const now = [frame, this.red?.includes(item), item.picture];
    for (const name of VALUES) if (item[name]) now.push(item[name](this.x));
    if (item.colours) now.push(item.colours(this.x));
    if (item.space) {
      const { moves, t } = item.space.at(this.x);
      now.push(moves, t, item.space.view(this.x));
    }
    if (this.header.camera?.kind === "space") now.push(this.camera(this.x));
    const before = item.before;
    item.before = { now, draws: this.draws };
    return before?.draws === this.draws - 1 && before.now.length === now.length && now.every((value, i) => value === before.now[i]);
  }

  fromKept(ctx, run, key) {
    let layer = this.kept.get(key);
    if (!layer) {
      const [left, top, right, bottom] = this.pixels(run);
      if (!(right > left && bottom > top)) return;
      layer = new OffscreenCanvas(right - left, bottom - top);
      this.shifted(left, top, layer, () => this.paint(layer.getContext("2d"), run));
      Object.assign(layer, { left, top });
      this.kept.set(key, layer);
    }
    layer.used = this.draws;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalAlpha = 1;
    ctx.drawImage(layer, layer.left, layer.top);
  }

  // Draw on a layer whose corner lies at these pixels of the picture.
  shifted(left, top, layer, drawing) {
    const { size, places } = this;
    const moved = (place) => ({ ...place, left: place.left - left, top: place.top - top });
    this.size = [layer.width, layer.height];
    this.places = { still: moved(places.still), moved: moved(places.moved) };
    drawing();
    Object.assign(this, { size, places });
  }

  // The pixels that a run of paths can touch: [left, top, right, bottom].
  pixels(run) {
    const [width, height] = this.size;
    const all = [width, height, 0, 0];
    for (const item of run) {
      const box = this.box(item);
      const { scale, left, top } = item.told.camera === false ? this.places.still : this.places.moved;
      const wide = Math.max(0, ...["width", "behind_width"].map((name) => (item[name] ? item[name](this.x)[0] : 0)));
      const edge = 2 + scale * wide * 5; // the tip of a mitred corner
      all[0] = Math.min(all[0], left + scale * box[0] - edge);
      all[1] = Math.min(all[1], top - scale * box[3] - edge);
      all[2] = Math.max(all[2], left + scale * box[2] + edge);
      all[3] = Math.max(all[3], top - scale * box[1] + edge);
    }
    return [Math.max(0, Math.floor(all[0])), Math.max(0, Math.floor(all[1])), Math.min(width, Math.ceil(all[2])), Math.min(height, Math.ceil(all[3]))];
  }

  // Draw items, one after another.
  paint(ctx, shown) {
    for (let i = 0; i < shown.length;) {
      const first = shown[i];
      const fade = first.fade ? clamp(first.fade(this.x)[0], 0, 1) : 1;
      let end = i + 1;
      if (typeof first.told.fade === "number") {
        while (end < shown.length && shown[end].told.fade === first.told.fade) end += 1;
      }
      const group = shown.slice(i, end);
      i = end;
      if (fade <= 0.001) continue;
      if (fade >= 0.999) group.forEach((item) => this.item(ctx, item, 1));
      else if (group.length === 1 && this.flat(first)) this.item(ctx, first, fade);
      else this.blended(ctx, group, fade);
    }
  }

  // Whether an item covers no pixel twice, so that it can be drawn faded.
  flat(item) {
    return item.kind === "path" && !item.behind && (!item.fill || !item.width || this.none(item.fill));
  }

  none(colour) {
    const value = colour(this.x);
    return value.length === 4 && value[3] === 0;
  }

  // Items drawn whole beside the canvas, then blended onto it.
  blended(ctx, group, opacity) {
    const [left, top, right, bottom] = group.every(({ kind }) => kind === "path") ? this.pixels(group) : [0, 0, ...this.size];
    const [width, height] = [right - left, bottom - top];
    if (!(width > 0 && height > 0)) return;
    const free = this.layers.findIndex((layer) => layer.width === width && layer.height === height);
    const layer = free < 0 ? new OffscreenCanvas(width, height) : this.layers.splice(free, 1)[0];
    layer.ctx ??= layer.getContext("2d");
    layer.ctx.setTransform(1, 0, 0, 1, 0, 0);
    layer.ctx.clearRect(0, 0, width, height);
    this.shifted(left, top, layer, () => group.forEach((item) => this.item(layer.ctx, item, 1)));
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalAlpha = opacity;
    ctx.drawImage(layer, left, top);
    ctx.globalAlpha = 1;
    this.layers.push(layer);
    if (this.layers.length > MOST_KEPT) this.layers.shift();
  }

  // Draw an item; share: a factor of all its opacities.
  item(ctx, item, share) {
    const opacity = item.opacity ? share * clamp(item.opacity(this.x)[0], 0, 1) : share;
    if (opacity <= 0.001) return;
    const place = item.told.camera === false ? this.places.still : this.places.moved;
    const clipped = Boolean(item.clip);
    if (clipped) {
      const [left, bottom, right, top] = item.clip(this.x);
      ctx.save();
      this.on(ctx, place);
      ctx.beginPath();
      ctx.rect(left, bottom, right - left, top - bottom);
      ctx.clip();
    }
    this[item.kind](ctx, item, place, opacity);
    if (clipped) ctx.restore();
  }

  // Let the context draw in scene units.
  on(ctx, { scale, left, top }, own) {
    if (!own) ctx.setTransform(scale, 0, 0, -scale, left, top);
    else if (own.length === 2) ctx.setTransform(scale, 0, 0, -scale, left + scale * own[0], top - scale * own[1]);
    else {
      const [a, b, c, d, e, f] = own;
      ctx.setTransform(scale * a, -scale * b, scale * c, -scale * d, left + scale * e, top - scale * f);
    }
  }

  // Points of an item in scene units, in one row, after its own place and, in three dimensions, after the camera.
  scene(item, points) {
    const axes = item.told.axes ?? 2;
    const spatial = this.header.camera?.kind === "space" && item.told.camera !== false;
    let flat = points;
    if (spatial) flat = seen(points, axes, this.camera(this.x));
    else if (axes === 3) flat = Float64Array.from({ length: (2 * points.length) / 3 }, (_, i) => points[3 * (i >> 1) + (i & 1)]);
    const own = item.place?.(this.x);
    return own ? placed(flat, own) : flat;
  }

  // ---- each kind ----

  path(ctx, item, place, opacity) {
    const { told } = item;
    let own = item.place?.(this.x);
    const spatial = this.header.camera?.kind === "space" && told.camera !== false;
    const part = item.part?.(this.x);
    const whole = !part || (part[0] <= 0 && part[1] >= 1);
    let path;
    if (told.outlines && !spatial && whole) path = item.path ??= this.outlines.path(told.outlines, told.at);
    else {
      const points = told.outlines ? (item.curves ??= this.outlines.curves(told.outlines, told.at)) : null;
      const raw = points ? points.points : item.points(this.x);
      const sizes = points ? points.sizes : told.curves;
      if (whole && !spatial && item.made?.raw === raw) path = item.made.path;
      else {
        const flat = spatial ? this.scene(item, raw) : told.axes === 3 ? seen(raw, 3, null) : raw;
        path = whole ? pathOf(flat, sizes) : partOfCurves(flat, sizes, part[0], part[1]);
        if (whole && !spatial) item.made = { raw, path };
      }
      if (spatial) own = null;
    }
    const fills = item.fill && !this.none(item.fill);
    const width = item.width ? item.width(this.x)[0] : 0;
    const strokes = width > 0 && item.stroke && !this.none(item.stroke);
    const backing = item.behind_width ? item.behind_width(this.x)[0] : 0;
    ctx.globalAlpha = 1;
    if (fills && !(backing > 0)) {
      this.on(ctx, place, own);
      ctx.fillStyle = this.ink(ctx, item, item.fill, opacity);
      ctx.fill(path);
      if (!strokes) return;
    }
    // the width of a stroke stays what it is, however the shape is placed
    let stroked = path;
    if (own && own.length === 6) {
      stroked = new Path2D();
      stroked.addPath(path, new DOMMatrix(Array.from(own)));
      this.on(ctx, place);
    } else this.on(ctx, place, own);
    Object.assign(ctx, { lineJoin: told.join ?? "miter", lineCap: told.cap ?? "butt", miterLimit: 10 });
    if (backing > 0) {
      ctx.lineWidth = backing;
      ctx.strokeStyle = this.ink(ctx, item, item.behind, opacity);
      ctx.stroke(stroked);
      if (fills) {
        ctx.fillStyle = this.ink(ctx, item, item.fill, opacity);
        ctx.fill(stroked);
      }
    }
    if (strokes) {
      ctx.lineWidth = width;
      ctx.strokeStyle = this.ink(ctx, item, item.stroke, opacity);
      ctx.stroke(stroked);
    }
  }

  // A colour, or a gradient of several.
  ink(ctx, item, value, opacity) {
    if (this.red?.includes(item)) return "#ff7a6b"; // a sentence that a reader has broken
    const colours = value(this.x);
    if (colours.length === 4 || !item.gradient) return css(colours, 0, opacity);
    const ends = item.gradient(this.x);
    const camera = this.header.camera?.kind === "space" && item.told.camera !== false ? this.camera(this.x) : null;
    const gradient = ctx.createLinearGradient(...(ends.length === 6 ? seen(ends, 3, camera) : ends));
    const last = colours.length / 4 - 1;
    for (let i = 0; i <= last; i += 1) gradient.addColorStop(i / last, css(colours, i, opacity));
    return gradient;
  }

  // The scene points of an item's samples or centres, in one row, and the number of each line's.
  samples(item, place) {
    const { told, moved } = item;
    if (!moved) return { points: this.scene(item, item.points(this.x)), sizes: told.sizes };
    const view = item.space.view(this.x);
    const own = item.place?.(this.x);
    if (moved.ends) {
      const half = [place.half[0] + Math.abs(place.middle[0]), place.half[1] + Math.abs(place.middle[1])];
      const { points, sizes } = moved.at(this.x, view, ERROR / place.scale, half);
      return { points: own ? placed(points, own) : points, sizes };
    }
    const at = moved.at(this.x);
    if (item.projected?.at !== at || item.projected.view !== view) item.projected = { at, view, points: view.project(at) };
    const { points } = item.projected;
    return { points: own ? placed(points, own) : points, sizes: told.sizes ?? [points.length / 2] };
  }

  lines(ctx, item, place, opacity) {
    const { told } = item;
    const { points, sizes } = this.samples(item, place);
    const part = item.part?.(this.x) ?? [0, 1];
    this.on(ctx, place);
    if (item.fill && !this.none(item.fill)) {
      ctx.globalAlpha = 1;
      ctx.fillStyle = css(item.fill(this.x), 0, opacity);
      fill(ctx, points, sizes);
    }
    const join = told.join ?? "round";
    const coats = [[item.behind, item.behind_width], [item.colours ?? item.stroke, item.width]];
    for (const [ink, width] of coats) {
      const wide = width ? width(this.x)[0] : 0;
      if (!(wide > 0) || !ink) continue;
      // a round join of a thin line cannot be told from a bevelled one, and takes far longer
      const thin = join === "round" && wide * place.scale < 4;
      Object.assign(ctx, { lineWidth: wide, lineJoin: thin ? "bevel" : join, lineCap: told.cap ?? "butt", globalAlpha: 1, miterLimit: 10 });
      const colours = ink(this.x);
      if (colours.length > 4) shaded(ctx, points, sizes, colours, opacity, told.closed);
      else {
        ctx.strokeStyle = css(colours, 0, opacity);
        stroke(ctx, points, sizes, part, told.closed, place);
      }
    }
  }

  dots(ctx, item, place, opacity) {
    if (!item.told.deep || !item.space.view(this.x).tilt) {
      this.some(ctx, item, place, opacity);
      return;
    }
    const all = this.drawn(this.x).filter(({ told, space }) => told.deep && space === item.space);
    if (all[0] === item) this.sorted(ctx, all, place, opacity);
  }

  // Dots of several items, the farthest first.
  sorted(ctx, items, place, opacity) {
    const all = items.flatMap((item) =>
      Array.from(item.space.view(this.x).project(item.moved.at(this.x), true).depths, (near, i) => ({ item, i, near })));
    all.sort((p, q) => p.near - q.near);
    for (let from = 0; from < all.length;) {
      const { item } = all[from];
      let to = from;
      while (all[to]?.item === item) to += 1;
      this.some(ctx, item, place, opacity, all.slice(from, to).map(({ i }) => i));
      from = to;
    }
  }

  // Dots of an item; chosen: which, in the order of drawing.
  some(ctx, item, place, opacity, chosen) {
    const { points } = this.samples(item, place);
    const count = points.length / 2;
    const [from, to] = (item.part?.(this.x) ?? [0, 1]).map((share) => Math.round(clamp(share, 0, 1) * count));
    const radius = item.radius(this.x)[0];
    const marker = item.told.marker;
    const width = item.width ? item.width(this.x)[0] : 0;
    const edge = width > 0 && item.stroke ? item.stroke(this.x) : null;
    const order = chosen ?? this.order(item, from, to, points);
    const own = item.colours?.(this.x) ?? item.fill?.(this.x) ?? new Float64Array(4);
    const colours = item.fourth && item.fourth(this.x)[0] > 0 ? this.tinted(item, own, count) : own;
    if (item.behind_width && item.behind_width(this.x)[0] > 0) {
      this.markers(ctx, place, order, points, { radius, marker, width: item.behind_width(this.x)[0], edge: item.behind(this.x) }, opacity);
    }
    this.markers(ctx, place, order, points, { radius, marker, width, edge, colours }, opacity, Boolean(item.radius && typeof item.told.radius === "number"));
  }

  // Colours of dots, mixed with those of the fourth number that each has now.
  tinted(item, own, count) {
    const at = item.moved.at(this.x);
    const { places, n } = at;
    const { fourth_colours: ends, fourth_stop: stop = 1 } = item.told;
    const share = item.fourth(this.x)[0];
    if (item.tint?.at === at && item.tint.share === share && item.tint.own === own) return item.tint.colours;
    const result = new Float64Array(4 * count);
    for (let i = 0; i < count; i += 1) {
      const other = hue(n > 3 ? places[n * i + 3] : 0, ends, stop);
      for (let c = 0; c < 4; c += 1) result[4 * i + c] = (1 - share) * own[(4 * i + c) % own.length] + share * other[c];
    }
    item.tint = { at, share, own, colours: result };
    return result;
  }

  // Small pictures, one below the other in one file.
  pictures(ctx, item, place, opacity) {
    const sheet = this.bitmap(item);
    if (!sheet) return;
    const { points } = this.samples(item, place);
    const [from, to] = (item.part?.(this.x) ?? [0, 1]).map((share) => Math.round((clamp(share, 0, 1) * points.length) / 2));
    const [width, height] = item.told.size;
    const { scale, left, top } = place;
    const side = (2 * item.radius(this.x)[0] * scale) / Math.max(width, height);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    Object.assign(ctx, { globalAlpha: opacity, imageSmoothingEnabled: false });
    for (const i of this.order(item, from, to, points)) {
      const [x, y] = [left + scale * points[2 * i] - (side * width) / 2, top - scale * points[2 * i + 1] - (side * height) / 2];
      ctx.drawImage(sheet, 0, i * height, width, height, Math.round(x), Math.round(y), side * width, side * height);
    }
    Object.assign(ctx, { globalAlpha: 1, imageSmoothingEnabled: true });
  }

  // The centres in the order in which they are drawn: with a camera in space the farthest first.
  order(item, from, to, points) {
    const order = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i).filter((i) => Number.isFinite(points[2 * i]));
    if (this.header.camera?.kind !== "space" || item.told.axes !== 3 || item.told.camera === false) return order;
    const r = this.camera(this.x);
    const p = item.points(this.x);
    const near = (i) => r[6] * p[3 * i] + r[7] * p[3 * i + 1] + r[8] * p[3 * i + 2];
    return order.sort((i, j) => near(i) - near(j));
  }

  markers(ctx, place, order, points, look, opacity) {
    const { radius, marker, width, edge, colours } = look;
    const one = !colours || colours.length === 4;
    const { scale, left, top } = place;
    ctx.globalAlpha = 1;
    if (one && order.length > MOST_PATHS) {
      const sprite = this.sprite(marker, radius * scale, colours, edge, width * scale, opacity);
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      const { side, middle, image } = sprite;
      for (const i of order) {
        const [px, py] = [left + scale * points[2 * i] - middle, top - scale * points[2 * i + 1] - middle];
        if (px < -side || py < -side || px > this.size[0] || py > this.size[1]) continue;
        const [qx, qy] = [Math.round(px * PHASES), Math.round(py * PHASES)];
        const [ix, iy] = [Math.floor(qx / PHASES), Math.floor(qy / PHASES)];
        ctx.drawImage(image, (qx - ix * PHASES) * side, (qy - iy * PHASES) * side, side, side, ix, iy, side, side);
      }
      return;
    }
    const path = markerPath(marker);
    const size = radius * scale;
    ctx.lineJoin = "miter";
    ctx.lineWidth = (width * scale) / size;
    if (edge) ctx.strokeStyle = css(edge, 0, opacity);
    if (colours && one) ctx.fillStyle = css(colours, 0, opacity);
    for (const i of order) {
      ctx.setTransform(size, 0, 0, -size, left + scale * points[2 * i], top - scale * points[2 * i + 1]);
      if (colours) {
        if (!one) ctx.fillStyle = css(colours, i, opacity);
        ctx.fill(path);
      }
      if (edge) ctx.stroke(path);
    }
  }

  // A marker at all places of its centre within a pixel, drawn once.
  sprite(marker, radius, colours, edge, width, opacity) {
    const key = [marker, radius.toFixed(3), colours && css(colours, 0, opacity), edge && css(edge, 0, opacity), width.toFixed(3)].join();
    const found = this.sprites.get(key);
    if (found) return found;
    if (this.sprites.size > 64) this.sprites.clear();
    const middle = Math.ceil(1.45 * radius + width + 1);
    const side = 2 * middle + 2;
    const image = new OffscreenCanvas(side * PHASES, side * PHASES);
    const ctx = image.getContext("2d");
    const path = markerPath(marker);
    for (let i = 0; i < PHASES; i += 1) {
      for (let j = 0; j < PHASES; j += 1) {
        ctx.setTransform(radius, 0, 0, -radius, i * side + middle + i / PHASES, j * side + middle + j / PHASES);
        if (colours) {
          ctx.fillStyle = css(colours, 0, opacity);
          ctx.fill(path);
        }
        if (!edge || !(width > 0)) continue;
        ctx.strokeStyle = css(edge, 0, opacity);
        ctx.lineWidth = width / radius;
        ctx.stroke(path);
      }
    }
    const made = { side, middle, image };
    this.sprites.set(key, made);
    return made;
  }

  // The grid of the screen that no move carries.
  ghost(ctx, item, place, opacity) {
    const { step, nearest, whole, lean } = item.told;
    const view = item.space.view(this.x);
    const flat = Math.max(0, 1 - Math.abs(view.tilt) / lean);
    const colour = item.stroke?.(this.x);
    if (!flat || !colour) return;
    const gap = step * view.unit * 10 ** Math.ceil(Math.log10(nearest / (step * view.unit)));
    const fine = clamp(Math.log(gap / nearest) / Math.log(whole / nearest), 0, 1);
    this.on(ctx, place);
    ctx.lineWidth = item.width(this.x)[0];
    const [left, right] = [-1, 1].map((sign) => place.middle[0] + sign * place.half[0]);
    const [bottom, top] = [-1, 1].map((sign) => place.middle[1] + sign * place.half[1]);
    for (const tenth of fine < 1 ? [false, true] : [null]) {
      const share = tenth === false ? fine : 1;
      if (!(share > 0)) continue;
      ctx.strokeStyle = css(colour, 0, opacity * flat * share);
      ctx.beginPath();
      const lines = (centre, from, to, line) => {
        for (let n = Math.ceil((from - centre) / gap); centre + n * gap <= to; n += 1) {
          if (tenth === null || (n % 10 === 0) === tenth) line(centre + n * gap);
        }
      };
      lines(view.x, left, right, (x) => { ctx.moveTo(x, bottom); ctx.lineTo(x, top); });
      lines(view.y, bottom, top, (y) => { ctx.moveTo(left, y); ctx.lineTo(right, y); });
      ctx.stroke();
    }
  }

  tubes(ctx, item, place, opacity) {
    drawTubes(ctx, item, this, place, opacity);
  }

  // The picture of an item's file; undefined until it is there.
  bitmap(item) {
    if (!item.loading) {
      const { data } = this.timeline.array(item.told.png);
      item.loading = createImageBitmap(new Blob([data], { type: "image/png" })).then((picture) => { item.picture = picture; });
      (this.wanted ??= []).push(item.loading);
    }
    return item.picture;
  }

  image(ctx, item, place, opacity) {
    if (!this.bitmap(item)) return;
    const c = item.corners(this.x);
    const { scale, left, top } = place;
    const { width, height } = item.picture;
    const [px, py] = [left + scale * c[0], top - scale * c[1]];
    ctx.setTransform((scale * (c[2] - c[0])) / width, (-scale * (c[3] - c[1])) / width,
      (scale * (c[4] - c[0])) / height, (-scale * (c[5] - c[1])) / height, px, py);
    ctx.globalAlpha = opacity;
    ctx.drawImage(item.picture, 0, 0);
    ctx.globalAlpha = 1;
  }

  // What another camera sees of what is drawn with it, in a picture of its own.
  window(ctx, item, place, opacity) {
    const frame = this.seen(item.frame(this.x));
    const c = item.corners(this.x);
    const { scale, left, top } = place;
    const width = Math.round(scale * Math.hypot(c[2] - c[0], c[3] - c[1]));
    const height = Math.round((width * frame[2]) / frame[3]);
    if (!(width > 0 && height > 0)) return;
    const inside = new OffscreenCanvas(width, height);
    const own = inside.getContext("2d");
    own.fillStyle = css(this.background(this.x));
    own.fillRect(0, 0, width, height);
    const { size, places } = this;
    this.size = [width, height];
    const moved = placeOf(frame, width, height);
    this.places = { still: moved, moved };
    const layer = (other) => other.layer?.(this.x)[0] ?? 0;
    this.paint(own, this.drawn(this.x).filter((other) => other.kind !== "window" && layer(other) === layer(item)));
    Object.assign(this, { size, places });
    ctx.setTransform((scale * (c[2] - c[0])) / width, (-scale * (c[3] - c[1])) / width,
      (scale * (c[4] - c[0])) / height, (-scale * (c[5] - c[1])) / height, left + scale * c[0], top - scale * c[1]);
    ctx.globalAlpha = opacity;
    ctx.drawImage(inside, 0, 0);
    ctx.globalAlpha = 1;
  }

  // Resolves when all pictures that were met are there; true if there were any that a new drawing would show.
  async loaded() {
    const wanted = this.wanted ?? [];
    this.wanted = [];
    await Promise.all(wanted);
    return wanted.length > 0;
  }

  // The box of an item in scene units at x: [left, bottom, right, top]. Null for an item without shapes.
  box(item) {
    const { told } = item;
    if (item.kind !== "path") return null;
    const own = item.place?.(this.x);
    let box;
    if (told.outlines) box = item.box ??= boxOf((item.curves ??= this.outlines.curves(told.outlines, told.at)).points);
    else box = boxOf(this.scene({ ...item, place: undefined }, item.points(this.x)));
    if (!own) return box;
    const corners = placed(Float64Array.of(box[0], box[1], box[2], box[1], box[2], box[3], box[0], box[3]), own);
    return boxOf(corners);
  }
}

// Where scene units land of which a camera sees the middle x, y, the height and the width.
function placeOf([x, y, tall, broad], width, height) {
  const scale = Math.min(width / broad, height / tall);
  return {
    scale, left: width / 2 - x * scale, top: height / 2 + y * scale, half: [width / scale / 2, height / scale / 2], middle: [x, y],
  };
}

function boxOf(points) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    box[0] = Math.min(box[0], points[i]);
    box[1] = Math.min(box[1], points[i + 1]);
    box[2] = Math.max(box[2], points[i]);
    box[3] = Math.max(box[3], points[i + 1]);
  }
  return box;
}

// Points moved by a place of 2 or 6 numbers.
export function placed(points, own) {
  const result = new Float64Array(points.length);
  const [a, b, c, d, e, f] = own.length === 2 ? [1, 0, 0, 1, own[0], own[1]] : own;
  for (let i = 0; i < points.length; i += 2) {
    result[i] = a * points[i] + c * points[i + 1] + e;
    result[i + 1] = b * points[i] + d * points[i + 1] + f;
  }
  return result;
}

// Points of `axes` numbers as the camera in space sees them; without a camera their third number is left out.
function seen(points, axes, v) {
  const result = new Float64Array((2 * points.length) / axes);
  for (let i = 0, k = 0; i < points.length; i += axes, k += 2) {
    const [x, y, z] = [points[i], points[i + 1], axes === 3 ? points[i + 2] : 0];
    if (!v) {
      result[k] = x;
      result[k + 1] = y;
      continue;
    }
    const [p, q, r] = [x - v[11], y - v[12], z - v[13]];
    const near = v[6] * p + v[7] * q + v[8] * r;
    const scale = (v[9] * v[10]) / (v[9] - near);
    result[k] = (v[0] * p + v[1] * q + v[2] * r) * scale;
    result[k + 1] = (v[3] * p + v[4] * q + v[5] * r) * scale;
  }
  return result;
}

// Each line is one stroke, so that opacities below 1 add up where two lines cross. Samples between which it is straight are left
// out: every piece costs. (The pieces from one corner have directions between low and high, the sleeve of Williams, 1978.)
function stroke(ctx, points, sizes, [a, b], closed, { half, middle, scale }) {
  if (a > 0 || b < 1) return strokesOfPart(ctx, points, sizes, a, b, closed);
  const [left, right] = [middle[0] - half[0] - 0.2, middle[0] + half[0] + 0.2];
  const [bottom, top] = [middle[1] - half[1] - 0.2, middle[1] + half[1] + 0.2];
  const slack = STRAIGHT / scale;
  let start = 0;
  for (const size of sizes) {
    const end = start + 2 * size;
    let drawing = false;
    let any = false;
    let [px, py, cx, cy, far, lowX, lowY, highX, highY] = [NaN, NaN, 0, 0, 0, 0, 0, 0, 0];
    ctx.beginPath();
    for (let i = start; i <= end; i += 2) {
      const x = i < end ? points[i] : NaN;
      const y = i < end ? points[i + 1] : NaN;
      const is = Number.isFinite(x + y);
      // a piece that lies outside on one side is not seen
      const away = (x < left && px < left) || (x > right && px > right) || (y < bottom && py < bottom) || (y > top && py > top);
      if (is && px === px && (!away || closed)) {
        if (!drawing) {
          ctx.moveTo(px, py);
          cx = px;
          cy = py;
          far = 0;
        }
        let dx = x - cx;
        let dy = y - cy;
        let long = Math.sqrt(dx * dx + dy * dy);
        if (far && (long < far || lowX * dy < lowY * dx || dx * highY < dy * highX)) {
          ctx.lineTo(px, py);
          cx = px;
          cy = py;
          far = 0;
          dx = x - cx;
          dy = y - cy;
          long = Math.sqrt(dx * dx + dy * dy);
        }
        if (long > slack) {
          const lean = slack / long;
          const [lx, ly, hx, hy] = [dx + lean * dy, dy - lean * dx, dx - lean * dy, dy + lean * dx];
          if (!far || lowX * ly > lowY * lx) [lowX, lowY] = [lx, ly];
          if (!far || hx * highY > hy * highX) [highX, highY] = [hx, hy];
          far = long;
        }
        drawing = any = true;
      } else if (drawing) {
        ctx.lineTo(px, py);
        drawing = false;
      }
      px = is ? x : NaN;
      py = y;
    }
    if (closed && any) ctx.closePath();
    if (any) ctx.stroke();
    start = end;
  }
}

// The area that all lines together enclose.
function fill(ctx, points, sizes) {
  let at = 0;
  ctx.beginPath();
  for (const size of sizes) {
    for (const end = at + 2 * size, start = at; at < end; at += 2) ctx[at === start ? "moveTo" : "lineTo"](points[at], points[at + 1]);
    ctx.closePath();
  }
  ctx.fill();
}

// Lines whose colour changes along them: each piece in the colour of its middle.
function shaded(ctx, points, sizes, colours, opacity, closed) {
  const mean = new Float64Array(4);
  let start = 0;
  for (const size of sizes) {
    const pieces = closed ? size : size - 1;
    let [ink, open] = ["", false];
    for (let k = 0; k < pieces; k += 1) {
      const [i, j] = [start + k, start + ((k + 1) % size)];
      for (let c = 0; c < 4; c += 1) mean[c] = (colours[4 * i + c] + colours[4 * j + c]) / 2;
      const name = css(mean, 0, opacity);
      if (name !== ink) {
        if (open) ctx.stroke();
        ctx.strokeStyle = ink = name;
        ctx.beginPath();
        ctx.moveTo(points[2 * i], points[2 * i + 1]);
        open = true;
      }
      ctx.lineTo(points[2 * j], points[2 * j + 1]);
    }
    if (open) ctx.stroke();
    start += size;
  }
}

const MARKERS = {};
const CORNERS = { square: [4, 1.2, 45], diamond: [4, 1.28, 90], triangle: [3, 1.42, 90] };

// A marker of radius 1, y upwards.
export function markerPath(kind) {
  if (MARKERS[kind]) return MARKERS[kind];
  const path = new Path2D();
  const through = (points) => {
    points.forEach(([x, y], i) => path[i ? "lineTo" : "moveTo"](x, y));
    path.closePath();
  };
  if (kind in CORNERS) {
    const [count, distance, first] = CORNERS[kind];
    through(Array.from({ length: count }, (_, k) => {
      const angle = (Math.PI / 180) * (first + (360 * k) / count);
      return [distance * Math.cos(angle), distance * Math.sin(angle)];
    }));
  } else if (kind === "plus" || kind === "cross") {
    const [l, w] = [1.25, 0.4];
    const turn = kind === "cross" ? Math.SQRT1_2 : 0;
    const corners = [[w, l], [-w, l], [-w, w], [-l, w], [-l, -w], [-w, -w], [-w, -l], [w, -l], [w, -w], [l, -w], [l, w], [w, w]];
    through(turn ? corners.map(([x, y]) => [turn * (x - y), turn * (x + y)]) : corners);
  } else {
    path.arc(0, 0, 1, 0, 2 * Math.PI);
    if (kind === "ring") {
      path.moveTo(0.55, 0);
      path.arc(0, 0, 0.55, 0, -2 * Math.PI, true);
    }
  }
  MARKERS[kind] = path;
  return path;
}

