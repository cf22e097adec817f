// What was not saved yet outlives a reload: kept by this tab of this browser, and gone when it is saved or closed.

/** Keeps the draft of one case under its address. */
export class Draft {
  constructor(room, key) {
    Object.assign(this, { room, key, started: Date.now(), before: 0, seen: document.visibilityState === "visible" });
    this.restore();
    const later = () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.keep(), 300); };
    room.addEventListener("edited", later);
    room.addEventListener("changed", () => { if (room.dirty) later(); });
    window.addEventListener("pagehide", () => { if (room.dirty) this.keep(); });
    window.addEventListener("beforeunload", (event) => { if (room.dirty) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => this.clock(document.visibilityState === "visible"));
  }

  /** Seconds that the case has been in sight, over reloads. */
  get seconds() {
    return this.before + (this.seen ? (Date.now() - this.started) / 1000 : 0);
  }

  clock(seen) {
    this.before = this.seconds;
    Object.assign(this, { seen, started: Date.now() });
  }

  keep() {
    const { labels, letters, shapes, calibration, answers } = this.room;
    const masks = labels ? letters.map((_, n) => labels.runs(n + 1)) : [];
    const said = answers.map(({ outcome, comment }) => ({ outcome, comment }));
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ masks, shapes, calibration, answers: said, seconds: this.seconds }));
    } catch {
      this.room.say(t`This browser has no room for a draft: save before you leave or reload.`);
    }
  }

  restore() {
    const kept = sessionStorage.getItem(this.key);
    if (!kept) return;
    const { masks, shapes, calibration, answers, seconds } = JSON.parse(kept);
    const { room } = this;
    this.before = seconds;
    Object.assign(room, { shapes, calibration, dirty: true });
    answers.forEach((answer, n) => Object.assign(room.answers[n] ?? {}, answer));
    const same = (runs, n) => String(room.labels.runs(n + 1)) === String(runs);
    this.touched = masks.flatMap((runs, n) => (same(runs, n) ? [] : room.labels.replace(n + 1, runs)));
    if (room.labels) Object.assign(room.labels, { done: [], undone: [] });
    room.version++;
  }

  /** Forget the draft: what was kept is saved, or given up. */
  drop() {
    clearTimeout(this.timer);
    this.room.dirty = false;
    sessionStorage.removeItem(this.key);
  }
}
import { t } from "./words.js";

