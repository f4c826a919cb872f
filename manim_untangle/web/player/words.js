// The words of the film as text of the page: where the film shows them, so that they can be selected, translated and read
// aloud. The canvas draws their shapes; the text over them is transparent, until a browser translates it.

import { make } from "./controls.js";

const plain = (text) => text.replace(/\s+/g, " ").trim();

export class Words {
  constructor(film, root) {
    Object.assign(this, { film, root, spans: new Map() });
    root.replaceChildren();
    root.lang = (Object.keys(film.translations ?? {}).length && film.lang) || (film.header.language ?? "");
    const said = new Set(film.captions.flatMap(({ start, end }) => [this.at(start), this.at(end)]).filter(Boolean));
    this.read = new Map([...said].map((text) => [text, make("p", { textContent: text })]));
    film.controlsUi.reading.replaceChildren(...this.read.values());
    this.said = "";
    this.items = film.painter.items.filter((item) => item.told.text);
    new MutationObserver(() => this.translated()).observe(root, { childList: true, characterData: true, subtree: true });
  }

  // Put the words of frame x over a picture of this width in CSS pixels.
  lay(x, width) {
    const { film, spans } = this;
    const { painter } = film;
    const still = painter.frames(x, width, (width * film.header.frame[1]) / film.header.frame[0]);
    const now = Math.min(x, film.header.frames - 1e-6);
    const seen = new Set();
    for (const item of this.items) {
      if (!(item.told.from <= now && now < item.told.to) || ["opacity", "fade"].some((name) => item[name] && item[name](x)[0] < 0.3)) continue;
      const box = painter.box(item);
      if (!box || !(box[2] > box[0])) continue;
      seen.add(item);
      const place = item.told.camera === false ? still.still : still.moved;
      let span = spans.get(item);
      if (!span) {
        span = make("span", { textContent: item.told.text });
        spans.set(item, span);
        this.root.append(span);
        this.own = this.root.childNodes.length;
        span.measured = [span.offsetWidth || 1, span.offsetHeight || 1];
        span.textContent = film.translations?.[item.told.text] ?? item.told.text;
      }
      let [left, top] = [place.left + place.scale * box[0], place.top - place.scale * box[3]];
      const [wide, high] = [place.scale * (box[2] - box[0]), place.scale * (box[3] - box[1])];
      const other = span.classList.contains("shown");
      const at = [left, top, wide, high, other].map((v) => Math.round(10 * v) / 10).join();
      if (span.at === at) continue;
      span.at = at;
      const [own, line] = span.measured;
      let [across, down] = [wide / own, high / line];
      if (other) {
        // of the size of the words that it stands for, and at most a letter wider at each end
        const now = span.offsetWidth || 1;
        across = down = Math.min(across, (wide + 2 * across * line) / now);
        left += (wide - across * now) / 2;
        top += (high - down * line) / 2;
      }
      span.style.transform = `translate(${left}px, ${top}px) scale(${across}, ${down})`;
    }
    for (const [item, span] of spans) {
      if (seen.has(item)) continue;
      span.remove();
      spans.delete(item);
      painter.hidden.delete(item);
    }
    this.say(x / film.header.rate);
  }

  // The captions of a time.
  at(seconds) {
    const captions = this.film.captions.filter(({ start, end }) => start <= seconds + 1e-3 && seconds + 1e-3 < end);
    return captions.map(({ text }) => text).join(" ");
  }

  // The caption of this time: for screen readers, and below a narrow picture, in a place that holds the longest.
  say(seconds) {
    const text = this.at(seconds);
    if (text === this.said) return;
    this.read.get(this.said)?.classList.remove("said");
    this.read.get(text)?.classList.add("said");
    this.said = text;
    this.film.controlsUi.announce(text);
  }

  // A browser that translates the page changes our text: show it then, in place of the film's shapes.
  translated() {
    const { painter } = this.film;
    let changed = false;
    for (const [item, span] of this.spans) {
      const other = plain(span.textContent) !== plain(item.told.text);
      if (other === span.classList.contains("shown")) continue;
      changed = true;
      span.classList.toggle("shown", other);
      painter.hidden[other ? "add" : "delete"](item);
    }
    if (changed) {
      this.film.touch.version += 1;
      this.film.redraw();
    }
  }
}
