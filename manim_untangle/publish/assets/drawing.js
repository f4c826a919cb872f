// Functions that draw: the fixed ghost grid, lines, data, the readout, the point with its path, a scale bar.
// The colours and markers are those of the films.

const COLOUR = {
  ghost: "#333333", grid: "#3e8fc4", boundary: "#ffffff", loop: "#c792ea", point: "#ffe066", wrong: "#ff4fa3", ink: "#ffffff", plate: "#000000cc",
};
const CLASS_COLOURS = ["#ff9a3c", "#7cd4ff", "#2fd6a1", "#f7ec6e", "#e58fc6", "#5b8def", "#ff6a4d", "#d9d9d9", "#b39ddb", "#a6761d"];
const MARKERS = ["square", "disk", "triangle", "diamond"];
const classColour = (label) => CLASS_COLOURS[label % CLASS_COLOURS.length];

const GRID_STEP = 0.25;
const GRID_HALF = [3, 2]; // units of input space, beyond the frame at the start
const SAMPLES = 97; // of a grid line: its chords stay within a pixel of the curve

const spread = (half, count) => range(count).map((i) => -half + (2 * half * i) / (count - 1));

// The lines of the grid of inputs: [[point, ...], ...], each point a row of as many numbers as there are inputs.
function gridLines(inputs) {
  if (inputs === 1) return [spread(GRID_HALF[0], SAMPLES).map((x) => [x])];
  if (inputs === 3) {
    const fixed = range(9).map((i) => [(i % 3) - 1, Math.floor(i / 3) - 1]);
    const along = spread(1.2, 33);
    return [0, 1, 2].flatMap((axis) =>
      fixed.map(([a, b]) => along.map((s) => [0, 1, 2].map((i) => (i === axis ? s : i === (axis + 1) % 3 ? a : b)))));
  }
  return [0, 1].flatMap((axis) => {
    const other = 1 - axis;
    const places = spread(GRID_HALF[axis], 1 + Math.round((2 * GRID_HALF[axis]) / GRID_STEP));
    const along = spread(GRID_HALF[other], SAMPLES);
    return places.map((p) => along.map((s) => (axis ? [s, p] : [p, s])));
  });
}

function strokeLine(ctx, points, closed = false, start = 0, end = points.length) {
  ctx.beginPath();
  for (let i = start; i < end; i += 1) ctx[i === start ? "moveTo" : "lineTo"](points[i][0], points[i][1]);
  if (closed) ctx.closePath();
  ctx.stroke();
}

function tracedMarker(ctx, kind, x, y, r) {
  ctx.beginPath();
  if (kind === "disk") ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (kind === "square") ctx.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r);
  else {
    const [corners, first] = kind === "triangle" ? [3, -0.5] : [4, -0.5];
    range(corners).forEach((i) => {
      const angle = Math.PI * (first + (2 * i) / corners);
      ctx[i ? "lineTo" : "moveTo"](x + 1.25 * r * Math.cos(angle), y + 1.25 * r * Math.sin(angle));
    });
    ctx.closePath();
  }
}

// A fourth coordinate is shown as colour, with the colours that the films have at -1, 0 and 1.
const FOURTH = [[143, 99, 255], [232, 232, 232], [168, 224, 60]];
function fourthColour(value) {
  const v = Math.max(-1, Math.min(1, value));
  const [from, to, share] = v < 0 ? [FOURTH[0], FOURTH[1], v + 1] : [FOURTH[1], FOURTH[2], v];
  return `rgb(${from.map((c, i) => Math.round(between(c, to[i], share))).join(" ")})`;
}

function drawFourthLegend(ctx, size) {
  const [x, y, wide, steps] = [size.width - 152, size.height - 26, 120, 24];
  range(steps).forEach((k) => {
    ctx.fillStyle = fourthColour((2 * k) / (steps - 1) - 1);
    ctx.fillRect(x + (wide * k) / steps, y, wide / steps + 0.5, 10);
  });
  ctx.fillStyle = COLOUR.ink;
  ctx.font = "13px system-ui, sans-serif";
  ctx.fillText("4th neuron: −1 to 1", x, y - 6);
}

// Ghost grid: unit lines of the space at this time; in three dimensions only the axes.
function drawGhost(ctx, size, projection) {
  ctx.strokeStyle = COLOUR.ghost;
  ctx.lineWidth = 1;
  if (projection.lean > 0.02) {
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]].forEach((axis) =>
      strokeLine(ctx, [axis.map((v) => -1.5 * v), axis.map((v) => 1.5 * v)].map(projection.project)));
    return;
  }
  const step = projection.unit < 60 ? 1 : 0.5;
  const [cx, cy] = [size.width / 2, size.height / 2];
  for (let k = 0; k * step * projection.unit < Math.max(cx, cy); k += 1) {
    const d = k * step * projection.unit;
    [-d, d].forEach((v) => {
      strokeLine(ctx, [[cx + v, 0], [cx + v, size.height]]);
      strokeLine(ctx, [[0, cy + v], [size.width, cy + v]]);
    });
  }
}

function drawScaleBar(ctx, size, unit) {
  const length = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((l) => l * unit > 44) ?? 20;
  const [x, y] = [16, size.height - 16];
  ctx.strokeStyle = ctx.fillStyle = COLOUR.ink;
  ctx.lineWidth = 2;
  strokeLine(ctx, [[x, y - 4], [x, y], [x + length * unit, y], [x + length * unit, y - 4]]);
  ctx.font = "13px system-ui, sans-serif";
  ctx.fillText(String(length), x + 4, y - 7);
}

function drawData(ctx, places, show) {
  const order = show.depth ? places.map((p, i) => i).sort((i, j) => places[i].at[2] - places[j].at[2]) : range(places.length);
  for (const i of order) {
    const { at: [x, y], colour, label, wrong } = places[i];
    ctx.fillStyle = colour;
    tracedMarker(ctx, MARKERS[label % MARKERS.length], x, y, show.radius);
    ctx.fill();
    if (!wrong) continue;
    ctx.strokeStyle = COLOUR.wrong;
    ctx.lineWidth = 2;
    tracedMarker(ctx, "disk", x, y, show.radius + 4);
    ctx.stroke();
  }
}

// The readout: a straight line for two neurons, a plane for three.
function drawReadout(ctx, { weight, bias }, projection, opacity) {
  if (weight.length !== 1 || weight[0].length < 2 || weight[0].length > 3) return;
  const [w, b] = [weight[0], bias[0]];
  const length = Math.hypot(...w);
  const foot = w.map((v) => (-b * v) / length ** 2);
  ctx.globalAlpha = opacity;
  ctx.strokeStyle = ctx.fillStyle = COLOUR.boundary;
  ctx.lineWidth = 2.5;
  if (w.length === 2) {
    strokeLine(ctx, [-20, 20].map((s) => projection.project([foot[0] - (s * w[1]) / length, foot[1] + (s * w[0]) / length])));
  } else {
    const n = w.map((v) => v / length);
    const least = n.map(Math.abs).indexOf(Math.min(...n.map(Math.abs)));
    const cross = (p, q) => [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
    const first = cross(n, [0, 1, 2].map((i) => Number(i === least)));
    const side = first.map((v) => v / Math.hypot(...first));
    const other = cross(n, side);
    const corners = [[1, 1], [-1, 1], [-1, -1], [1, -1]].map(([s, t]) =>
      projection.project(foot.map((v, i) => v + 1.2 * (s * side[i] + t * other[i]))));
    strokeLine(ctx, corners, true);
    ctx.globalAlpha = 0.18 * opacity;
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

// The point and its path, a list of places for each move; older moves are fainter.
function drawPoint(ctx, path, at, colour) {
  Object.assign(ctx, { strokeStyle: COLOUR.point, fillStyle: COLOUR.point, lineWidth: 2 });
  path.forEach((places, k) => {
    ctx.globalAlpha = Math.max(0.22, 1 - 0.2 * (path.length - 1 - k));
    strokeLine(ctx, places);
  });
  tracedMarker(ctx, "disk", path[0][0][0], path[0][0][1], 3);
  ctx.fill();
  ctx.globalAlpha = 1;
  Object.assign(ctx, { fillStyle: colour, lineWidth: 3 });
  tracedMarker(ctx, "disk", at[0], at[1], 8);
  ctx.fill();
  ctx.stroke();
}
