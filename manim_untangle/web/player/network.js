// Evaluates the network. netlib computed every matrix; here they are only applied.
// A point is a list of numbers. Many points are one long array, point after point, with n numbers each.

// The error function by its series; beyond 5 it is 1 or -1 up to 2e-12.
function erf(x) {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 120 && Math.abs(term) > 1e-18; n += 1) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const leaky = (slope) => (z) => (z >= 0 ? z : slope * z);
const elu = (alpha) => (z) => (z >= 0 ? z : alpha * Math.expm1(z));
const families = { leaky_relu: leaky, elu };

const activations = {
  identity: (z) => z,
  tanh: Math.tanh,
  sigmoid,
  relu: (z) => Math.max(z, 0),
  relu6: (z) => Math.min(Math.max(z, 0), 6),
  hardsigmoid: (z) => Math.min(Math.max(z + 3, 0), 6) / 6,
  leaky_relu: leaky(0.01),
  hardtanh: (z) => Math.min(Math.max(z, -1), 1),
  softshrink: (z) => z - Math.min(Math.max(z, -0.5), 0.5),
  logsigmoid: (z) => -softplus(-z),
  tanhshrink: (z) => z - Math.tanh(z),
  elu: elu(1),
  selu: (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
  softplus,
  softsign: (z) => z / (1 + Math.abs(z)),
  gelu: (z) => (z / 2) * (1 + erf(z / Math.SQRT2)),
  gelu_tanh: (z) => z * sigmoid(2 * Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)),
  silu: (z) => z * sigmoid(z),
  hardswish: (z) => (z * Math.min(Math.max(z + 3, 0), 6)) / 6,
  mish: (z) => z * Math.tanh(softplus(z)),
};

// An activation by its name; leaky_relu(0.3) and elu(0.5) are made when they are asked for.
export function activationOf(name) {
  const made = () => { const [, family, number] = name.match(/(.*)\((.*)\)/); return families[family](Number(number)); };
  return (activations[name] ??= made());
}

export const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

// The network's output for one input: the forward pass, layer by layer.
export function forward(layers, input) {
  return layers.reduce((point, { weight, bias, activation }) => {
    const bend = activationOf(activation);
    return weight.map((row, i) => bend(dot(row, point) + bias[i]));
  }, input);
}

// 0, 1, ...: the sign of a single output, or the largest of several.
export function answer(output) {
  return output.length === 1 ? Number(output[0] > 0) : output.indexOf(Math.max(...output));
}

// The rotation at t: each plane of the basis is turned by t times its angle.
function turned({ basis, angles, rotation }, t) {
  if (t >= 1) return rotation;
  const n = basis.length;
  const middle = basis.map((_, i) => basis.map((_, j) => Number(i === j)));
  angles.forEach((angle, k) => {
    const [c, s, i] = [Math.cos(t * angle), Math.sin(t * angle), 2 * k];
    middle[i][i] = middle[i + 1][i + 1] = c;
    middle[i][i + 1] = -s;
    middle[i + 1][i] = s;
  });
  const left = basis.map((row) => middle[0].map((_, j) => row.reduce((sum, b, k) => sum + b * middle[k][j], 0)));
  return left.map((row) => Array.from({ length: n }, (_, j) => dot(row, basis[j])));
}

export function linear(matrix, places) {
  const n = matrix.length;
  const entries = Float64Array.from(matrix.flat());
  const result = new Float64Array(places.length);
  for (let start = 0; start < places.length; start += n) {
    for (let i = 0, k = 0; i < n; i += 1) {
      let sum = 0;
      for (let j = start; j < start + n; j += 1, k += 1) sum += entries[k] * places[j];
      result[start + i] = sum;
    }
  }
  return result;
}

// Each kind of step: places with n numbers each, at t = 0, to { places, n } at t. `part` is what the points belong to.
const steps = {
  blend: ({ matrix }, t, places, n) =>
    ({ places: linear(matrix.map((row, i) => row.map((value, j) => (1 - t) * Number(i === j) + t * value)), places), n }),
  turn: (step, t, places, n) => ({ places: linear(turned(step, t), places), n }),
  shift: ({ bias }, t, places, n) => {
    const shifted = new Float64Array(places.length);
    for (let i = 0, j = 0; i < places.length; i += 1, j = j + 1 < n ? j + 1 : 0) shifted[i] = places[i] + t * bias[j];
    return { places: shifted, n };
  },
  bend: ({ activation, width }, t, places, n) => {
    const bent = activationOf(activation);
    const bend = new Float64Array(places);
    for (let i = 0; i < places.length; i += n) {
      for (let j = i; j < i + width; j += 1) bend[j] = (1 - t) * places[j] + t * bent(places[j]);
    }
    return { places: bend, n };
  },
  lift: ({ weight, bias, activation, scale }, t, places, n) => {
    const bent = activation === "square" ? (z) => z * z : activationOf(activation);
    const lifted = new Float64Array(places);
    for (let i = 0; i < places.length; i += n) {
      scale.forEach((s, j) => { lifted[i + 2] += t * s * bent(weight[j][0] * places[i] + weight[j][1] * places[i + 1] + bias[j]); });
    }
    return { places: lifted, n };
  },
  network: (step, t, places, n, part) => {
    const seen = part.trained(step, t);
    return step.blend ? mixed({ places, n }, seen, t) : t === 0 ? { places, n } : seen;
  },
  sphere: ({ epsilon, groups = 1 }, t, places, n) => {
    const [moved, size] = [new Float64Array(places.length), n / groups];
    for (let i = 0; i < places.length; i += size) {
      let squares = 0;
      for (let j = i; j < i + size; j += 1) squares += places[j] * places[j];
      const factor = 1 - t + t / Math.sqrt(squares / size + epsilon);
      for (let j = i; j < i + size; j += 1) moved[j] = factor * places[j];
    }
    return { places: moved, n };
  },
  to: (step, t, places, n, part, k) => mixed({ places, n }, part.stage(k + 1), t),
};

// (1 - t) p + t q; the shorter of the two is padded with zeros.
function mixed(p, q, t) {
  const n = Math.max(p.n, q.n);
  const places = new Float64Array((p.places.length / p.n) * n);
  for (let i = 0, to = 0; to < places.length; i += 1, to += n) {
    for (let j = 0; j < n; j += 1) {
      const [from, next] = [j < p.n ? p.places[i * p.n + j] : 0, j < q.n ? q.places[i * q.n + j] : 0];
      places[to + j] = (1 - t) * from + t * next;
    }
  }
  return { places, n };
}

// Places with `from` numbers each, cut to the inputs of the move and padded with zeros to its ambient dimension.
function padded({ inputs, ambient }, places, from) {
  if (from === inputs && inputs === ambient) return places;
  const result = new Float64Array((places.length / from) * ambient);
  for (let i = 0, to = 0; i < places.length; i += from, to += ambient) {
    for (let j = 0; j < Math.min(inputs, from); j += 1) result[to + j] = places[i + j];
  }
  return result;
}

// Points that the moves carry: places with `inputs` numbers each. at(t) gives { places, n } for t in [0, number of moves]. The places after each whole move
// are kept, so that a frame costs one move and not all of them.
// stages: { whole time: { places, n } }, which count in place of what the moves give. trained(step, t) gives the places
// of the inputs in a network that trains.
export class MovingPoints {
  constructor(moves, places, inputs, stages = {}, trained = undefined) {
    Object.assign(this, { moves, given: stages, stages: [stages[0] ?? { places, n: inputs }], start: { places, n: inputs } });
    this.trained = (step, t) => trained(step, t, this.start);
  }

  at(t) {
    if (!this.moves.length) return this.stages[0];
    const now = Math.min(Math.max(t, 0), this.moves.length);
    const whole = Math.min(Math.floor(now), this.moves.length - 1);
    return now === whole + 1 ? this.stage(whole + 1) : this.move(whole, now - whole);
  }

  // Where the points are after k whole moves.
  stage(k) {
    for (let i = this.stages.length; i <= k; i += 1) this.stages.push(this.given[i] ?? this.move(i - 1, 1));
    return this.stages[k];
  }

  move(k, t) {
    const move = this.moves[k];
    const start = this.stage(k);
    const from = { places: padded(move, start.places, start.n), n: move.ambient };
    return move.steps.reduce(({ places, n }, step) => steps[step.kind](step, t, places, n, this, k), from);
  }
}
