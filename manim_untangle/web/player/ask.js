// Questions of the film, with the attribute `ask`: it rests at each, offers its choices as buttons, and says the answer.

import { make } from "./controls.js";

const SHOWN = 5; // seconds of the film for which the answer stays

export class Ask {
  constructor(film, root) {
    Object.assign(this, { film, root, about: null });
    const { plays, rate, questions = [] } = film.header;
    // a question rests before the film takes it away
    this.questions = questions.filter(({ choices }) => choices).map((question) => {
      const pause = plays.findLast(({ still, to }) => still && to / rate <= question.end + 0.01 && to / rate > question.start);
      return { ...question, stop: pause ? pause.to / rate : question.end };
    });
    root.replaceChildren();
    root.hidden = true;
  }

  get on() {
    return this.film.hasAttribute("ask");
  }

  get stops() {
    return this.on ? this.questions.map(({ stop }) => stop) : [];
  }

  // Offer what is asked now; take away what is no longer.
  follow() {
    const { film, root } = this;
    const now = film.currentTime;
    const asked = this.on && film.paused ? this.questions.find(({ stop }) => Math.abs(stop - now) < 0.03) : null;
    if (asked && asked !== this.about) this.offer(asked);
    else if (this.about && (now < this.about.start || now > this.about.stop + SHOWN)) {
      this.about = null;
      root.hidden = true;
    }
  }

  offer(question) {
    const { film, root } = this;
    this.about = question;
    const said = make("p", { role: "status" });
    const buttons = question.choices.map((textContent, k) => make("button", { type: "button", textContent, onclick: () => {
      buttons.forEach((button, j) => { button.ariaPressed = String(j === k); button.disabled = true; });
      said.textContent = `${k === question.answer ? "Right" : "No"}: ${question.choices[question.answer]}.`;
      film.focus({ preventScroll: true });
      film.play();
    } }));
    root.ariaLabel = question.text;
    root.replaceChildren(...buttons, said); // the question itself stands in the picture
    root.hidden = false;
  }
}
