// Tubes around the images of closed curves, of one thickness on screen: lit, with dark rims; and the sheet that the first
// curve spans.

const cross = (p, q) => [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
const inner = (p, q) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
const unit = (p) => {
  const length = Math.hypot(...p) || 1;
  return p.map((v) => v / length);
};
const clamp01 = (v) => (v < 0 ? 0 : v > 1 ? 1 : v);

const FINER = 8; // samples of a curve for each of its points
const QUICK = 2; // while the film plays, every second sample is enough
const HIDDEN = -0.1; // nearness of a normal below which the tube's own front hides the place
const SUNFLOWER = (3 - Math.sqrt(5)) / 2;

// Points (FINER m, 3) in one row, evenly between the points of a closed curve { data, shape }.
function finer({ data, shape }) {
  const m = shape[0];
  const result = new Float64Array(3 * FINER * m);
  for (let i = 0; i < FINER * m; i += 1) {
    const [k, s] = [Math.floor(i / FINER), (i % FINER) / FINER];
    for (let c = 0; c < 3; c += 1) result[3 * i + c] = (1 - s) * data[3 * k + c] + s * data[3 * ((k + 1) % m) + c];
  }
  return result;
}

// Points (count, 3) in one row, even by area, of the disk in a circle of points in one row.
function spanned(curve, count) {
  const m = curve.length / 3;
  const middle = [0, 1, 2].map((c) => curve.reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / m);
  const result = new Float64Array(3 * count);
  for (let k = 0; k < count; k += 1) {
    const at = Math.floor(k * SUNFLOWER * m) % m;
    const share = Math.sqrt((k + 0.5) / count);
    for (let c = 0; c < 3; c += 1) result[3 * k + c] = middle[c] + share * (curve[3 * at + c] - middle[c]);
  }
  return result;
}

// Places { places, n } in the axes of the screen, three numbers each: right, up, near.
function axesOf({ places, n }, { rotation }) {
  const count = places.length / n;
  const result = new Float64Array(3 * count);
  for (let i = 0; i < count; i += 1) {
    for (let r = 0; r < 3; r += 1) {
      let sum = 0;
      for (let c = 0; c < Math.min(3, n); c += 1) sum += rotation[r][c] * places[n * i + c];
      result[3 * i + r] = sum;
    }
  }
  return result;
}

// Where to take `along` samples of a closed curve in axes, as places among its points: closer where a tube is bent.
function evenly(axes, along, radius) {
  const m = axes.length / 3;
  const step = (i, c) => axes[3 * ((i + 1) % m) + c] - axes[3 * (i % m) + c];
  const far = new Float64Array(m + 1);
  let before = [0, 1, 2].map((c) => step(m - 1, c));
  let beforeLong = Math.hypot(...before);
  for (let i = 0; i < m; i += 1) {
    const now = [step(i, 0), step(i, 1), step(i, 2)];
    const long = Math.hypot(...now);
    const cosine = inner(now, before) / Math.max(long * beforeLong, 1e-12);
    far[i + 1] = far[i] + long + radius * Math.acos(Math.max(-1, Math.min(1, cosine)));
    [before, beforeLong] = [now, long];
  }
  const result = new Float64Array(along);
  for (let i = 0, k = 0; i < along; i += 1) {
    const wanted = (far[m] * i) / along;
    while (k < m - 1 && far[k + 1] <= wanted) k += 1;
    result[i] = k + (wanted - far[k]) / (far[k + 1] - far[k] || 1);
  }
  return result;
}

// The surface of an item's tubes at the painter's time. Items of the two sides of a cut share it.
function surface(item, painter) {
  const { told, space } = item;
  const { x } = painter;
  const view = space.view(x);
  const { t, moves } = space.at(x);
  const number = (name) => (item[name] ? item[name](x)[0] : 0);
  const [fourth, pink, sheet] = ["fourth", "pink", "sheet"].map(number);
  const wrong = item.wrong?.(x);
  const cut = item.cut?.(x) ?? [0, 0, 0, 0];
  const shared = ((painter.surfaces ??= new Map()).get(space) ?? painter.surfaces.set(space, {}).get(space));
  const key = [t, fourth, pink, sheet, ...cut, told.id, painter.quick].join();
  if (shared.key === key && shared.view === view && shared.moves === moves && shared.wrong === wrong) return shared;
  if (shared.curves !== told.curves.join() || shared.moves !== moves) {
    shared.curves = told.curves.join();
    const curves = told.curves.map((k) => finer(painter.timeline.array(k)));
    shared.points = curves.map((curve) => painter.spaces.moving(space, curve, 3));
    shared.sheet = painter.spaces.moving(space, spanned(curves[0], told.sheet_dots ?? 0), 3);
  }
  const coarse = painter.quick ? QUICK : 1;
  const [along, around] = [Math.ceil(told.along / coarse), Math.ceil(told.around / coarse)];
  const radius = told.radius / view.unit;
  const light = unit(told.light ?? [0, 0, 1]);
  const { darkest = 0.25, rim = 0.3, far_share: far = 0, stripe = 1, fourth_rim: edge = 0.7 } = told;
  const normal = view.rotation.map((row) => row[0] * cut[0] + row[1] * cut[1] + row[2] * cut[2]); // of the cut, in axes
  const whole = cut[0] === 0 && cut[1] === 0 && cut[2] === 0;
  const isNear = (p, q, r) => whole || (normal[0] * p + normal[1] * q + normal[2] * r + cut[3]) * normal[2] > 0;
  const total = told.curves.length * along * around;
  const quads = { near: new Quads(total), far: new Quads(total) };
  const turns = Array.from({ length: 2 * around }, (_, j) => [Math.cos((Math.PI * j) / around), Math.sin((Math.PI * j) / around)]);
  shared.points.forEach((points, k) => {
    const at = points.at(t);
    const axes = axesOf(at, view);
    const m = axes.length / 3;
    const places = evenly(axes, along, radius);
    const mixed = (values, n, place, c) => {
      const low = Math.floor(place);
      return (1 - place + low) * values[n * (low % m) + c] + (place - low) * values[n * ((low + 1) % m) + c];
    };
    const centres = Array.from(places, (place) => [0, 1, 2].map((c) => mixed(axes, 3, place, c)));
    const colour = told.colours[k];
    const stripes = told.stripes?.[k] ?? 0;
    const flags = wrong ? wrong.length / told.curves.length : 0;
    let out = null; // the direction of angle 0, carried along without turning about the curve
    let [ring, rear] = [null, null];
    for (let i = 0; i <= along; i += 1) {
      const here = i % along;
      const centre = centres[here];
      const way = unit(centres[(i + 1) % along].map((v, c) => v - centres[(i + along - 1) % along][c]));
      const seed = out ?? [0, 1, 2].map((c) => Number(c === way.map(Math.abs).indexOf(Math.min(...way.map(Math.abs)))));
      out = unit(seed.map((v, c) => v - inner(seed, way) * way[c]));
      const side = cross(way, out);
      [rear, ring] = [ring, { corners: new Float64Array(5 * around), out, side }];
      for (let j = 0; j < around; j += 1) {
        const c = radius * turns[2 * j][0];
        const s = radius * turns[2 * j][1];
        const { corners } = ring;
        const to = 5 * j;
        for (let d = 0; d < 3; d += 1) corners[to + 2 + d] = centre[d] + c * out[d] + s * side[d];
        const scale = view.scaleAt(corners[to + 4]);
        corners[to] = view.x + scale * corners[to + 2];
        corners[to + 1] = view.y + scale * corners[to + 3];
      }
      if (!rear) continue;
      const place = places[i - 1];
      let [red, green, blue] = colour;
      if (pink > 0 && wrong?.[k * flags + (Math.round((place * flags) / m) % flags)]) {
        [red, green, blue] = [red, green, blue].map((v, c) => (1 - pink) * v + pink * told.wrong_colour[c]);
      }
      const dark = stripes && Math.floor((2 * place * stripes) / m) % 2 === 1 ? stripe : 1;
      const depth = 1 - far * clamp01(0.5 - centres[i - 1][2] / 2);
      const own = fourth > 0 ? hue(at.n > 3 ? mixed(at.places, at.n, place, 3) : 0, told.fourth_colours, told.fourth_stop ?? 1) : colour;
      for (let j = 0; j < around; j += 1) {
        const c = turns[2 * j + 1][0];
        const s = turns[2 * j + 1][1];
        const nz = c * rear.out[2] + s * rear.side[2];
        if (nz <= HIDDEN) continue;
        const nx = c * rear.out[0] + s * rear.side[0];
        const ny = c * rear.out[1] + s * rear.side[1];
        const lit = (darkest + (1 - darkest) * clamp01(nx * light[0] + ny * light[1] + nz * light[2])) * depth;
        const shade = 0.15 + 0.85 * clamp01(nz / rim);
        const share = fourth * clamp01((edge - nz) / 0.1);
        const part = (value, other) => Math.round(shade * ((1 - share) * lit * dark * value + share * other));
        const a = 5 * j;
        const b = 5 * ((j + 1) % around);
        const p = rear.corners;
        const q = ring.corners;
        const mx = (p[a + 2] + q[b + 2]) / 2;
        const my = (p[a + 3] + q[b + 3]) / 2;
        const mz = (p[a + 4] + q[b + 4]) / 2;
        (isNear(mx, my, mz) ? quads.near : quads.far).add(p, a, q, b, mz,
          (255 << 24) | (part(blue, own[2]) << 16) | (part(green, own[1]) << 8) | part(red, own[0]));
      }
    }
  });
  const dots = { near: [], far: [] };
  if (sheet > 0) {
    const axes = axesOf(shared.sheet.at(t), view);
    for (let i = 0; i < axes.length; i += 3) {
      const scale = view.scaleAt(axes[i + 2]);
      const side = isNear(axes[i], axes[i + 1], axes[i + 2]) ? dots.near : dots.far;
      side.push(view.x + scale * axes[i], view.y + scale * axes[i + 1], axes[i + 2]);
    }
  }
  return Object.assign(shared, { key, view, moves, wrong, quads, dots, opacity: sheet });
}

// Quadrangles: corners in scene units (8 numbers each), nearness, and colour as the bytes of a pixel.
class Quads {
  constructor(most) {
    Object.assign(this, { count: 0, corners: new Float64Array(8 * most), near: new Float32Array(most), colour: new Uint32Array(most) });
  }

  // p, q: two rings of corners, five numbers each; a, b: where neighbours begin in both
  add(p, a, q, b, near, colour) {
    const { count, corners } = this;
    const to = 8 * count;
    corners[to] = p[a];
    corners[to + 1] = p[a + 1];
    corners[to + 2] = q[a];
    corners[to + 3] = q[a + 1];
    corners[to + 4] = q[b];
    corners[to + 5] = q[b + 1];
    corners[to + 6] = p[b];
    corners[to + 7] = p[b + 1];
    this.near[count] = near;
    this.colour[count] = colour;
    this.count += 1;
  }
}

// The colour of a fourth number: the first at -stop, the last at stop.
export function hue(value, [low, middle, high], stop) {
  const v = Math.max(-1, Math.min(1, value / stop));
  const [from, to, share] = v < 0 ? [low, middle, v + 1] : [middle, high, v];
  return from.map((c, i) => c + (to[i] - c) * share);
}

const FINE = 2; // pixels of our own along a pixel of the canvas, so that edges are smooth where the film rests
const LARGE = 2000; // pixels of the canvas along its width, from which on they are fine enough

// A canvas can fill some hundred shapes in a frame; these are thousands. So their pixels are set here, the nearest last.
export function drawTubes(ctx, item, painter, place, opacity) {
  const found = surface(item, painter);
  const { count, corners, near, colour } = found.quads[item.told.side];
  const dots = found.dots[item.told.side];
  const [width, height] = painter.size;
  const fine = painter.quick || width > LARGE ? 1 : FINE;
  const at = new Float64Array(8 * count);
  const scale = fine * place.scale;
  let x0 = 1e9;
  let y0 = 1e9;
  let x1 = -1e9;
  let y1 = -1e9;
  const spread = (x, y) => {
    x0 = x < x0 ? x : x0;
    x1 = x > x1 ? x : x1;
    y0 = y < y0 ? y : y0;
    y1 = y > y1 ? y : y1;
  };
  for (let i = 0; i < 8 * count; i += 2) {
    at[i] = fine * place.left + scale * corners[i];
    at[i + 1] = fine * place.top - scale * corners[i + 1];
    spread(at[i], at[i + 1]);
  }
  for (let i = 0; i < dots.length; i += 3) spread(fine * place.left + scale * dots[i], fine * place.top - scale * dots[i + 1]);
  const left = fine * Math.max(0, Math.floor(x0 / fine) - 1);
  const top = fine * Math.max(0, Math.floor(y0 / fine) - 1);
  const wide = fine * Math.ceil(Math.min(fine * width, x1 + 2) / fine) - left;
  const high = fine * Math.ceil(Math.min(fine * height, y1 + 2) / fine) - top;
  if (!(wide > 0 && high > 0)) return;
  // the buffers are kept from frame to frame
  const size = wide * high;
  if (!(painter.buffers?.pixels.length >= size)) painter.buffers = { pixels: new Uint32Array(size), nearest: new Float32Array(size) };
  const pixels = painter.buffers.pixels.subarray(0, size).fill(0);
  const nearest = painter.buffers.nearest.subarray(0, size).fill(-1e30);
  for (let k = 0; k < count; k += 1) fillQuad(at, 8 * k, left, top, wide, high, near[k], colour[k], pixels, nearest);
  const reach = scale * (item.told.sheet_radius ?? 0);
  for (let i = 0; i < dots.length; i += 3) {
    const [x, y] = [fine * place.left + scale * dots[i] - left, fine * place.top - scale * dots[i + 1] - top];
    fillDot(x, y, reach, wide, high, dots[i + 2], item.told.sheet_colour, found.opacity, pixels, nearest);
  }
  const layer = new OffscreenCanvas(wide, high);
  layer.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer, 0, 4 * size), wide, high), 0, 0);
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.globalAlpha = opacity;
  ctx.drawImage(layer, left / fine, top / fine, wide / fine, high / fine);
  ctx.globalAlpha = 1;
}

// Set the pixels whose middle lies in a quadrangle, where nothing nearer was set. It runs some thousand times a frame, so it
// makes no arrays.
function fillQuad(at, first, left, top, wide, high, near, colour, pixels, nearest) {
  const ax = at[first] - left;
  const ay = at[first + 1] - top;
  const bx = at[first + 2] - left;
  const by = at[first + 3] - top;
  const cx = at[first + 4] - left;
  const cy = at[first + 5] - top;
  const dx = at[first + 6] - left;
  const dy = at[first + 7] - top;
  const end = Math.min(high - 1, Math.floor(Math.max(ay, by, cy, dy) - 0.5));
  for (let row = Math.max(0, Math.ceil(Math.min(ay, by, cy, dy) - 0.5)); row <= end; row += 1) {
    const y = row + 0.5;
    let from = 1e9;
    let to = -1e9;
    let x = 0;
    if (ay <= y !== by <= y) { x = ax + ((y - ay) / (by - ay)) * (bx - ax); from = x < from ? x : from; to = x > to ? x : to; }
    if (by <= y !== cy <= y) { x = bx + ((y - by) / (cy - by)) * (cx - bx); from = x < from ? x : from; to = x > to ? x : to; }
    if (cy <= y !== dy <= y) { x = cx + ((y - cy) / (dy - cy)) * (dx - cx); from = x < from ? x : from; to = x > to ? x : to; }
    if (dy <= y !== ay <= y) { x = dx + ((y - dy) / (ay - dy)) * (ax - dx); from = x < from ? x : from; to = x > to ? x : to; }
    const stop = row * wide + Math.min(wide - 1, Math.floor(to - 0.5 + 1e-9));
    for (let i = row * wide + Math.max(0, Math.ceil(from - 0.5 - 1e-9)); i <= stop; i += 1) {
      if (near >= nearest[i]) {
        nearest[i] = near;
        pixels[i] = colour;
      }
    }
  }
}

// Blend a colour into the pixels of a disk that nothing nearer hides.
function fillDot(x, y, radius, wide, high, near, [red, green, blue], opacity, pixels, nearest) {
  const [first, last] = [Math.max(0, Math.floor(x - radius)), Math.min(wide - 1, Math.ceil(x + radius))];
  for (let row = Math.max(0, Math.floor(y - radius)); row <= Math.min(high - 1, Math.ceil(y + radius)); row += 1) {
    for (let column = first; column <= last; column += 1) {
      const share = opacity * clamp01(radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y));
      const i = row * wide + column;
      if (share <= 0 || near < nearest[i]) continue;
      const below = pixels[i];
      const under = (below >>> 24) / 255;
      const alpha = share + under * (1 - share);
      const mix = (value, shift) => Math.round((share * value + under * (1 - share) * ((below >> shift) & 255)) / alpha) << shift;
      pixels[i] = (Math.round(255 * alpha) << 24) | mix(blue, 16) | mix(green, 8) | mix(red, 0);
    }
  }
}
