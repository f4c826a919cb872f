// The buttons that go to the end of each layer, and the checkboxes for what is shown.

function fillStops(explorer) {
  const layers = [...new Set(explorer.moves.map((m) => m.layer))];
  const ends = layers.map((layer) => [`layer ${layer + 1}`, 1 + explorer.moves.findLastIndex((m) => m.layer === layer)]);
  const stops = explorer.root.querySelector(".stops");
  stops.replaceChildren(...[["input", 0], ...ends].map(([name, t]) =>
    element("button", { type: "button", value: t, textContent: name, onclick: () => explorer.travel(t) })));
  stops.hidden = !explorer.moves.length;
}

function fillSwitches(explorer) {
  const flip = (name, on, change, marker) => {
    const box = element("input", { type: "checkbox", checked: on, onchange: () => { change(box.checked); explorer.redraw(); } });
    return element("label", {}, box, ...(marker ? [marker] : []), name);
  };
  const classes = explorer.shown.classes.map((on, label) => {
    const marker = element("span", { className: `marker ${MARKERS[label % MARKERS.length]}` });
    marker.style.background = classColour(label);
    return flip(`class ${label}`, on, (value) => { explorer.shown.classes[label] = value; }, marker);
  });
  const apart = flip("one move at a time", !explorer.together, (value) => {
    const layer = explorer.t > 0 ? explorer.moves[Math.ceil(explorer.t) - 1].layer : -1;
    const [point, classes] = [explorer.point, explorer.shown.classes];
    explorer.show(explorer.network, !value);
    Object.assign(explorer, { point });
    Object.assign(explorer.shown, { classes });
    fillSwitches(explorer);
    explorer.root.querySelector(".switches").lastElementChild.querySelector("input")?.focus();
    explorer.go(1 + explorer.moves.findLastIndex((m) => m.layer === layer));
  });
  const { loops, regression } = explorer.network;
  const parts = ["grid", ...(regression ? [] : ["boundary"]), ...(loops.length ? ["loops"] : [])];
  const others = parts.map((part) => flip(part, explorer.shown[part], (value) => { explorer.shown[part] = value; }));
  const legend = element("span", { className: "legend" }, element("span", { className: "marker wrong" }), "answered wrong");
  const wrong = explorer.wrong.includes(true) ? [legend] : [];
  const last = explorer.moves.length ? [apart] : [];
  explorer.root.querySelector(".switches").replaceChildren(...classes, ...others, ...wrong, ...last);
}
