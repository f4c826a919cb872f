// Tubes around closed curves, as a surface of small quadrangles: lit, with dark rims.

const cross = (p, q) => [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
const unit = (p) => {
  const length = Math.hypot(...p) || 1;
  return p.map((v) => v / length);
};

// Points (along x around, 3) in one row, of the tube around a closed curve { data, shape }.
export function tube({ data, shape }, radius, along, around) {
  const m = shape[0];
  const centres = Array.from({ length: along }, (_, i) => {
    const place = (i * m) / along;
    const [k, s] = [Math.floor(place), place - Math.floor(place)];
    return [0, 1, 2].map((c) => (1 - s) * data[3 * k + c] + s * data[3 * ((k + 1) % m) + c]);
  });
  const mean = [0, 1, 2].map((c) => centres.reduce((sum, p) => sum + p[c], 0) / along);
  const result = new Float64Array(3 * along * around);
  centres.forEach((centre, i) => {
    const [before, after] = [centres[(i + along - 1) % along], centres[(i + 1) % along]];
    const way = unit(after.map((v, c) => v - before[c]));
    const off = centre.map((v, c) => v - mean[c]);
    const share = off.reduce((sum, v, c) => sum + v * way[c], 0);
    const out = unit(off.map((v, c) => v - share * way[c]));
    const side = cross(way, out);
    for (let j = 0; j < around; j += 1) {
      const angle = (2 * Math.PI * j) / around;
      for (let c = 0; c < 3; c += 1) {
        result[3 * (i * around + j) + c] = centre[c] + radius * (Math.cos(angle) * out[c] + Math.sin(angle) * side[c]);
      }
    }
  });
  return result;
}

const COARSEN = [2, 2]; // along and around: every second sample makes quadrangles of about 6 pixels

// The surface of an item's tubes at the painter's time. Items of the two sides of a cut share it.
function surface(item, painter) {
  const { told, space } = item;
  const view = space.view(painter.x);
  const { t, moves } = space.at(painter.x);
  const fourth = item.fourth ? item.fourth(painter.x)[0] : 0;
  const cut = item.cut?.(painter.x) ?? [0, 0, 0, 0];
  const shared = ((painter.surfaces ??= new Map()).get(space) ?? painter.surfaces.set(space, {}).get(space));
  const key = [t, fourth, ...cut, told.id].join();
  if (shared.key === key && shared.view === view && shared.moves === moves) return shared;
  const along = Math.ceil(told.along / COARSEN[0]);
  const around = Math.ceil(told.around / COARSEN[1]);
  if (shared.curves !== told.curves.join() || shared.moves !== moves) {
    shared.curves = told.curves.join();
    shared.points = told.curves.map((k) =>
      painter.spaces.moving(space, tube(painter.timeline.array(k), told.radius, along, around), 3));
  }
  const light = unit(told.light ?? [0, 0, 1]);
  const { darkest = 0.25, rim = 0.4, far_share: far = 0.45, stripe = 1 } = told;
  const tubes = shared.points.map((points) => {
    const at = points.at(t);
    const count = at.places.length / at.n;
    const axes = new Float64Array(3 * count);
    for (let i = 0; i < count; i += 1) {
      for (let r = 0; r < 3; r += 1) {
        let sum = 0;
        for (let c = 0; c < Math.min(3, at.n); c += 1) sum += view.rotation[r][c] * at.places[at.n * i + c];
        axes[3 * i + r] = sum;
      }
    }
    return { at, axes, scene: view.project(at) };
  });
  let [least, most] = [Infinity, -Infinity];
  for (const { axes } of tubes) for (let i = 2; i < axes.length; i += 3) [least, most] = [Math.min(least, axes[i]), Math.max(most, axes[i])];
  const towards = view.rotation[2].reduce((sum, v, c) => sum + v * cut[c], 0);
  const whole = cut[0] === 0 && cut[1] === 0 && cut[2] === 0;
  const total = told.curves.length * along * around;
  const quads = { near: new Quads(total), far: new Quads(total) };
  tubes.forEach(({ at, axes, scene }, k) => {
    const colour = told.colours[k];
    const stripes = told.stripes?.[k] ?? 0;
    for (let i = 0; i < along; i += 1) {
      const next = (i + 1) % along;
      const dark = stripes && Math.floor((2 * i * stripes) / along) % 2 === 1 ? stripe : 1;
      for (let j = 0; j < around; j += 1) {
        const right = (j + 1) % around;
        const [p, a, b, c] = [i * around + j, next * around + j, next * around + right, i * around + right];
        // the normal at the middle, from both diagonals
        const [ux, uy, uz] = [axes[3 * b] - axes[3 * p], axes[3 * b + 1] - axes[3 * p + 1], axes[3 * b + 2] - axes[3 * p + 2]];
        const [vx, vy, vz] = [axes[3 * c] - axes[3 * a], axes[3 * c + 1] - axes[3 * a + 1], axes[3 * c + 2] - axes[3 * a + 2]];
        let [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
        const length = (Math.sqrt(nx * nx + ny * ny + nz * nz) || 1) * (nz < 0 ? -1 : 1);
        [nx, ny, nz] = [nx / length, ny / length, nz / length];
        const lit = darkest + (1 - darkest) * Math.max(0, nx * light[0] + ny * light[1] + nz * light[2]);
        const near = ((axes[3 * p + 2] + axes[3 * b + 2]) / 2 - least) / Math.max(most - least, 1e-9);
        const shade = lit * (0.15 + 0.85 * Math.min(1, nz / rim)) * (1 - far * (1 - near)) * dark;
        const own = told.fourth_colours && fourth > 0 ? hue(at.n > 3 ? at.places[at.n * p + 3] : 0, told.fourth_colours) : colour;
        const part = (channel) => Math.round(shade * ((1 - fourth) * colour[channel] + fourth * own[channel]));
        let value = cut[3];
        for (let d = 0; d < Math.min(3, at.n); d += 1) value += cut[d] * at.places[at.n * p + d];
        const side = whole || value * towards > 0 ? quads.near : quads.far;
        side.add(scene, p, a, b, c, axes[3 * p + 2] + axes[3 * b + 2], (255 << 24) | (part(2) << 16) | (part(1) << 8) | part(0));
      }
    }
  });
  return Object.assign(shared, { key, view, moves, quads });
}

// Quadrangles: corners in scene units (8 numbers each), nearness, and colour as the bytes of a pixel.
class Quads {
  constructor(most) {
    Object.assign(this, { count: 0, corners: new Float64Array(8 * most), near: new Float32Array(most), colour: new Uint32Array(most) });
  }

  add(scene, p, a, b, c, near, colour) {
    const { count, corners } = this;
    let to = 8 * count;
    for (let i = 0; i < 4; i += 1, to += 2) {
      const q = i === 0 ? p : i === 1 ? a : i === 2 ? b : c;
      corners[to] = scene[2 * q];
      corners[to + 1] = scene[2 * q + 1];
    }
    this.near[count] = near;
    this.colour[count] = colour;
    this.count += 1;
  }
}

function hue(value, [low, middle, high]) {
  const v = Math.max(-1, Math.min(1, value));
  const [from, to, share] = v < 0 ? [low, middle, v + 1] : [middle, high, v];
  return from.map((c, i) => c + (to[i] - c) * share);
}

const FINE = 2; // pixels of our own along a pixel of the canvas, so that edges are smooth where the film rests
const LARGE = 2000; // pixels of the canvas along its width, from which on they are fine enough

// A canvas can fill some hundred shapes in a frame; these are thousands. So their pixels are set here, the nearest last.
export function drawTubes(ctx, item, painter, place, opacity) {
  const { count, corners, near, colour } = surface(item, painter).quads[item.told.side];
  const [width, height] = painter.size;
  const fine = painter.quick || width > LARGE ? 1 : FINE;
  const at = new Float64Array(8 * count);
  const scale = fine * place.scale;
  let x0 = 1e9;
  let y0 = 1e9;
  let x1 = -1e9;
  let y1 = -1e9;
  for (let i = 0; i < 8 * count; i += 2) {
    const x = fine * place.left + scale * corners[i];
    const y = fine * place.top - scale * corners[i + 1];
    at[i] = x;
    at[i + 1] = y;
    x0 = x < x0 ? x : x0;
    x1 = x > x1 ? x : x1;
    y0 = y < y0 ? y : y0;
    y1 = y > y1 ? y : y1;
  }
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
