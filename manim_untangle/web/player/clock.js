// The time of a film, as a media element has it: it plays at a rate, stops at an end, and can be put anywhere. Seconds.

// Whether the reader asked for less motion.
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Clock {
  constructor() {
    Object.assign(this, { seconds: 0, rate: 1, running: false, since: 0 });
  }

  // now: milliseconds, as performance.now() gives them
  at(now) {
    return this.running ? this.seconds + (Math.max(0, now - this.since) / 1000) * this.rate : this.seconds;
  }

  put(seconds, now) {
    this.seconds = seconds;
    this.since = now;
  }

  run(now) {
    this.since = now;
    this.running = true;
  }

  stop(now) {
    this.seconds = this.at(now);
    this.running = false;
  }

  setRate(rate, now) {
    this.put(this.at(now), now);
    this.rate = rate;
  }
}

// 75 becomes "1:15"
export function stamp(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 0.001));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// The last of sorted { start } that has begun at a time; undefined before the first.
export const begun = (list, seconds) => list.findLast(({ start }) => start <= seconds + 1e-6);
