// The page's own script beside the native player: captions, chapters that jump, speed, stills, copy buttons.

const shownText = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// From file:// a browser loads no <track>: the same words are added from the page itself.
function addTracks(video, film) {
  video.querySelectorAll("track").forEach((track) => track.remove());
  for (const [kind, label, cues] of [["captions", "English", film.captions], ["chapters", "Chapters", film.chapters]]) {
    const track = video.addTextTrack(kind, label, "en");
    track.mode = kind === "captions" ? "disabled" : "hidden";
    cues.forEach(({ start, end, text }) => track.addCue(new VTTCue(start, end, shownText(text))));
  }
}

function followHash(video) {
  // search engines link to a chapter by a query, pages by a hash
  const asked = /^#t=([\d.]+)$/.exec(location.hash) ?? /^\?t=([\d.]+)$/.exec(location.search);
  const seconds = Number(asked?.[1] ?? NaN);
  if (Number.isFinite(seconds)) video.currentTime = seconds;
}

// Mark the chapter and the words of this moment, in the chapter list and in the transcript.
function markMoment(video) {
  for (const link of document.querySelectorAll("[data-start]")) {
    const on = Number(link.dataset.start) <= video.currentTime + 0.01 && video.currentTime < Number(link.dataset.end) - 0.01;
    if (on) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// A still: a caption's last moment, when the motion that it speaks of has come to rest.
function step(video, film, by) {
  const stills = film.captions.map(({ end }) => Math.max(0, end - 0.35));
  const onward = stills.filter((s) => (by > 0 ? s > video.currentTime + 0.05 : s < video.currentTime - 0.05));
  video.pause();
  video.currentTime = onward.length ? (by > 0 ? onward[0] : onward.at(-1)) : by > 0 ? film.seconds : 0;
}

function startPlayer() {
  const video = document.querySelector("video");
  if (!video) return;
  const film = JSON.parse(document.getElementById("film").textContent);
  if (location.protocol === "file:") addTracks(video, film);
  const captions = () => [...video.textTracks].find((track) => track.kind === "captions");
  const button = (name) => document.querySelector(`[data-do="${name}"]`);
  video.addEventListener("timeupdate", () => markMoment(video));
  video.addEventListener("seeked", () => markMoment(video));
  window.addEventListener("hashchange", () => followHash(video));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-start]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, "", link.hash);
    followHash(video);
    video.scrollIntoView({ block: "nearest" });
  });
  button("back")?.addEventListener("click", () => step(video, film, -1));
  button("on")?.addEventListener("click", () => step(video, film, 1));
  button("speed")?.addEventListener("change", (event) => { video.playbackRate = Number(event.target.value); });
  const toggle = button("captions");
  toggle?.addEventListener("click", () => { captions().mode = captions().mode === "showing" ? "disabled" : "showing"; });
  video.textTracks.addEventListener("change", () => toggle?.setAttribute("aria-pressed", String(captions()?.mode === "showing")));
  if (video.readyState) followHash(video);
  else video.addEventListener("loadedmetadata", () => followHash(video), { once: true });
}

// Copying works where the browser allows it; elsewhere the text is selected, ready for the reader's own keys.
async function copy(button) {
  const text = document.getElementById(button.dataset.copy);
  const before = (button.dataset.name ??= button.textContent);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(text);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = before; }, 2000);
}

document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", () => copy(button)));
startPlayer();
if (typeof startLive === "function") startLive();
