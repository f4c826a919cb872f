// Adds to the film: links to chapters, marks in the transcript, copy buttons; to a video also captions, speed and steps.
// The film as a document (untangle-film) has controls of its own, and the members of a video.

// The page holds the film's sections as film.json has them: name, start, end, and words: text, start, end.
const captionsOf = (sections) => sections.flatMap(({ words }) => words);
const shownText = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// A page opened from file:// cannot load a <track>: the page adds the same captions itself.
function addTracks(video, sections) {
  video.querySelectorAll("track").forEach((track) => track.remove());
  for (const [kind, label, cues] of [["captions", "English", captionsOf(sections)], ["chapters", "Chapters", sections]]) {
    const track = video.addTextTrack(kind, label, "en");
    track.mode = kind === "captions" ? "disabled" : "hidden";
    cues.forEach(({ start, end, text, name }) => track.addCue(new VTTCue(start, end, shownText(text ?? name))));
  }
}

function followHash(video) {
  // search engines link to a chapter with a query, our pages with a hash
  const asked = /^#t=([\d.]+)$/.exec(location.hash) ?? /^\?t=([\d.]+)$/.exec(location.search);
  const seconds = Number(asked?.[1] ?? NaN);
  if (Number.isFinite(seconds)) video.currentTime = seconds;
}

// Mark the current chapter in the chapter list and the current caption in the transcript.
function markMoment(video) {
  for (const link of document.querySelectorAll("[data-start]")) {
    const on = Number(link.dataset.start) <= video.currentTime + 0.01 && video.currentTime < Number(link.dataset.end) - 0.01;
    if (on) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// Step to the end of the next or previous caption, where the motion that it describes has come to rest.
function step(video, sections, by) {
  const stills = captionsOf(sections).map(({ end }) => Math.max(0, end - 0.35));
  const onward = stills.filter((s) => (by > 0 ? s > video.currentTime + 0.05 : s < video.currentTime - 0.05));
  video.pause();
  video.currentTime = onward.length ? (by > 0 ? onward[0] : onward.at(-1)) : by > 0 ? Math.max(0, ...sections.map(({ end }) => end)) : 0;
}

// What plays: the film as a document, or the video in its place where it cannot be shown.
async function player() {
  const film = document.querySelector("untangle-film:not([touch])");
  const video = document.querySelector("video");
  if (!film) return video;
  const shown = await new Promise((done) => {
    if (film.readyState || film.error) done(Boolean(film.readyState));
    film.addEventListener("loadedmetadata", () => done(true), { once: true });
    film.addEventListener("error", () => done(false), { once: true });
  });
  if (!shown) document.querySelectorAll(".bar").forEach((bar) => { bar.hidden = false; });
  return shown ? film : video;
}

function startVideo(video) {
  const sections = JSON.parse(document.getElementById("sections").textContent);
  if (location.protocol === "file:") addTracks(video, sections);
  const captions = () => [...video.textTracks].find((track) => track.kind === "captions");
  const button = (name) => document.querySelector(`[data-do="${name}"]`);
  button("back")?.addEventListener("click", () => step(video, sections, -1));
  button("on")?.addEventListener("click", () => step(video, sections, 1));
  button("speed")?.addEventListener("change", (event) => { video.playbackRate = Number(event.target.value); });
  const toggle = button("captions");
  toggle?.addEventListener("click", () => { captions().mode = captions().mode === "showing" ? "disabled" : "showing"; });
  video.textTracks.addEventListener("change", () => toggle?.setAttribute("aria-pressed", String(captions()?.mode === "showing")));
}

function startPlayer(video) {
  if (video instanceof HTMLVideoElement) startVideo(video);
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
  if (video.readyState) followHash(video);
  else video.addEventListener("loadedmetadata", () => followHash(video), { once: true });
}

// Copy a snippet. Where the browser does not allow that, select the text, so that the reader can copy it.
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
if (document.querySelector("untangle-film:not([touch])")) player().then(startPlayer);
else if (document.querySelector("video")) startPlayer(document.querySelector("video"));
