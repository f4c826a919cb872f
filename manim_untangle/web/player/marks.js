// What a reader has put over the film: the point with its way, how long a unit is, and what other weights change.

import { answer, forward } from "./network.js";
import { range } from "./probe.js";

export const POINT = "#ffe066";
const RING = "#ff4fa3";
const PIECES = 10; // of the point's way through a move
const BARS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]; // units that a scale bar may show
const BAR = 44; // CSS pixels that it takes at least

export function drawMarks(touch, ctx, x, dense) {
  if (touch.pinned && touch.spaces.length && !touch.spaces.includes(touch.space)) touch.begin();
  const { space } = touch;
  if (!space || !touch.spaces.includes(space)) return;
  const { moved } = touch.painter.frames(x, ctx.canvas.width, ctx.canvas.height);
  const land = (at) => {
    const scene = space.view(x).project(at);
    return [moved.left + moved.scale * scene[0], moved.top - moved.scale * scene[1]];
  };
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.globalAlpha = 1;
  if (touch.layers) drawChanged(touch, ctx, x, dense, moved);
  if (touch.pinned || space.hand.zoom < 1) drawScale(ctx, dense, moved.scale * space.view(x).unit);
  if (!touch.point) return;
  const { t } = space.at(x);
  const whole = Math.max(1, Math.ceil(t));
  Object.assign(ctx, { strokeStyle: POINT, fillStyle: POINT, lineWidth: 2 * dense, lineJoin: "round" });
  range(whole).forEach((k) => {
    ctx.globalAlpha = Math.max(0.22, 1 - 0.2 * (whole - 1 - k));
    ctx.beginPath();
    for (let i = 0; i <= PIECES; i += 1) ctx[i ? "lineTo" : "moveTo"](...land(touch.way.at(Math.min(t, k + (i / PIECES) * Math.min(1, t - k)))));
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
  const disk = (at, radius) => {
    ctx.beginPath();
    ctx.arc(...at, radius * dense, 0, 2 * Math.PI);
  };
  disk(land(touch.way.at(0)), 3);
  ctx.fill();
  disk(land(touch.way.at(t)), 8);
  ctx.lineWidth = 3 * dense;
  ctx.fillStyle = touch.colourOf(touch.answer()) ?? POINT;
  ctx.fill();
  ctx.stroke();
}

// How long a unit of space is: a bar in the lower left corner. unit: pixels.
function drawScale(ctx, dense, unit) {
  const length = BARS.find((units) => units * unit > BAR * dense) ?? BARS.at(-1);
  const [x, y, tick] = [16 * dense, ctx.canvas.height - 16 * dense, 4 * dense];
  Object.assign(ctx, { strokeStyle: "#fff", fillStyle: "#fff", lineWidth: 2 * dense, lineJoin: "miter", font: `${13 * dense}px system-ui, sans-serif` });
  ctx.beginPath();
  ctx.moveTo(x, y - tick);
  for (const [right, up] of [[0, 0], [length * unit, 0], [length * unit, tick]]) ctx.lineTo(x + right, y - up);
  ctx.stroke();
  ctx.fillText(String(length), x + tick, y - 7 * dense);
}

// With other weights: rings around wrong points, and the readout's line once the last layer is reached.
function drawChanged(touch, ctx, x, dense, moved) {
  const { space, layers } = touch;
  const { t, moves } = space.at(x);
  ctx.strokeStyle = RING;
  ctx.lineWidth = 2 * dense;
  for (const { item, inputs, n, label } of touch.data(space)) {
    const { points } = touch.painter.samples(item, moved);
    for (let i = 0; i * n < inputs.length; i += 1) {
      if (answer(forward(layers, Array.from(inputs.subarray(i * n, i * n + n)))) === label) continue;
      ctx.beginPath();
      ctx.arc(moved.left + moved.scale * points[2 * i], moved.top - moved.scale * points[2 * i + 1], 8 * dense, 0, 2 * Math.PI);
      ctx.stroke();
    }
  }
  const { weight: [w], bias: [b] } = layers.at(-1);
  if (layers.at(-1).weight.length !== 1 || w.length !== 2 || t < moves.length - 0.01) return;
  const size = Math.hypot(...w);
  const foot = w.map((v) => (-b * v) / size ** 2);
  ctx.strokeStyle = "#fff";
  ctx.beginPath();
  for (const s of [-40, 40]) {
    const scene = space.view(x).project({ places: Float64Array.of(foot[0] - (s * w[1]) / size, foot[1] + (s * w[0]) / size), n: 2 });
    ctx[s < 0 ? "moveTo" : "lineTo"](moved.left + moved.scale * scene[0], moved.top - moved.scale * scene[1]);
  }
  ctx.stroke();
}
