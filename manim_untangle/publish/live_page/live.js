// Shows a film that is being written: each change, at the moment where the reader was; a fault in a line below it.

const film = document.querySelector("untangle-film");
const [fault, note] = ["fault", "note"].map((id) => document.getElementById(id));
const EVERY = 400; // milliseconds between two messages about the moment

let shown = 0; // the version that is shown, or on its way
let told = -1; // the moment that was last told
let timer = null;

function tellMoment() {
  timer = null;
  const seconds = Number(film.currentTime.toFixed(3));
  if (seconds === told) return;
  told = seconds;
  fetch("moment", { method: "POST", body: String(seconds) }).catch(() => { told = -1; });
}

for (const event of ["seeked", "pause", "timeupdate"]) film.addEventListener(event, () => { timer ??= setTimeout(tellMoment, event === "timeupdate" ? EVERY : 0); });

function show(version) {
  const [moment, playing] = [film.currentTime, !film.paused];
  shown = version;
  film.addEventListener("loadedmetadata", () => {
    if (moment > film.duration) film.currentTime = film.duration;
    if (playing) film.play();
  }, { once: true });
  film.src = `film.timeline?${version}`;
  film.currentTime = moment;
}

const changes = new EventSource("changes");
changes.onmessage = ({ data }) => {
  const state = JSON.parse(data);
  document.title = `${state.fault ? "✗ " : ""}${state.title}`;
  if (state.version && state.version !== shown) show(state.version);
  fault.hidden = !state.fault;
  fault.textContent = state.fault;
  note.textContent = state.whole ? (state.version || state.fault ? "" : "The film is on its way.") : "The rest of the film follows.";
};
changes.onerror = () => { note.textContent = "untangle watch has stopped. Start it again to go on."; };
