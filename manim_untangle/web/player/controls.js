// What is around the picture: buttons, the scrubber with its preview, chapters, speed.

import { begun, calm, stamp } from "./clock.js";
import { clamp } from "./probe.js";
import { STYLE } from "./style.js";

const ICONS = {
  play: "M5 3v18l16-9z", pause: "M5 3h5v18H5zM14 3h5v18h-5z", again: "M12 5V1L6 6l6 5V7a5 5 0 1 1-5 5H5a7 7 0 1 0 7-7z",
  back: "M15 4 7 12l8 8zM5 4h2v16H5z", on: "M9 4l8 8-8 8zM17 4h2v16h-2z", full: "M3 3h7v2H5v5H3zM14 3h7v7h-2V5h-5zM3 14h2v5h5v2H3zM19 14h2v7h-7v-2h5z",
  voice: "M4 9h4l5-5v16l-5-5H4zM16 8a5 5 0 0 1 0 8zM16 4a9 9 0 0 1 0 16v-2a7 7 0 0 0 0-12z",
  touch: "M12 2a3 3 0 0 1 1 5.8V11h2a6 6 0 0 1 6 6v5H9l-5-7 1.600-1.600L11 16V7.800A3 3 0 0 1 12 2z",
};
const RATES = [0.25, 0.5, 0.75, 1, 1.5, 2];
const PREVIEW = [416, 234]; // pixels

export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "part" && name !== "style") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// The name of a language in itself.
function languageName(code) {
  try {
    return new Intl.DisplayNames([code], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

export class Controls {
  constructor(film) {
    this.film = film;
    this.rates = RATES;
    const root = film.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const button = (name, label, act) => make("button", { type: "button", ariaLabel: label, title: label, onclick: act }, icon(name));
    this.canvas = make("canvas", { role: "img" });
    this.words = make("div", { className: "words", part: "words" });
    this.poster = make("img", { className: "poster", alt: "", hidden: true });
    this.startButton = button("play", "Play", () => film.play());
    this.startButton.className = "start";
    this.startButton.hidden = true;
    this.message = make("p", { className: "message", role: "alert", hidden: true });
    this.picture = make("div", { className: "picture", part: "picture" }, this.canvas, this.words, this.poster, this.startButton, this.message);
    this.announcement = make("p", { className: "unseen", ariaLive: "polite" });
    this.reading = make("div", { className: "reading", part: "reading" });
    this.playButton = button("play", "Play", () => (film.paused ? film.play() : film.pause()));
    this.scrubber = make("input", { type: "range", min: "0", max: "1", step: "0.01", value: "0", ariaLabel: "Time" });
    this.marks = make("div", { className: "marks" });
    this.small = make("canvas", { width: PREVIEW[0], height: PREVIEW[1] });
    this.smallText = make("p");
    this.preview = make("div", { className: "preview", hidden: true, ariaHidden: "true" }, this.small, this.smallText);
    this.track = make("div", { className: "track" }, this.marks, this.scrubber, this.preview);
    this.time = make("span", { className: "time", textContent: "0:00 / 0:00" });
    this.chapters = make("select", { className: "chapters", ariaLabel: "Chapter" });
    this.speed = make("select", { ariaLabel: "Speed" }, ...RATES.map((rate) => make("option", { value: String(rate), textContent: `${rate}×` })));
    this.language = make("select", { ariaLabel: "Language" });
    this.voiceButton = button("voice", "Audio description", () => film.voice?.toggle());
    this.touchButton = button("touch", "Touch it", () => film.touch?.toggle());
    this.fullButton = button("full", "Full screen", () => film.toggleFullscreen());
    this.bar = make("div", { className: "bar", part: "bar", role: "group", ariaLabel: "Controls" }, this.playButton,
      button("back", "Step back", () => film.step(-1)), button("on", "Step to the end of the next move", () => film.step(1)),
      this.track, this.time, this.chapters, this.speed, this.language, this.voiceButton, this.touchButton, this.fullButton);
    this.touch = make("section", { className: "touch", ariaLabel: "The network of this moment", hidden: true });
    this.ask = make("section", { className: "ask", hidden: true });
    const stage = make("div", { className: "stage", part: "stage" }, this.picture);
    this.frame = make("div", { className: "film", hidden: true }, stage, this.reading, this.ask, this.bar, this.touch, this.announcement);
    this.slot = make("slot");
    root.append(this.frame, this.slot);
    this.listen();
  }

  listen() {
    const { film, scrubber, track } = this;
    const go = () => { film.currentTime = Number(scrubber.value); };
    scrubber.addEventListener("input", () => { this.scrubbing = true; go(); });
    scrubber.addEventListener("change", () => { this.scrubbing = false; });
    const at = (event) => {
      const box = scrubber.getBoundingClientRect();
      const inner = box.width - 16; // the thumb's width
      return [clamp((event.clientX - box.left - 8) / inner, 0, 1), event.clientX - track.getBoundingClientRect().left, box.width];
    };
    track.addEventListener("pointermove", (event) => this.look(...at(event)));
    for (const name of ["pointerleave", "pointercancel"]) track.addEventListener(name, () => { this.preview.hidden = true; });
    this.chapters.addEventListener("change", () => {
      film.currentTime = film.chapters[this.chapters.selectedIndex].start;
      this.announce(this.chapters.selectedOptions[0].textContent);
    });
    this.speed.addEventListener("change", () => { film.playbackRate = Number(this.speed.value); });
    this.language.addEventListener("change", () => { film.lang = this.language.value; });
    document.addEventListener("fullscreenchange", () => this.refresh());
  }

  // Show the picture at a share of the film under the pointer.
  look(share, left, width) {
    const { film } = this;
    if (!film.readyState) return;
    this.preview.hidden = false;
    const half = Math.min(104, width / 2);
    this.preview.style.left = `${clamp(left, half, width - half)}px`;
    const seconds = share * film.duration;
    this.wanted = seconds;
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      film.drawOn(this.small, this.wanted);
      this.smallText.textContent = `${stamp(this.wanted)} ${begun(film.chapters, this.wanted)?.name ?? ""}`;
    });
  }

  // While the film is being loaded: everything has its place, so that nothing below moves when it is there.
  waiting() {
    const { film } = this;
    if (!film.header) {
      const sized = [film, film.querySelector("video")].find((each) => each?.getAttribute("width") && each.getAttribute("height"));
      if (sized) film.style.setProperty("--wide", sized.getAttribute("width") / sized.getAttribute("height"));
      this.language.hidden = !film.tracks.length;
    }
    this.frame.hidden = false;
    this.slot.hidden = true;
    this.refresh();
  }

  // Once the film is there.
  filled() {
    const { film } = this;
    const { header, duration, chapters } = film;
    this.frame.hidden = false;
    this.slot.hidden = true;
    this.scrubber.max = String(duration);
    this.canvas.ariaLabel = [header.title, header.alt].filter(Boolean).join(". ") || "Film";
    this.small.height = Math.round((PREVIEW[0] * header.frame[1]) / header.frame[0]);
    this.chapters.replaceChildren(...chapters.map(({ name, start }) => make("option", { textContent: name, value: String(start) })));
    this.chapters.hidden = chapters.length < 2;
    this.marks.replaceChildren(...chapters.slice(1).map(({ start }) => {
      const mark = make("i");
      mark.style.left = `${(100 * start) / duration}%`;
      return mark;
    }));
    const own = header.language ?? "en";
    const codes = [own, ...film.tracks.map(({ srclang }) => srclang)];
    this.language.replaceChildren(...codes.map((code) => make("option", { value: code, textContent: languageName(code) })));
    this.language.value = codes.includes(film.lang) ? film.lang : own;
    this.language.hidden = codes.length < 2;
    this.voiceButton.hidden = !film.voice.possible || !film.captions.length;
    if (!film.hasAttribute("aria-label")) film.setAttribute("aria-label", header.title || "Film");
    this.refresh();
    this.moved();
  }

  // After play, pause, or a change of an attribute.
  refresh() {
    const { film } = this;
    const name = film.paused ? (film.ended ? "again" : "play") : "pause";
    const label = { play: "Play", pause: "Pause", again: "Play again" }[name];
    if (this.playButton.title !== label) {
      this.playButton.replaceChildren(icon(name));
      this.playButton.title = this.playButton.ariaLabel = label;
    }
    this.bar.hidden = !film.hasAttribute("controls");
    this.speed.value = String(film.playbackRate);
    const fresh = film.readyState > 0 && film.paused && film.currentTime === 0 && !this.begun;
    if (!film.paused) this.begun = true;
    this.startButton.hidden = !(fresh && film.hasAttribute("controls") && !film.hasAttribute("touch"));
    this.touchButton.hidden = film.hasAttribute("touch");
    this.reading.hidden = Boolean(film.header) && !film.captions.length;
    const poster = film.getAttribute("poster");
    this.poster.hidden = !(poster && !this.begun && film.currentTime === 0 && !film.error);
    if (poster && this.poster.getAttribute("src") !== poster) this.poster.src = poster;
    this.fullButton.hidden = !document.fullscreenEnabled;
    this.fullButton.ariaPressed = String(document.fullscreenElement === film);
    this.touchButton.ariaExpanded = String(!this.touch.hidden);
    this.voiceButton.ariaPressed = String(Boolean(film.voice?.on));
    if (film.error) {
      const fallback = film.querySelector("video, img, a");
      this.frame.hidden = Boolean(fallback);
      this.slot.hidden = !fallback;
      this.message.hidden = false;
      this.message.textContent = film.error.message;
    } else this.message.hidden = true;
    if (calm.matches) this.frame.dataset.calm = "";
  }

  // After time has passed.
  moved() {
    const { film } = this;
    const seconds = film.currentTime;
    if (!this.scrubbing) this.scrubber.value = String(seconds);
    const time = `${stamp(seconds)} / ${stamp(film.duration)}`;
    if (this.time.textContent !== time) {
      this.time.textContent = time;
      const { chapter } = film;
      this.scrubber.ariaValueText = `${stamp(seconds)} of ${stamp(film.duration)}${chapter ? `, ${chapter.name}` : ""}`;
    }
    const index = film.chapters.indexOf(film.chapter);
    if (index >= 0 && this.chapters.selectedIndex !== index) this.chapters.selectedIndex = index;
    if (!this.poster.hidden || !this.startButton.hidden) this.refresh();
  }

  // Let a screen reader say something, and show it below a narrow picture.
  announce(text) {
    this.announcement.textContent = text;
  }
}
