// The buttons that lead to the end of each layer, and the switches for what is shown.

function fillStops(live) {
  const layers = [...new Set(live.moves.map((m) => m.layer))];
  const ends = layers.map((layer) => [`layer ${layer + 1}`, 1 + live.moves.findLastIndex((m) => m.layer === layer)]);
  const stops = live.root.querySelector(".stops");
  stops.replaceChildren(...[["input", 0], ...ends].map(([name, t]) =>
    element("button", { type: "button", value: t, textContent: name, onclick: () => live.travel(t) })));
  stops.hidden = !live.moves.length;
}

function fillSwitches(live) {
  const flip = (name, on, change, marker) => {
    const box = element("input", { type: "checkbox", checked: on, onchange: () => { change(box.checked); live.redraw(); } });
    return element("label", {}, box, ...(marker ? [marker] : []), name);
  };
  const classes = live.shown.classes.map((on, label) => {
    const marker = element("span", { className: `marker ${MARKERS[label % MARKERS.length]}` });
    marker.style.background = classColour(label);
    return flip(`class ${label}`, on, (value) => { live.shown.classes[label] = value; }, marker);
  });
  const apart = flip("one move at a time", !live.together, (value) => {
    const layer = live.t > 0 ? live.moves[Math.ceil(live.t) - 1].layer : -1;
    const [point, classes] = [live.point, live.shown.classes];
    live.show(live.network, !value);
    Object.assign(live, { point });
    Object.assign(live.shown, { classes });
    fillSwitches(live);
    live.root.querySelector(".switches").lastElementChild.querySelector("input")?.focus();
    live.go(1 + live.moves.findLastIndex((m) => m.layer === layer));
  });
  const { loops, regression } = live.network;
  const parts = ["grid", ...(regression ? [] : ["boundary"]), ...(loops.length ? ["loops"] : [])];
  const others = parts.map((part) => flip(part, live.shown[part], (value) => { live.shown[part] = value; }));
  const legend = element("span", { className: "legend" }, element("span", { className: "marker wrong" }), "answered wrong");
  const wrong = live.wrong.includes(true) ? [legend] : [];
  const last = live.moves.length ? [apart] : [];
  live.root.querySelector(".switches").replaceChildren(...classes, ...others, ...wrong, ...last);
}
