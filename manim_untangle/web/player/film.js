// <untangle-film src="film.timeline" controls>: a film as a document. Its members are those of HTMLMediaElement.

import { Ask } from "./ask.js";
import { begun, calm, Clock } from "./clock.js";
import { Controls } from "./controls.js";
import { Painter } from "./paint.js";
import { clamp } from "./probe.js";
import { readTimeline } from "./timeline.js";
import { Touch } from "./touch.js";
import { Voice } from "./voice.js";
import { Words } from "./words.js";

const UPDATE = 250; // milliseconds between two events timeupdate
const DENSEST = 3840; // pixels of the canvas along its longer side
const SKIP = [5, 1 / 4]; // what an arrow key goes: seconds, but at most this share of the film

const data = (text) => Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));

export class UntangleFilm extends HTMLElement {
  static observedAttributes = ["src", "controls", "poster", "lang", "muted"];

  #clock = new Clock();
  #source = ""; // what is loaded, or being loaded
  #asked = null; // where to begin once the film is loaded
  #drawn = ""; // what the canvas shows
  #timer = null;
  #frame = null;
  #told = 0; // when timeupdate was last said
  #stop = null; // seconds at which a step ends
  #held = false; // the voice is still speaking
  #seeking = false;
  #volume = 1;
  #muted = false;
  #ready;

  constructor() {
    super();
    Object.assign(this, { readyState: 0, networkState: 0, error: null, ended: false, paused: true, defaultPlaybackRate: 1 });
    this.controlsUi = new Controls(this);
    this.picture = this.controlsUi.picture;
    this.canvas = this.controlsUi.canvas;
    this.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.redraw()).observe(this.picture);
    calm.addEventListener("change", () => this.redraw());
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => this.redraw());
    this.#ready = this.#promised();
  }

  #promised() {
    let done;
    const promise = new Promise((resolve, reject) => { done = { resolve, reject }; });
    promise.catch(() => {});
    return Object.assign(promise, done);
  }

  connectedCallback() {
    if (!this.hasAttribute("tabindex")) this.tabIndex = 0;
    if (!this.hasAttribute("role")) this.setAttribute("role", "group");
    if (this.hasAttribute("muted")) this.#muted = true;
    const begin = () => { if (!this.#source) this.load(); };
    queueMicrotask(begin);
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true }); // what is inside follows
  }

  disconnectedCallback() {
    this.pause();
    this.voice?.silence();
  }

  attributeChangedCallback(name, before, now) {
    if (name === "src" && this.isConnected && before !== now) this.load();
    if (name === "muted") this.muted = now !== null;
    if (name === "lang" && this.readyState && before !== now) {
      this.#asked = this.currentTime;
      this.load();
    }
    this.controlsUi.refresh();
  }

  // ---- the film ----

  // Load the film anew: from `src`, else from a <script type="application/x-untangle-timeline"> inside the element.
  async load() {
    const inline = this.querySelector('script[type="application/x-untangle-timeline"]');
    const source = this.getAttribute("src") ?? (inline ? "inline" : "");
    if (!source) return;
    this.pause();
    this.#source = source;
    this.#ready = this.readyState ? this.#promised() : this.#ready;
    Object.assign(this, { readyState: 0, networkState: 2, error: null });
    this.controlsUi.waiting();
    this.#say("loadstart");
    try {
      const bytes = source === "inline" ? data(inline.textContent) : await this.#fetched(source);
      const timeline = await readTimeline(bytes);
      this.translations = await this.#translations(timeline.header);
      await this.show(timeline);
    } catch (problem) {
      if (this.#source !== source) return;
      this.error = { code: 4, message: `The film ${source} cannot be shown: ${problem.message}` };
      this.networkState = 3;
      this.controlsUi.refresh();
      this.#ready.reject(problem);
      this.#say("error");
    }
  }

  // The words in the language of the attribute `lang`: a <track srclang> inside the element says where they are. Without
  // them, the film says its own.
  async #translations(header) {
    const { language, captions, chapters, questions = [] } = header;
    const track = this.lang !== language && this.tracks.find(({ srclang }) => srclang === this.lang);
    if (!track) return {};
    const found = await this.#answer(track.src).then((answer) => answer.json()).catch(() => ({}));
    for (const each of [header, ...captions, ...chapters, ...questions]) {
      for (const name of ["title", "alt", "text", "name"]) if (each[name]) each[name] = found[each[name]] ?? each[name];
      if (each.choices) each.choices = each.choices.map((choice) => found[choice] ?? choice);
    }
    return found;
  }

  // Where its words are in other languages.
  get tracks() { return [...this.querySelectorAll(":scope > track[srclang]")]; }

  async #fetched(source) {
    if (location.protocol === "file:") throw new Error("a page that was opened from a file may not read another one");
    return (await this.#answer(source)).arrayBuffer();
  }

  async #answer(source) {
    const answer = await fetch(source);
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    return answer;
  }

  // Show a Timeline.
  async show(timeline) {
    this.timeline = timeline;
    const { header } = timeline;
    this.header = header;
    this.painter = new Painter(timeline);
    this.words = new Words(this, this.controlsUi.words);
    this.voice = new Voice(this);
    this.ask = new Ask(this, this.controlsUi.ask);
    this.touch?.close();
    this.touch = new Touch(this, this.controlsUi.touch);
    this.duration_ = header.frames / header.rate;
    this.#clock.put(this.#asked ?? this.#edge("start", 0), performance.now());
    this.#asked = null;
    Object.assign(this, { readyState: 1, networkState: 1, ended: false });
    this.style.setProperty("--wide", header.frame[0] / header.frame[1]);
    this.controlsUi.filled();
    this.#say("durationchange");
    this.#say("loadedmetadata");
    this.#drawn = "";
    this.#draw();
    this.readyState = 4;
    for (const event of ["loadeddata", "canplay", "canplaythrough"]) this.#say(event);
    this.#ready.resolve();
    if (this.hasAttribute("touch")) this.touch.begin();
    if (await this.painter.loaded()) this.redraw();
    if (this.hasAttribute("autoplay") && this.paused && !calm.matches) this.play().catch(() => {});
  }

  #edge(name, other) {
    const seconds = Number(this.getAttribute(name) ?? NaN);
    return Number.isFinite(seconds) ? clamp(seconds, 0, this.duration_) : other;
  }

  #say(name) {
    this.dispatchEvent(new Event(name));
  }

  // ---- what a media element has ----

  get currentSrc() { return this.getAttribute("src") ? new URL(this.getAttribute("src"), document.baseURI).href : ""; }
  get src() { return this.currentSrc; }
  set src(value) { this.setAttribute("src", value); }
  get duration() { return this.readyState ? this.duration_ : NaN; }
  get videoWidth() { return this.canvas.width; }
  get videoHeight() { return this.canvas.height; }
  get seeking() { return this.#seeking; }

  get currentTime() {
    if (!this.readyState) return this.#asked ?? 0;
    const end = this.#end();
    return this.paused ? this.#clock.at(0) : Math.min(this.#clock.at(performance.now()), end);
  }

  set currentTime(seconds) {
    const value = Number(seconds);
    if (!Number.isFinite(value)) throw new TypeError("currentTime takes a number of seconds");
    if (!this.readyState) {
      this.#asked = value;
      return;
    }
    this.#clock.put(clamp(value, 0, this.duration_), performance.now());
    this.#stop = this.paused ? null : this.#nextStop();
    this.ended = false;
    this.#held = false;
    if (!this.touch.pinned) this.touch.release();
    else for (const space of this.painter.spaces.list) space.hand.time = null;
    this.#seeking = true;
    this.#say("seeking");
    this.redraw();
  }

  get playbackRate() { return this.#clock.rate; }

  set playbackRate(rate) {
    if (!(rate > 0 && rate <= 16)) throw new RangeError("playbackRate takes a number above 0, up to 16");
    this.#clock.setRate(Number(rate), performance.now());
    this.#say("ratechange");
    this.controlsUi.refresh();
    this.#next();
  }

  get muted() { return this.#muted; }

  set muted(value) {
    this.#muted = Boolean(value);
    if (this.#muted) this.voice?.silence();
    this.#say("volumechange");
  }

  get volume() { return this.#volume; }

  set volume(value) {
    this.#volume = clamp(Number(value), 0, 1);
    this.#say("volumechange");
  }

  async play() {
    if (this.paused) {
      this.paused = false;
      if (!this.touch?.pinned) this.touch?.release();
      this.#say("play");
      this.controlsUi.refresh();
    }
    await this.#ready;
    if (this.paused || this.#clock.running) return;
    if (this.currentTime >= this.#end() - 1e-9) {
      this.#clock.put(this.#edge("start", 0), performance.now());
      this.ended = false;
    }
    this.#stop ??= this.#nextStop();
    this.#clock.run(performance.now());
    this.#say("playing");
    this.#tick();
  }

  pause() {
    if (this.paused) return;
    const now = performance.now();
    this.#clock.stop(now);
    this.#clock.put(Math.min(this.#clock.at(now), this.readyState ? this.#end() : Infinity), now);
    this.paused = true;
    this.#stop = null;
    this.#unschedule();
    this.voice?.silence();
    this.#say("timeupdate");
    this.#say("pause");
    this.controlsUi.refresh();
    this.redraw();
  }

  canPlayType(type) { return /untangle-timeline/.test(type) ? "probably" : ""; }
  fastSeek(seconds) { this.currentTime = seconds; }

  // ---- what a film has besides ----

  get chapters() { return this.header?.chapters ?? []; }
  get captions() { return this.header?.captions ?? []; }
  get chapter() { return begun(this.chapters, this.currentTime); }

  // Where it rests, in seconds, in order: with the attribute `steps` at the end of each chapter, or of each caption; with
  // `ask` at each question.
  get stops() {
    if (!this.readyState) return [];
    const asked = this.ask.stops;
    if (!this.hasAttribute("steps")) return asked;
    const ends = (this.getAttribute("steps") === "captions" ? this.captions : this.chapters).map(({ end }) => end);
    return [...ends.filter((end) => end < this.duration_ - 0.05), ...asked, this.duration_].sort((a, b) => a - b);
  }

  // The next of its stops; null where it has none before its end.
  #nextStop() {
    return this.stops.find((time) => time > this.currentTime + 0.02 && time < this.#end() - 0.05) ?? null;
  }

  // Play to the end of the next move (with `steps`, to the next stop) and rest there; while it plays, or for readers who
  // asked for less motion, jump there.
  step(by = 1) {
    if (!this.readyState) return;
    const { rate } = this.header;
    const moves = this.header.plays.filter(({ still }) => !still).map(({ to }) => to / rate);
    const rests = this.hasAttribute("steps") ? this.stops : moves;
    const now = this.currentTime;
    if (by < 0) {
      this.pause();
      this.currentTime = rests.findLast((time) => time < now - 0.05) ?? 0;
      return;
    }
    const to = this.#stop ?? rests.find((time) => time > now + 1e-6) ?? this.duration_;
    if (this.#stop !== null || calm.matches) {
      this.pause();
      this.currentTime = to;
      return;
    }
    this.play();
    this.#stop = to;
  }

  async requestFullscreen(options) {
    return super.requestFullscreen(options);
  }

  toggleFullscreen() {
    if (document.fullscreenElement === this) document.exitFullscreen();
    else this.requestFullscreen?.().catch(() => {});
  }

  // ---- time passes ----

  #end() {
    return Math.max(this.#edge("end", this.duration_), 0);
  }

  #unschedule() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = this.#timer = null;
  }

  // Draw at the next chance.
  redraw() {
    if (!this.readyState || this.#frame) return;
    clearTimeout(this.#timer);
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  // Hold the film while the voice has not finished.
  hold(held) {
    if (this.#held === held || this.paused) return;
    this.#held = held;
    if (held) this.#clock.stop(performance.now());
    else this.#clock.run(performance.now());
    this.#next();
  }

  #tick() {
    this.#unschedule();
    if (!this.readyState) return;
    const now = performance.now();
    if (!this.paused) {
      const end = this.#stop ?? this.#end();
      if (this.#clock.at(now) >= end) this.#arrived(end, now);
    }
    this.#draw();
    if (this.touch.pinned) this.touch.ui.describe();
    this.ask.follow();
    if (this.#seeking) {
      this.#seeking = false;
      this.#say("timeupdate");
      this.#say("seeked");
      this.controlsUi.moved();
    } else if (!this.paused && now - this.#told >= UPDATE - 8) {
      this.#told = now;
      this.#say("timeupdate");
    }
    if (!this.paused) {
      this.controlsUi.moved();
      this.voice.follow(this.currentTime);
      this.#next();
    }
  }

  #arrived(end, now) {
    if (this.#stop === null && this.hasAttribute("loop")) {
      this.#clock.put(this.#edge("start", 0), now);
      return;
    }
    this.#clock.stop(now);
    this.#clock.put(end, now);
    if (this.#stop !== null) this.pause();
    else {
      this.ended = true;
      this.pause();
      this.#say("ended");
    }
  }

  // Nothing is computed while nothing moves: the next tick is then at the end of the pause, or at the next timeupdate.
  #next() {
    if (this.paused || !this.#clock.running || this.#frame) return;
    clearTimeout(this.#timer);
    const play = this.playAt(this.currentTime);
    const quiet = play && (play.still || calm.matches) && !this.painter.wanted?.length;
    if (!quiet) {
      this.#frame = requestAnimationFrame(() => this.#tick());
      return;
    }
    const until = Math.min(play.to / this.header.rate, this.#stop ?? this.#end());
    const left = ((until - this.currentTime) * 1000) / this.playbackRate;
    this.#timer = setTimeout(() => this.#tick(), clamp(left + 1, 4, UPDATE));
  }

  // The play at a time: an animation or a pause of the film.
  playAt(seconds) {
    const x = seconds * this.header.rate + 1e-6;
    return this.header.plays.findLast(({ from }) => from <= x);
  }

  // The frame, whole or not, that is shown now. With reduced motion, a play that moves is shown by its end.
  get x() {
    const seconds = this.currentTime;
    const play = this.playAt(seconds);
    if (!this.paused && calm.matches && play && !play.still) return play.to - 0.001;
    return seconds * this.header.rate;
  }

  #draw() {
    const box = this.picture.getBoundingClientRect();
    const dense = Math.min(devicePixelRatio || 1, DENSEST / Math.max(box.width, 1));
    const [width, height] = [box.width, box.height].map((side) => Math.max(1, Math.round(side * dense)));
    const { x } = this;
    const play = this.playAt(this.currentTime);
    const quick = !this.paused && !play?.still;
    const state = [quick, play?.still ? `still ${play.from}` : x, width, height, this.touch.version, this.painter.wanted?.length ?? 0].join();
    if (state === this.#drawn) return;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.#drawn = state;
    this.painter.quick = quick;
    this.context ??= this.canvas.getContext("2d", { alpha: false });
    this.painter.draw(this.context, x, width, height);
    this.frames = (this.frames ?? 0) + 1;
    this.touch.draw(this.context, x, dense);
    this.words.lay(x, box.width);
    if (this.painter.wanted?.length) this.painter.loaded().then(() => { this.#drawn = ""; this.redraw(); });
  }

  // Draw a moment small, for a preview.
  drawOn(canvas, seconds) {
    canvas.context ??= canvas.getContext("2d", { alpha: false });
    this.painter.quick = true;
    this.painter.draw(canvas.context, seconds * this.header.rate, canvas.width, canvas.height);
  }

  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.readyState) return;
    const from = event.composedPath()[0];
    if (from instanceof HTMLSelectElement || (from instanceof HTMLInputElement && from.type !== "range")) return;
    if (from instanceof HTMLInputElement && "own" in from.dataset) return;
    const pressed = from instanceof HTMLButtonElement || from.localName === "summary";
    if (pressed && (event.key === " " || event.key === "Enter")) return;
    const go = (seconds) => { this.currentTime = clamp(seconds, 0, this.duration_); };
    const skip = Math.min(SKIP[0], SKIP[1] * this.duration_);
    const faster = (factor) => {
      const rates = this.controlsUi.rates;
      const at = rates.findIndex((rate) => rate >= this.playbackRate - 1e-6);
      this.playbackRate = rates[clamp((at < 0 ? rates.length : at) + factor, 0, rates.length - 1)];
    };
    const keys = {
      " ": () => (this.paused ? this.play() : this.pause()),
      k: () => (this.paused ? this.play() : this.pause()),
      ArrowLeft: () => go(this.currentTime - skip),
      ArrowRight: () => go(this.currentTime + skip),
      Home: () => go(0),
      End: () => go(this.duration_),
      f: () => this.toggleFullscreen(),
      "<": () => faster(-1),
      ">": () => faster(1),
      ".": () => this.step(1),
      ",": () => this.step(-1),
      d: () => this.voice.toggle(),
    };
    if (this.hasAttribute("steps")) {
      for (const key of ["ArrowRight", "PageDown"]) keys[key] = keys["."]; // what a presenter's remote control sends
      for (const key of ["ArrowLeft", "PageUp"]) keys[key] = keys[","];
    }
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

export function define() {
  if (!customElements.get("untangle-film")) customElements.define("untangle-film", UntangleFilm);
}

define();
