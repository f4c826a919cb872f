// Touching by keyboard, while the panel is open and the picture has the focus: arrows move the point, Page Up and Page
// Down its third coordinate; Shift and arrows turn space.

import { clamp } from "./probe.js";

const STEP = 0.05; // of an input
const FARTHEST = 6; // of an input, from 0
const TURN = 0.1; // radians
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const DEEPER = { PageUp: 1, PageDown: -1 };
const HINT = "Arrows move the point, Page Up and Page Down its third coordinate. Shift and arrows turn space.";

// Let the picture take the focus, or no longer.
export function focusable(canvas, on) {
  canvas.role = on ? "application" : "img";
  canvas.ariaDescription = on ? HINT : null;
  if (on) canvas.tabIndex = 0;
  else canvas.removeAttribute("tabindex");
}

// Where a point begins that nobody has put anywhere: at the middle of what is drawn.
function first(touch) {
  const { inputs, n } = touch.guesses(touch.space)[0] ?? { inputs: [], n: 0 };
  const at = n * Math.floor(inputs.length / n / 2);
  return n ? Array.from(inputs.slice(at, at + n)) : null;
}

export function pressed(touch, event) {
  if (touch.panel.hidden || !touch.space || event.ctrlKey || event.metaKey || event.altKey) return;
  const [right, up] = ARROWS[event.key] ?? [0, 0];
  const deeper = DEEPER[event.key] ?? 0;
  if (!right && !up && !deeper) return;
  if (event.shiftKey) touch.turn(touch.space, TURN * right, TURN * up);
  else {
    const point = touch.point ?? first(touch);
    if (!point) return;
    const by = [right, up, deeper];
    touch.point = point.map((v, k) => clamp(v + STEP * (by[k] ?? 0), -FARTHEST, FARTHEST));
    touch.own = null;
    touch.changed();
  }
  event.preventDefault();
}
