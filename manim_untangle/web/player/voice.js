// Audio description on request: the browser's own speech says the chapters and captions. The film waits for it.

import { begun } from "./clock.js";

export class Voice {
  constructor(film) {
    Object.assign(this, { film, on: false, said: undefined, speaking: false });
    this.possible = "speechSynthesis" in globalThis;
  }

  toggle() {
    if (!this.possible) return;
    this.on = !this.on;
    this.silence();
    if (this.on && !this.film.paused) this.follow(this.film.currentTime);
    else if (this.on) this.speak(this.film.header.alt || this.film.header.title);
    this.film.controlsUi.refresh();
  }

  silence() {
    this.said = undefined;
    this.done();
    if (this.possible && this.on) speechSynthesis.cancel();
  }

  // Say what begins at this time; a caption that begins while another is spoken holds the film.
  follow(seconds) {
    if (!this.on || this.film.muted) return;
    const caption = begun(this.film.captions, seconds);
    if (!caption || caption === this.said) return;
    if (this.speaking) return this.film.hold(true);
    const chapter = begun(this.film.chapters, seconds);
    const first = chapter && chapter !== this.chapter;
    Object.assign(this, { said: caption, chapter });
    this.speak(first ? `${chapter.name}. ${caption.text}` : caption.text);
  }

  speak(text) {
    const { film } = this;
    const spoken = new SpeechSynthesisUtterance(text);
    spoken.lang = film.lang || film.header.language || "en";
    spoken.volume = film.volume;
    spoken.rate = Math.min(2, Math.max(0.5, film.playbackRate));
    spoken.onend = spoken.onerror = () => this.done(spoken);
    this.current = spoken;
    this.speaking = true;
    // a browser without a voice never says that it has finished
    setTimeout(() => { if (this.current === spoken && !speechSynthesis.speaking) this.done(spoken); }, 1500);
    speechSynthesis.speak(spoken);
  }

  done(spoken = this.current) {
    if (spoken !== this.current) return;
    this.current = undefined;
    this.speaking = false;
    this.film.hold(false);
  }
}
