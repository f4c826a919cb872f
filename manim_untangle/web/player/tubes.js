// Tubes around the images of closed curves, of one thickness on screen: lit, with dark rims; and the sheet that the first
// curve spans.

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
  const far = new Float64Array(m + 1);
  let [x, y, z] = [0, 1, 2].map((c) => axes[c] - axes[3 * m - 3 + c]);
  let long = Math.hypot(x, y, z);
  for (let i = 0; i < m; i += 1) {
    const a = 3 * i;
    const b = i + 1 < m ? a + 3 : 0;
    const p = axes[b] - axes[a];
    const q = axes[b + 1] - axes[a + 1];
    const r = axes[b + 2] - axes[a + 2];
    const now = Math.sqrt(p * p + q * q + r * r);
    const cosine = (p * x + q * y + r * z) / Math.max(now * long, 1e-12);
    far[i + 1] = far[i] + now + radius * Math.acos(Math.max(-1, Math.min(1, cosine)));
    x = p;
    y = q;
    z = r;
    long = now;
  }
  const result = new Float64Array(along);
  for (let i = 0, k = 0; i < along; i += 1) {
    const wanted = (far[m] * i) / along;
    while (k < m - 1 && far[k + 1] <= wanted) k += 1;
    result[i] = k + (wanted - far[k]) / (far[k + 1] - far[k] || 1);
  }
  return result;
}

// The c-th of n numbers at a place between the points of a closed curve.
function between(values, n, place, c) {
  const low = Math.floor(place);
  const m = values.length / n;
  return (1 - place + low) * values[n * (low % m) + c] + (place - low) * values[n * ((low + 1) % m) + c];
}

// The surface of an item's tubes at the painter's time. Items of the two sides of a cut share it, and its arrays are kept
// from frame to frame. Its inner loops run some ten thousand times a frame, so they make no arrays.
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
  const { light = [0, 0, 1], darkest = 0.25, rim = 0.3, far_share: far = 0, stripe = 1, fourth_rim: edge = 0.7 } = told;
  const [lx, ly, lz] = light.map((v) => v / Math.hypot(...light));
  const [ca, cb, cc] = view.rotation.map((row) => row[0] * cut[0] + row[1] * cut[1] + row[2] * cut[2]); // of the cut, in axes
  const whole = cut[0] === 0 && cut[1] === 0 && cut[2] === 0;
  const isNear = (p, q, r) => whole || (ca * p + cb * q + cc * r + cut[3]) * cc > 0;
  const total = told.curves.length * along * around;
  const most = told.sheet_dots ?? 0;
  if (!(shared.most >= total)) {
    const sides = () => Object.fromEntries(["near", "far"].map((side) => [side, new Quads(total, most)]));
    Object.assign(shared, { most: total, corners: new Float64Array(2 * (total + told.curves.length * around)), sides: sides() });
  }
  const { corners, sides: { near: front, far: back } } = shared;
  for (const side of [front, back]) side.count = side.spots = 0;
  const turns = Float64Array.from({ length: 4 * around }, (_, j) => Math[j & 1 ? "sin" : "cos"]((Math.PI * (j >> 1)) / around));
  const frame = 3 * around; // behind a ring's corners in axes: the direction of angle 0, and the one a quarter further
  let [ring, rear] = [new Float64Array(frame + 6), new Float64Array(frame + 6)];
  shared.points.forEach((points, k) => {
    const at = points.at(t);
    const axes = axesOf(at, view);
    const m = axes.length / 3;
    const places = evenly(axes, along, radius);
    const centres = new Float64Array(3 * along);
    for (let i = 0; i < 3 * along; i += 1) centres[i] = between(axes, 3, places[Math.floor(i / 3)], i % 3);
    const colour = told.colours[k];
    const stripes = told.stripes?.[k] ?? 0;
    const flags = wrong ? wrong.length / told.curves.length : 0;
    for (let i = 0; i <= along; i += 1) {
      const here = 3 * (i % along);
      const next = 3 * ((i + 1) % along);
      const last = 3 * ((i + along - 1) % along);
      const wx = centres[next] - centres[last];
      const wy = centres[next + 1] - centres[last + 1];
      const wz = centres[next + 2] - centres[last + 2];
      // carried along without turning about the curve
      let ox = ring[frame];
      let oy = ring[frame + 1];
      let oz = ring[frame + 2];
      if (!i) {
        const sizes = [wx, wy, wz].map(Math.abs);
        [ox, oy, oz] = sizes.map((_, c) => Number(c === sizes.indexOf(Math.min(...sizes))));
      }
      const ww = wx * wx + wy * wy + wz * wz || 1;
      const lean = (ox * wx + oy * wy + oz * wz) / ww;
      ox -= lean * wx;
      oy -= lean * wy;
      oz -= lean * wz;
      const size = Math.sqrt(ox * ox + oy * oy + oz * oz) || 1;
      ox /= size;
      oy /= size;
      oz /= size;
      const long = Math.sqrt(ww);
      const sx = (wy * oz - wz * oy) / long;
      const sy = (wz * ox - wx * oz) / long;
      const sz = (wx * oy - wy * ox) / long;
      const free = rear;
      rear = ring;
      ring = free;
      ring[frame] = ox;
      ring[frame + 1] = oy;
      ring[frame + 2] = oz;
      ring[frame + 3] = sx;
      ring[frame + 4] = sy;
      ring[frame + 5] = sz;
      const first = (k * (along + 1) + i) * around; // of the ring's corners in the scene
      for (let j = 0, to = 0; j < around; j += 1, to += 3) {
        const c = radius * turns[4 * j];
        const s = radius * turns[4 * j + 1];
        ring[to] = centres[here] + c * ox + s * sx;
        ring[to + 1] = centres[here + 1] + c * oy + s * sy;
        ring[to + 2] = centres[here + 2] + c * oz + s * sz;
        const scale = view.scaleAt(ring[to + 2]);
        corners[2 * (first + j)] = view.x + scale * ring[to];
        corners[2 * (first + j) + 1] = view.y + scale * ring[to + 1];
      }
      if (!i) continue;
      const place = places[i - 1];
      let [red, green, blue] = colour;
      if (pink > 0 && wrong?.[k * flags + (Math.round((place * flags) / m) % flags)]) {
        [red, green, blue] = [red, green, blue].map((v, c) => (1 - pink) * v + pink * told.wrong_colour[c]);
      }
      const dark = stripes && Math.floor((2 * place * stripes) / m) % 2 === 1 ? stripe : 1;
      const depth = 1 - far * clamp01(0.5 - centres[3 * i - 1] / 2);
      const own = fourth > 0 ? hue(at.n > 3 ? between(at.places, at.n, place, 3) : 0, told.fourth_colours, told.fourth_stop ?? 1) : colour;
      for (let j = 0; j < around; j += 1) {
        const c = turns[4 * j + 2];
        const s = turns[4 * j + 3];
        const nz = c * rear[frame + 2] + s * rear[frame + 5];
        if (nz <= HIDDEN) continue;
        const nx = c * rear[frame] + s * rear[frame + 3];
        const ny = c * rear[frame + 1] + s * rear[frame + 4];
        const lit = (darkest + (1 - darkest) * clamp01(nx * lx + ny * ly + nz * lz)) * depth;
        const shade = 0.15 + 0.85 * clamp01(nz / rim);
        const share = fourth * clamp01((edge - nz) / 0.1);
        const one = shade * (1 - share) * lit * dark;
        const other = shade * share;
        const a = 3 * j;
        const b = j + 1 < around ? a + 3 : 0;
        const z = (rear[a + 2] + ring[b + 2]) / 2;
        const side = isNear((rear[a] + ring[b]) / 2, (rear[a + 1] + ring[b + 1]) / 2, z) ? front : back;
        const n = side.count;
        side.rear[n] = first - around + j;
        side.next[n] = first + b / 3;
        side.near[n] = z;
        side.colour[n] = pixel(one * red + other * own[0], one * green + other * own[1], one * blue + other * own[2]);
        side.count = n + 1;
      }
    }
  });
  if (sheet > 0) {
    const axes = axesOf(shared.sheet.at(t), view);
    for (let i = 0; i < axes.length; i += 3) {
      const scale = view.scaleAt(axes[i + 2]);
      const side = isNear(axes[i], axes[i + 1], axes[i + 2]) ? front : back;
      side.dots[side.spots] = view.x + scale * axes[i];
      side.dots[side.spots + 1] = view.y + scale * axes[i + 1];
      side.dots[side.spots + 2] = axes[i + 2];
      side.spots += 3;
    }
  }
  return Object.assign(shared, { key, view, moves, wrong, around, opacity: sheet });
}

// The bytes of an opaque pixel.
const pixel = (red, green, blue) => (255 << 24) | ((blue + 0.5) << 16) | ((green + 0.5) << 8) | (red + 0.5);

// What lies on one side of a cut: quadrangles by two opposite corners, nearness and colour; and the sheet's dots, each by its
// place in the scene and its nearness.
class Quads {
  constructor(most, dots) {
    const [rear, next, colour] = [0, 1, 2].map(() => new Uint32Array(most));
    Object.assign(this, { count: 0, rear, next, colour, near: new Float32Array(most), spots: 0, dots: new Float64Array(3 * dots) });
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
  const { sides, corners, around, opacity: share } = surface(item, painter);
  const { count, rear, next, near, colour, spots, dots } = sides[item.told.side];
  const [width, height] = painter.size;
  const fine = painter.quick || width > LARGE ? 1 : FINE;
  const scale = fine * place.scale;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const spread = (x, y) => {
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  };
  for (let k = 0; k < count; k += 1) {
    spread(corners[2 * rear[k]], corners[2 * rear[k] + 1]);
    spread(corners[2 * next[k]], corners[2 * next[k] + 1]);
  }
  for (let i = 0; i < spots; i += 3) spread(dots[i], dots[i + 1]);
  const edge = 2 + place.scale * (item.told.sheet_radius ?? 0); // beyond these corners and middles
  const left = fine * Math.max(0, Math.floor(place.left + place.scale * box[0] - edge));
  const top = fine * Math.max(0, Math.floor(place.top - place.scale * box[3] - edge));
  const wide = fine * Math.ceil(Math.min(width, place.left + place.scale * box[2] + edge)) - left;
  const high = fine * Math.ceil(Math.min(height, place.top - place.scale * box[1] + edge)) - top;
  if (!(wide > 0 && high > 0)) return;
  // the buffers are kept from frame to frame
  const size = wide * high;
  if (!(painter.buffers?.nearest.length >= size)) painter.buffers = { bytes: new ArrayBuffer(4 * size), nearest: new Float32Array(size) };
  const { bytes } = painter.buffers;
  const pixels = new Uint32Array(bytes, 0, size).fill(0);
  const nearest = painter.buffers.nearest.subarray(0, size).fill(-1e30);
  const [ox, oy] = [fine * place.left - left, fine * place.top - top];
  for (let k = 0; k < count; k += 1) fillQuad(corners, rear[k], next[k], around, ox, oy, scale, wide, high, near[k], colour[k], pixels, nearest);
  const reach = scale * item.told.sheet_radius;
  const sheet = spots ? pixel(...item.told.sheet_colour) : 0;
  for (let i = 0; i < spots; i += 3) {
    fillDot(ox + scale * dots[i], oy - scale * dots[i + 1], reach, wide, high, dots[i + 2], sheet, share, pixels, nearest);
  }
  let { layer } = painter.buffers;
  if (!(layer?.width >= wide && layer.height >= high)) layer = painter.buffers.layer = new OffscreenCanvas(wide, high);
  layer.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(bytes, 0, 4 * size), wide, high), 0, 0);
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.globalAlpha = opacity;
  ctx.drawImage(layer, 0, 0, wide, high, left / fine, top / fine, wide / fine, high / fine);
  ctx.globalAlpha = 1;
}

// Set the pixels whose middle lies in a quadrangle, where nothing nearer was set. It runs some thousand times a frame, so it
// makes no arrays. p, q: its corners on the ring before and, after a step around, on this one; rings have `around` corners.
// ox, oy: where the scene's origin is; scale: pixels of a scene unit.
function fillQuad(corners, p, q, around, ox, oy, scale, wide, high, near, colour, pixels, nearest) {
  const ax = ox + scale * corners[2 * p];
  const ay = oy - scale * corners[2 * p + 1];
  const bx = ox + scale * corners[2 * (p + around)];
  const by = oy - scale * corners[2 * (p + around) + 1];
  const cx = ox + scale * corners[2 * q];
  const cy = oy - scale * corners[2 * q + 1];
  const dx = ox + scale * corners[2 * (q - around)];
  const dy = oy - scale * corners[2 * (q - around) + 1];
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

// Blend a colour into the pixels of a disk that nothing nearer hides. What lies below is opaque, or has this colour.
function fillDot(x, y, radius, wide, high, near, colour, opacity, pixels, nearest) {
  const first = Math.max(0, Math.floor(x - radius));
  const last = Math.min(wide - 1, Math.ceil(x + radius));
  const bottom = Math.min(high - 1, Math.ceil(y + radius));
  for (let row = Math.max(0, Math.floor(y - radius)); row <= bottom; row += 1) {
    const across = (row + 0.5 - y) * (row + 0.5 - y);
    for (let i = row * wide + first, column = first; column <= last; i += 1, column += 1) {
      const away = column + 0.5 - x;
      const within = radius + 0.5 - Math.sqrt(away * away + across);
      if (within <= 0 || near < nearest[i]) continue;
      const share = within < 1 ? opacity * within : opacity;
      const below = pixels[i];
      const under = below >>> 24;
      if (under < 255) pixels[i] = ((255 * share + under * (1 - share) + 0.5) << 24) | (colour & 0xffffff);
      else {
        const mix = (shift) => (share * ((colour >> shift) & 255) + (1 - share) * ((below >> shift) & 255) + 0.5) << shift;
        pixels[i] = (255 << 24) | mix(16) | mix(8) | mix(0);
      }
    }
  }
}
