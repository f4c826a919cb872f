// Reads a .timeline file (docs/timeline.md): a header in JSON, arrays, and tracks of values over time.
// Times are counted in frames, x.

const FORMAT = "untangle-timeline";

// The header and the arrays of a file. bytes: what the file holds, gzipped or not. Throws an Error in one line.
export async function readTimeline(bytes) {
  let data = new Uint8Array(bytes);
  if (data[0] === 0x1f && data[1] === 0x8b) {
    const plain = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
    data = new Uint8Array(await new Response(plain).arrayBuffer());
  }
  if (String.fromCharCode(...data.subarray(0, 4)) !== "UTL1") throw new Error("this is no timeline of a film");
  const length = new DataView(data.buffer, data.byteOffset).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(data.subarray(8, 8 + length)));
  if (header.format !== FORMAT || header.version !== 1) throw new Error("this player reads timelines of version 1");
  return new Timeline(header, data.subarray(8 + length));
}

const BYTES = { f32: 4, f64: 8, i8: 1, i16: 2, i32: 4, u8: 1 };

// A film: header, arrays that are decoded when they are first asked for, and tracks.
export class Timeline {
  constructor(header, bytes) {
    Object.assign(this, { header, bytes, known: [], tracks: header.tracks.map((track) => new Track(track, this)) });
    let start = 0;
    this.starts = header.arrays.map(([type, shape]) => {
      const here = start;
      start += BYTES[type] * shape.reduce((a, b) => a * b, 1);
      return here;
    });
  }

  // Array k: { data, shape }. Numbers are floats in one long row; bytes stay bytes.
  array(k) {
    return (this.known[k] ??= { data: this.decoded(k), shape: this.header.arrays[k][1] });
  }

  decoded(k) {
    const [type, shape, scale] = this.header.arrays[k];
    const count = shape.reduce((a, b) => a * b, 1);
    const raw = this.bytes.subarray(this.starts[k], this.starts[k] + count * BYTES[type]);
    if (type === "u8") return raw;
    const data = new Float64Array(count);
    if (type[0] === "f") {
      const view = new DataView(raw.buffer, raw.byteOffset);
      for (let i = 0; i < count; i += 1) data[i] = type === "f32" ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true);
      return data;
    }
    const shift = 32 - 8 * BYTES[type];
    const columns = shape[0] ? count / shape[0] : 1;
    for (let i = 0; i < count; i += 1) {
      let number = 0;
      for (let b = 0; b < BYTES[type]; b += 1) number |= raw[b * count + i] << (8 * b);
      data[i] = ((number << shift) >> shift) + (i < columns ? 0 : data[i - columns]);
    }
    for (let i = 0; i < count; i += 1) data[i] *= scale;
    return data;
  }

  // The function of time that a value stands for: x to numbers. It gives the same object again while nothing moves.
  value(value) {
    if (typeof value === "number") return (x) => this.tracks[value].at(x);
    const fixed = Float64Array.from(value);
    return () => fixed;
  }
}

// A value over time: Bezier curves, one after another.
class Track {
  constructor({ starts, spans, orders, values }, timeline) {
    Object.assign(this, { starts, spans, orders, last: 0 });
    this.rows = [];
    let row = 0;
    for (const order of orders) {
      this.rows.push(row);
      row += order + 1;
    }
    this.load = () => {
      const { data, shape } = timeline.array(values);
      const width = data.length / shape[0];
      this.points = Array.from({ length: shape[0] }, (_, i) => data.subarray(i * width, (i + 1) * width));
    };
  }

  at(x) {
    if (x !== this.x) {
      this.now = this.found(x);
      this.x = x;
    }
    return this.now;
  }

  found(x) {
    if (!this.points) this.load();
    const { starts } = this;
    let i = this.last;
    if (starts[i] > x || (starts[i + 1] ?? Infinity) <= x) {
      let [low, high] = [0, starts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle] <= x) low = middle + 1;
        else high = middle;
      }
      i = Math.max(0, low - 1);
      this.last = i;
    }
    const [order, row] = [this.orders[i], this.rows[i]];
    const s = order ? Math.max(0, Math.min(1, (x - starts[i]) / this.spans[i])) : 1;
    if (!(s < 1)) return this.points[row + order];
    if (s === 0) return this.points[row];
    const [p, q] = [this.points[row], this.points[row + 1]];
    const result = new Float64Array(p.length);
    if (order === 1) {
      for (let j = 0; j < p.length; j += 1) result[j] = (1 - s) * p[j] + s * q[j];
      return result;
    }
    const [r, e, u] = [this.points[row + 2], this.points[row + 3], 1 - s];
    const [a, b, c, d] = [u * u * u, 3 * u * u * s, 3 * u * s * s, s * s * s];
    for (let j = 0; j < p.length; j += 1) result[j] = a * p[j] + b * q[j] + c * r[j] + d * e[j];
    return result;
  }
}
