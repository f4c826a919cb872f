"use strict";
// The network, evaluated. Every matrix was computed by netlib; here they are only applied.
// Points are rows of numbers: [[x, y], ...].

const activations = {
  identity: (z) => z,
  tanh: Math.tanh,
  sigmoid: (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z))),
  relu: (z) => Math.max(z, 0),
  leaky_relu: (z) => (z >= 0 ? z : 0.01 * z),
  elu: (z) => (z >= 0 ? z : Math.expm1(z)),
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
};

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const times = (matrix, point) => matrix.map((row) => dot(row, point));

// The network's output for one input: the forward pass, layer by layer.
function forward(layers, input) {
  return layers.reduce((point, { weight, bias, activation }) => {
    const bend = activations[activation];
    return weight.map((row, i) => bend(dot(row, point) + bias[i]));
  }, input);
}

// 0, 1, ...: the sign of a single output, or the largest of several.
function answer(output) {
  return output.length === 1 ? Number(output[0] > 0) : output.indexOf(Math.max(...output));
}

// The rotation a share t of the way: each plane of the basis turned by its share of the angle.
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

// Each kind of step, ready to be applied at t: a function of one point.
const steps = {
  blend: ({ matrix }, t) => {
    const mixed = matrix.map((row, i) => row.map((value, j) => (1 - t) * Number(i === j) + t * value));
    return (point) => times(mixed, point);
  },
  turn: (step, t) => {
    const matrix = turned(step, t);
    return (point) => times(matrix, point);
  },
  shift: ({ bias }, t) => (point) => point.map((value, i) => value + t * bias[i]),
  bend: ({ activation, width }, t) => (point) =>
    point.map((z, i) => (i < width ? (1 - t) * z + t * activations[activation](z) : z)),
};

// One move at t in [0, 1], as a function of one point; points are padded with zeros to the space of the move.
function moved(move, t) {
  const parts = move.steps.map((step) => steps[step.kind](step, t));
  return (point) => {
    const padded = Array.from({ length: move.ambient }, (_, i) => (i < move.inputs ? (point[i] ?? 0) : 0));
    return parts.reduce((now, part) => part(now), padded);
  };
}

// Points whose places after each whole move are kept, so that a frame costs one move and not the whole way.
class Carried {
  constructor(moves, inputs) {
    Object.assign(this, { moves, stages: [inputs] });
  }

  at(t) {
    if (!this.moves.length) return this.stages[0];
    const whole = Math.min(Math.floor(t), this.moves.length - 1);
    for (let k = this.stages.length; k <= whole; k += 1) {
      this.stages.push(this.stages[k - 1].map(moved(this.moves[k - 1], 1)));
    }
    return this.stages[whole].map(moved(this.moves[whole], t - whole));
  }
}

// Where points are at time t in [0, number of moves].
const carried = (moves, points, t) => new Carried(moves, points).at(t);
