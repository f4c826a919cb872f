// Mouse, touch and keyboard on the picture.

// Put the point on the input that now lands at the pointer. With three inputs the point keeps its depth on screen.
function put(explorer, x, y) {
  const deep = explorer.network.inputs === 3;
  const land = (input) => {
    const [px, py, near] = explorer.projection.project(pointsAt(explorer.moves, [input], explorer.t)[0]);
    return deep ? [px, py, near * explorer.projection.unit] : [px, py];
  };
  const target = deep ? [x, y, explorer.pointOnScreen[2] * explorer.projection.unit] : [x, y];
  const here = inputLandingOn(target, land, explorer.point);
  const there = here.miss < 3 || deep ? here : inputLandingOn(target, land, nearestInput(explorer, x, y));
  explorer.point = (there.miss < here.miss ? there : here).input;
  explorer.describe();
  explorer.redraw();
}

function nearestInput(explorer, x, y) {
  const inputs = explorer.grid.curves.flat();
  const away = explorer.projection.projectAll(explorer.grid.places.at(explorer.t)).map(([px, py]) => Math.hypot(px - x, py - y));
  return inputs[away.reduce((best, d, i) => (d < away[best] ? i : best), 0)];
}

function nudge(explorer, axis, by) {
  if (axis >= explorer.network.inputs) return;
  explorer.point = explorer.point.map((v, i) => (i === axis ? clamp(v + by, -REACHABLE, REACHABLE) : v));
  explorer.describe();
  explorer.announce();
  explorer.redraw();
}

function listen(explorer) {
  const { canvas, slider } = explorer;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const near = (event, radius) => {
    const [x, y] = place(event);
    return explorer.pointOnScreen && Math.hypot(x - explorer.pointOnScreen[0], y - explorer.pointOnScreen[1]) < radius;
  };
  // a finger on the point drags the point; anywhere else it scrolls the page
  canvas.addEventListener("touchstart", (event) => {
    if (near(event.touches[0], 36)) event.preventDefault();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    const touch = event.pointerType === "touch";
    const grabs = near(event, touch ? 36 : 20);
    const hold = grabs || (!touch && explorer.projection.lean < 0.5) ? "point" : explorer.projection.lean >= 0.5 ? "space" : "tap";
    explorer.held = { hold, x: event.clientX, y: event.clientY };
    explorer.halt();
    if (hold === "tap") return;
    canvas.setPointerCapture(event.pointerId);
    if (hold === "point" && !grabs) put(explorer, ...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!explorer.held) {
      canvas.classList.toggle("grab", Boolean(near(event, 20)));
    } else if (explorer.held.hold === "point") {
      put(explorer, ...place(event));
    } else if (explorer.held.hold === "space") {
      explorer.camera.drag(event.clientX - explorer.held.x, event.clientY - explorer.held.y);
      Object.assign(explorer.held, { x: event.clientX, y: event.clientY });
      explorer.redraw();
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (explorer.held?.hold === "tap") put(explorer, ...place(event));
    explorer.held = undefined;
  });
  canvas.addEventListener("pointercancel", () => { explorer.held = undefined; });
  canvas.addEventListener("keydown", (event) => key(explorer, event));
  slider.addEventListener("input", () => { explorer.halt(); explorer.go(Number(slider.value)); });
  explorer.root.querySelector(".play").addEventListener("click", () => explorer.play());
  calm.addEventListener("change", () => explorer.halt());
  new ResizeObserver(() => explorer.redraw()).observe(canvas);
}

function key(explorer, event) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const deeper = { PageUp: 1, PageDown: -1 };
  if (event.key in arrows && event.shiftKey) explorer.camera.drag(...arrows[event.key].map((v, i) => (i ? -12 : 12) * v));
  else if (event.key in arrows) arrows[event.key].forEach((by, axis) => by && nudge(explorer, axis, 0.05 * by));
  else if (event.key in deeper && explorer.network.inputs === 3) nudge(explorer, 2, 0.05 * deeper[event.key]);
  else return;
  event.preventDefault();
  explorer.redraw();
}
