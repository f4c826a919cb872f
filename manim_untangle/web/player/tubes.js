// Tubes around closed curves, as a surface of small quadrangles: lit, with dark rims, the farthest first.

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
  const quads = { near: [], far: [] };
  tubes.forEach(({ at, axes, scene }, k) => {
    const colour = told.colours[k];
    const stripes = told.stripes?.[k] ?? 0;
    for (let i = 0; i < along; i += 1) {
      const next = (i + 1) % along;
      const before = (i + along - 1) % along;
      const dark = stripes && Math.floor((2 * i * stripes) / along) % 2 === 1 ? stripe : 1;
      for (let j = 0; j < around; j += 1) {
        const right = (j + 1) % around;
        const [p, a, b, c] = [i * around + j, next * around + j, next * around + right, i * around + right];
        const difference = (q, s) => [axes[3 * q] - axes[3 * s], axes[3 * q + 1] - axes[3 * s + 1], axes[3 * q + 2] - axes[3 * s + 2]];
        let n = unit(cross(difference(a, before * around + j), difference(c, i * around + ((j + around - 1) % around))));
        if (n[2] < 0) n = n.map((v) => -v);
        const lit = darkest + (1 - darkest) * Math.max(0, n[0] * light[0] + n[1] * light[1] + n[2] * light[2]);
        const near = (axes[3 * p + 2] - least) / Math.max(most - least, 1e-9);
        const shade = lit * (0.15 + 0.85 * Math.min(1, n[2] / rim)) * (1 - far * (1 - near)) * dark;
        const own = told.fourth_colours && fourth > 0 ? hue(at.n > 3 ? at.places[at.n * p + 3] : 0, told.fourth_colours) : colour;
        const rgb = [0, 1, 2].map((c) => Math.round(shade * ((1 - fourth) * colour[c] + fourth * own[c])));
        let value = cut[3];
        for (let c = 0; c < Math.min(3, at.n); c += 1) value += cut[c] * at.places[at.n * p + c];
        const side = whole || value * towards > 0 ? quads.near : quads.far;
        side.push({ z: axes[3 * p + 2] + axes[3 * b + 2], rgb, at: [p, a, b, c].flatMap((q) => [scene[2 * q], scene[2 * q + 1]]) });
      }
    }
  });
  for (const side of Object.values(quads)) side.sort((p, q) => p.z - q.z);
  return Object.assign(shared, { key, view, moves, quads });
}

function hue(value, [low, middle, high]) {
  const v = Math.max(-1, Math.min(1, value));
  const [from, to, share] = v < 0 ? [low, middle, v + 1] : [middle, high, v];
  return from.map((c, i) => c + (to[i] - c) * share);
}

export function drawTubes(ctx, item, painter, opacity) {
  const quads = surface(item, painter).quads[item.told.side];
  ctx.globalAlpha = 1;
  ctx.lineWidth = 0.012; // covers the seams between neighbours
  ctx.lineJoin = "round";
  for (const { rgb, at } of quads) {
    ctx.fillStyle = ctx.strokeStyle = `rgba(${rgb.join(" ")} / ${opacity})`;
    ctx.beginPath();
    ctx.moveTo(at[0], at[1]);
    ctx.lineTo(at[2], at[3]);
    ctx.lineTo(at[4], at[5]);
    ctx.lineTo(at[6], at[7]);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
}
