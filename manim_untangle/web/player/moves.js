// The moves of a space in other forms: regrouped, and with other weights.

import { range } from "./probe.js";

const APART = { blend: "stretch", turn: "rotate", shift: "shift" }; // what a step is called that is a move by itself

// The other way to show each W x + b: as one move where it is several, taken apart where it is one. Gives the moves, whether
// they are apart, and at(t), the time along them; null where there is no other way.
export function regrouped(moves) {
  if (!moves.every(({ steps: own }) => own.every(({ kind }) => kind in APART || kind === "bend" || kind === "sphere"))) return null;
  const groups = [];
  for (const move of moves) {
    const last = groups.at(-1)?.at(-1);
    const goes = last && last.layer === move.layer && last.part !== "bend" && move.part !== "bend";
    if (goes) groups.at(-1).push(move);
    else groups.push([move]);
  }
  const apart = groups.every((group) => group.length === 1);
  if (apart && moves.every(({ steps: own }) => own.length === 1)) return null;
  const others = groups.map(([first, ...rest]) => {
    if (!apart) return rest.length ? [{ ...first, title: "W x + b", steps: [first, ...rest].flatMap((move) => move.steps) }] : [first];
    if (first.steps.length === 1) return [first];
    return first.steps.map((step, i) => ({ ...first, title: step.title ?? APART[step.kind], inputs: i ? first.ambient : first.inputs, steps: [step] }));
  });
  const at = (t) => {
    let [from, to] = [0, 0];
    for (let k = 0; k < groups.length; k += 1) {
      const [long, other] = [groups[k].length, others[k].length];
      if (t <= from + long) return to + ((t - from) / long) * other;
      from += long;
      to += other;
    }
    return to;
  };
  return { moves: others.flat(), apart, at };
}

// The moves of a space with other weights: the same number of moves, each W x + b on the straight way from I to W.
export function movesOf(told, layers) {
  const first = new Set();
  return told.map((move) => {
    const { weight, bias } = layers[move.layer];
    if (move.part === "bend") return move;
    const matrix = range(move.ambient).map((i) => range(move.ambient).map((j) => weight[i]?.[j] ?? 0));
    const shift = range(move.ambient).map((i) => bias[i] ?? 0);
    const fresh = !first.has(move.layer);
    first.add(move.layer);
    const shifts = move.steps.some(({ kind }) => kind === "shift");
    const steps = [...(fresh ? [{ kind: "blend", matrix }] : []), ...(shifts ? [{ kind: "shift", bias: shift }] : [])];
    return { ...move, steps };
  });
}

// Whether every move of a space is of W x + b or an activation, so that it follows from the weights.
export const follows = (moves, layers) => moves.length > 0 && moves.every(({ layer, steps }) =>
  layer < layers.length && steps.every(({ kind }) => ["blend", "turn", "shift", "bend"].includes(kind)));
