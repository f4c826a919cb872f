// Shows a few seconds of a film in the gallery, from its timeline: under the pointer, or with the focus; where nothing
// hovers, once when it is seen. Readers who asked for less motion, or for less data, see the posters.

const [BEFORE, AFTER] = [4, 1]; // seconds of the film around its poster
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const hovers = matchMedia("(hover: hover)");
const links = [...document.querySelectorAll("a[data-timeline]")];
const wanted = new Set();
let player = null;

// The script of the player, once somebody needs it.
function loaded() {
  return (player ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: "untangle-film.js", onload: done, onerror: failed });
    document.head.append(script);
  }));
}

async function begin(link, again) {
  if (calm.matches || navigator.connection?.saveData || wanted.has(link)) return;
  wanted.add(link);
  try {
    await loaded();
  } catch {
    return;
  }
  if (!wanted.has(link)) return;
  const film = document.createElement("untangle-film");
  for (const [name, value] of [["muted", ""], ["aria-hidden", "true"], ["tabindex", "-1"], ["inert", ""], ["src", link.dataset.timeline]]) film.setAttribute(name, value);
  film.addEventListener("error", () => film.remove());
  film.hidden = true; // the poster stays until there is a film
  film.addEventListener("loadedmetadata", () => {
    film.hidden = false;
    const poster = film.header.poster / film.header.rate;
    const start = Math.max(0, poster - BEFORE);
    film.setAttribute("start", String(start));
    film.setAttribute("end", String(Math.min(film.duration, poster + AFTER)));
    film.toggleAttribute("loop", again);
    film.currentTime = start;
    film.play();
  }, { once: true });
  link.append(film);
}

function end(link) {
  wanted.delete(link);
  link.querySelector("untangle-film")?.remove();
}

// Nothing of this works where the page is a file, which may read no other.
if (links.length && location.protocol !== "file:") {
  for (const link of links) {
    link.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") begin(link, true); });
    link.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse" && document.activeElement !== link) end(link); });
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) begin(link, true); });
    link.addEventListener("blur", () => end(link));
  }
  const seen = new IntersectionObserver((entries) => {
    if (hovers.matches) return;
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) begin(target, false);
      else end(target);
    }
  }, { threshold: 0.9 });
  for (const link of links) seen.observe(link);
}
