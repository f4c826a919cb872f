// Shapes of cubic curves: a subpath of c curves has 1 + 3 c points, in one row.

const SAME = 1e-6; // scene units: a subpath that ends this near to its start is closed

// The static shapes of a film.
export class Outlines {
  constructor(timeline) {
    this.timeline = timeline;
    this.known = new Map();
  }

  load() {
    const { points, curves, subpaths } = this.timeline.header.outlines;
    const [xy, counts, parts] = [points, curves, subpaths].map((k) => this.timeline.array(k).data);
    this.shapes = [];
    let [at, subpath] = [0, 0];
    for (const many of parts) {
      const sizes = Array.from(counts.subarray(subpath, subpath + many));
      const length = 2 * sizes.reduce((sum, c) => sum + 1 + 3 * c, 0);
      this.shapes.push({ points: xy.subarray(at, at + length), sizes });
      subpath += many;
      at += length;
    }
  }

  shape(k) {
    if (!this.shapes) this.load();
    return this.shapes[k];
  }

  // Path2D of shapes, each shifted by a row of `at`.
  path(list, at) {
    const shifts = at === undefined ? null : this.timeline.array(at).data;
    const path = new Path2D();
    list.forEach((k, i) => {
      let one = this.known.get(k);
      if (!one) this.known.set(k, (one = pathOf(this.shape(k).points, this.shape(k).sizes)));
      path.addPath(one, new DOMMatrix([1, 0, 0, 1, shifts ? shifts[2 * i] : 0, shifts ? shifts[2 * i + 1] : 0]));
    });
    return path;
  }

  // The same as { points, sizes }.
  curves(list, at) {
    return curvesOf(list.map((k) => this.shape(k)), at === undefined ? null : this.timeline.array(at).data);
  }
}

export function curvesOf(shapes, shifts) {
  const points = new Float64Array(shapes.reduce((sum, shape) => sum + shape.points.length, 0));
  let to = 0;
  shapes.forEach((shape, i) => {
    for (let j = 0; j < shape.points.length; j += 1, to += 1) points[to] = shape.points[j] + (shifts ? shifts[2 * i + (j & 1)] : 0);
  });
  return { points, sizes: shapes.flatMap((shape) => shape.sizes) };
}

export function pathOf(p, sizes) {
  const path = new Path2D();
  let i = 0;
  for (const curves of sizes) {
    const start = i;
    path.moveTo(p[i], p[i + 1]);
    for (let c = 0; c < curves; c += 1, i += 6) path.bezierCurveTo(p[i + 2], p[i + 3], p[i + 4], p[i + 5], p[i + 6], p[i + 7]);
    if (curves && Math.abs(p[i] - p[start]) < SAME && Math.abs(p[i + 1] - p[start + 1]) < SAME) path.closePath();
    i += 2;
  }
  return path;
}

// The share from a to b of all curves together, counted in curves.
export function partOfCurves(p, sizes, a, b) {
  const path = new Path2D();
  const all = sizes.reduce((sum, c) => sum + c, 0);
  const [from, to] = [Math.max(0, a) * all, Math.min(1, b) * all];
  let [i, curve] = [0, 0];
  for (const curves of sizes) {
    let open = false;
    for (let c = 0; c < curves; c += 1, i += 6, curve += 1) {
      const [s, e] = [Math.max(0, from - curve), Math.min(1, to - curve)];
      if (s >= e) continue;
      const q = cut(p.subarray(i, i + 8), s, e);
      if (!open) path.moveTo(q[0], q[1]);
      open = true;
      path.bezierCurveTo(q[2], q[3], q[4], q[5], q[6], q[7]);
    }
    i += 2;
  }
  return path;
}

// The piece of one cubic curve (8 numbers) from s to e, by de Casteljau.
function cut(p, s, e) {
  if (s <= 0 && e >= 1) return p;
  const at = (u, v, w) => [0, 1].map((k) => {
    const mix = (x, y, t) => x + (y - x) * t;
    const [x, y, z] = [mix(p[k], p[2 + k], u), mix(p[2 + k], p[4 + k], u), mix(p[4 + k], p[6 + k], u)];
    return mix(mix(x, y, v), mix(y, z, v), w);
  });
  return [at(s, s, s), at(s, s, e), at(s, e, e), at(e, e, e)].flat(); // the blossom of the curve
}

// Stroke each line from a to b of its samples.
export function strokesOfPart(ctx, points, sizes, a, b, closed) {
  let start = 0;
  for (const size of sizes) {
    const spans = Math.max(size - 1 + Number(Boolean(closed)), 0);
    const place = (t) => {
      const i = Math.min(Math.floor(t), spans);
      const s = t - i;
      const [k, j] = [start + (i % size), start + ((i + 1) % size)];
      return [0, 1].map((c) => (s ? points[2 * k + c] + s * (points[2 * j + c] - points[2 * k + c]) : points[2 * k + c]));
    };
    const [from, to] = [Math.max(0, a) * spans, Math.min(1, b) * spans];
    if (to > from) {
      ctx.beginPath();
      ctx.moveTo(...place(from));
      for (let i = Math.floor(from) + 1; i < to; i += 1) ctx.lineTo(...place(i));
      ctx.lineTo(...place(to));
      ctx.stroke();
    }
    start += size;
  }
}
