// The point that the reader drags: finds the input that the network carries to where the pointer is.

import { dot } from "./network.js";

export const range = (count) => Array.from({ length: count }, (_, i) => i);
export const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
export const REACHABLE = 3; // the largest absolute value of an input

// Solve a square system by Gaussian elimination with pivoting; rows are altered.
function solved(rows, right) {
  const n = rows.length;
  for (let i = 0; i < n; i += 1) {
    const pivot = range(n).slice(i).reduce((best, r) => (Math.abs(rows[r][i]) > Math.abs(rows[best][i]) ? r : best), i);
    [rows[i], rows[pivot], right[i], right[pivot]] = [rows[pivot], rows[i], right[pivot], right[i]];
    if (Math.abs(rows[i][i]) < 1e-12) return null;
    for (let r = i + 1; r < n; r += 1) {
      const factor = rows[r][i] / rows[i][i];
      for (let c = i; c < n; c += 1) rows[r][c] -= factor * rows[i][c];
      right[r] -= factor * right[i];
    }
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    right[i] = (right[i] - range(n).slice(i + 1).reduce((sum, c) => sum + rows[i][c] * right[c], 0)) / rows[i][i];
  }
  return right;
}

// Returns the input that lands nearest to `target`, and its distance from it, by the Levenberg-Marquardt method with
// finite differences. land: input -> numbers on screen; guess: the first input to try.
export function inputLandingOn(target, land, guess) {
  const off = (input) => land(input).map((v, i) => v - target[i]);
  const size = (v) => Math.hypot(...v);
  let [input, miss, damping] = [guess, off(guess), 1e-2];
  for (let round = 0; round < 25 && size(miss) > 0.05; round += 1) {
    const slopes = input.map((v, k) => {
      const nudged = off(input.map((w, i) => (i === k ? w + 1e-5 : w)));
      return nudged.map((w, i) => (w - miss[i]) / 1e-5);
    });
    const normal = slopes.map((a, i) => slopes.map((b, j) => dot(a, b) * (i === j ? 1 + damping : 1) + Number(i === j) * 1e-9));
    const step = solved(normal, slopes.map((a) => -dot(a, miss)));
    if (!step) break;
    const next = input.map((v, i) => clamp(v + step[i], -REACHABLE, REACHABLE));
    const nextMiss = off(next);
    if (size(nextMiss) < size(miss)) [input, miss, damping] = [next, nextMiss, damping / 4];
    else damping *= 6;
  }
  return { input, miss: size(miss) };
}
