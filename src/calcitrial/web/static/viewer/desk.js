// The actions of the reading desk, each under one name for its key and its button.

import { KEYS } from "./keys.js";
import { tellKeys } from "./panel.js";
import { post } from "./picture.js";
import { t, word } from "./words.js";

const $ = (selector) => document.querySelector(selector);
const BRUSHES = [1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20];

/** Return the actions on an open case; `addresses` are those of the answer and the worklist. */
export function deskOf(room, draft, addresses) {
  const desk = { room, view: room.views[0], shortcuts: true };
  Object.assign(desk, {
    choose(tool) {
      if (!$(`[data-tool=${tool}]`)) return room.say(t`This kind of picture has no such tool.`);
      return room.set({ tool });
    },
    preset(n) {
      const [name, level, width] = room.picture.presets[n] ?? room.picture.presets.at(-1);
      room.setWindow(level, width);
      room.say(t`Window for ${word(name)}.`);
    },
    toggle(what, name) { room.set({ [what]: { ...room[what], [name]: !room[what][name] } }); },
    resize(step) {
      const at = BRUSHES.findIndex((mm) => mm >= room.brush.mm);
      room.set({ brush: { ...room.brush, mm: BRUSHES[Math.min(BRUSHES.length - 1, Math.max(0, at + step))] } });
    },
    opacity(steps) {
      const next = steps[(steps.indexOf(room.overlay.opacity) + 1) % steps.length];
      room.set({ overlay: { shown: true, opacity: next } });
    },
    turn() { room.views[(room.views.indexOf(desk.view) + 1) % room.views.length].canvas.focus(); },
    enlarge() {
      const figure = desk.view.canvas.closest("figure"), on = figure.classList.toggle("large");
      document.querySelectorAll(".view").forEach((other) => { other.hidden = on && other !== figure; });
      $("#views").classList.toggle("one", on);
    },
    closer() { desk.view.zoomBy(1.25); },
    farther() { desk.view.zoomBy(0.8); },
    fit() { room.views.forEach((view) => view.reset()); },
    outlines() { room.set({ overlay: { ...room.overlay, shown: !room.overlay.shown } }); },
    undo() { room.undo(); },
    redo() { room.redo(); },
    propose() {
      if (!room.labels) return room.say(t`There is no proposed outline for this kind of picture.`);
      return room.stroked(room.labels.replace(room.active, room.picture.lesions[room.active - 1].runs ?? []));
    },
    remove() {
      const last = room.shapes.findLastIndex(({ label }) => label === room.active);
      if (last >= 0) room.reshape(room.shapes.filter((_, n) => n !== last));
      else room.say(t`This lesion has no caliper or area.`);
    },
    comment() { document.querySelectorAll(".lesion textarea")[room.active - 1]?.focus(); },
    help() { $("#keys").showModal(); },
    async save() {
      const open = room.answers.findIndex(({ outcome }) => !outcome);
      if (open >= 0) {
        room.goTo(open + 1);
        return room.say(t`Lesion ${room.letters[open]} has no answer yet: measured (Y), absent (N) or not assessable (U).`);
      }
      const reason = room.picture.state === "read" ? await askReason() : "";
      return reason === null ? undefined : send(room, draft, addresses, reason);
    },
  });
  room.addEventListener("known", async ({ detail }) => {
    const told = await ask($("#known")), mm = Number($("#known-mm").value);
    if (told !== "ok" || !(mm > 0)) return;
    const others = room.shapes.filter(({ kind }) => kind !== "calibration");
    room.reshape([...others, { ...detail, kind: "calibration", mm }], { ends: detail.ends, mm });
  });
  tellKeys(KEYS, $("#key-list"));
  $("#shortcuts").addEventListener("change", ({ target }) => { desk.shortcuts = target.checked; });
  room.views.forEach((view) => view.canvas.addEventListener("focus", () => { desk.view = view; }));
  return desk;
}

/** Show a dialog and wait for the value of the button that closes it, "" for Escape. */
function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((told) => dialog.addEventListener("close", () => told(dialog.returnValue), { once: true }));
}

async function askReason() {
  const told = await ask($("#again")), reason = $("#reason").value.trim();
  return told === "ok" && reason ? reason : null;
}

function plain({ kind, name, plane, slice, ends }) {
  return { kind, name, plane, slice, ends };
}

async function send(room, draft, addresses, reason) {
  const answers = room.answers.map(({ outcome, comment }, n) => ({
    label: room.letters[n], outcome, comment,
    runs: room.labels && outcome === "measured" ? room.labels.runs(n + 1) : [],
    shapes: outcome === "measured" ? room.shapes.filter(({ label }) => label === n + 1).map(plain) : [],
  }));
  const { calibration } = room;
  room.say(t`Saving…`);
  $("#save").disabled = true;
  try {
    const { next } = await post(addresses.answer, { answers, calibration, seconds: draft.seconds, reason });
    draft.drop();
    window.location.assign(next);
  } catch (error) {
    $("#save").disabled = false;
    room.say(error.message);
  }
}
