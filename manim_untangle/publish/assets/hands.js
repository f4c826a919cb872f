// Hands on the picture: mouse, finger and keys.

// Put the point on the input that now lands at the pointer. Three inputs need a third equation: it keeps its depth.
function put(live, x, y) {
  const deep = live.network.inputs === 3;
  const land = (input) => {
    const [px, py, near] = live.facing.project(carried(live.moves, [input], live.t)[0]);
    return deep ? [px, py, near * live.facing.unit] : [px, py];
  };
  const target = deep ? [x, y, live.pointAt[2] * live.facing.unit] : [x, y];
  const here = inputLandingOn(target, land, live.point);
  const there = here.miss < 3 || deep ? here : inputLandingOn(target, land, nearestInput(live, x, y));
  live.point = (there.miss < here.miss ? there : here).input;
  live.describe();
  live.redraw();
}

function nearestInput(live, x, y) {
  const inputs = live.grid.curves.flat();
  const away = live.facing.projectAll(live.grid.places.at(live.t)).map(([px, py]) => Math.hypot(px - x, py - y));
  return inputs[away.reduce((best, d, i) => (d < away[best] ? i : best), 0)];
}

function nudge(live, axis, by) {
  if (axis >= live.network.inputs) return;
  live.point = live.point.map((v, i) => (i === axis ? clamp(v + by, -REACHABLE, REACHABLE) : v));
  live.describe();
  live.announce();
  live.redraw();
}

function listen(live) {
  const { canvas, slider } = live;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const near = (event, radius) => {
    const [x, y] = place(event);
    return live.pointAt && Math.hypot(x - live.pointAt[0], y - live.pointAt[1]) < radius;
  };
  // a finger on the point drags it; anywhere else it scrolls the page, as it should
  canvas.addEventListener("touchstart", (event) => {
    if (near(event.touches[0], 36)) event.preventDefault();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    const touch = event.pointerType === "touch";
    const grabs = near(event, touch ? 36 : 20);
    const hold = grabs || (!touch && live.facing.lean < 0.5) ? "point" : live.facing.lean >= 0.5 ? "space" : "tap";
    live.held = { hold, x: event.clientX, y: event.clientY };
    live.halt();
    if (hold === "tap") return;
    canvas.setPointerCapture(event.pointerId);
    if (hold === "point" && !grabs) put(live, ...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!live.held) {
      canvas.classList.toggle("grab", Boolean(near(event, 20)));
    } else if (live.held.hold === "point") {
      put(live, ...place(event));
    } else if (live.held.hold === "space") {
      live.camera.drag(event.clientX - live.held.x, event.clientY - live.held.y);
      Object.assign(live.held, { x: event.clientX, y: event.clientY });
      live.redraw();
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (live.held?.hold === "tap") put(live, ...place(event));
    live.held = undefined;
  });
  canvas.addEventListener("pointercancel", () => { live.held = undefined; });
  canvas.addEventListener("keydown", (event) => key(live, event));
  slider.addEventListener("input", () => { live.halt(); live.go(Number(slider.value)); });
  live.root.querySelector(".play").addEventListener("click", () => live.play());
  calm.addEventListener("change", () => live.halt());
  new ResizeObserver(() => live.redraw()).observe(canvas);
}

function key(live, event) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const deeper = { PageUp: 1, PageDown: -1 };
  if (event.key in arrows && event.shiftKey) live.camera.drag(...arrows[event.key].map((v, i) => (i ? -12 : 12) * v));
  else if (event.key in arrows) arrows[event.key].forEach((by, axis) => by && nudge(live, axis, 0.05 * by));
  else if (event.key in deeper && live.network.inputs === 3) nudge(live, 2, 0.05 * deeper[event.key]);
  else return;
  event.preventDefault();
  live.redraw();
}
