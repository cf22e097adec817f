// The panel beside the pictures: tools, window, brush, and one card per lesion. It shows the state and changes it.

import { areaInside, lengthOf, written } from "./calipers.js";
import { lines } from "./numbers.js";
import { colourOf } from "./painting.js";
import { TOOLS } from "./tools.js";
import { figure, t, word } from "./words.js";

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

/** Wire the panel to the room; `desk` offers the actions that keys have too. */
export function wire(room, desk) {
  $$("[data-tool]").forEach((button) => button.addEventListener("click", () => desk.choose(button.dataset.tool)));
  $$("[data-act]").forEach((button) => button.addEventListener("click", () => desk[button.dataset.act]()));
  $$("[data-preset]").forEach((button) => button.addEventListener("click", () => desk.preset(Number(button.dataset.preset))));
  for (const name of ["level", "width"]) {
    $(`#${name}`).addEventListener("change", ({ target }) => {
      const value = Number(target.value);
      const { level, width } = { ...room.window, [name]: value };
      if (target.value !== "" && Number.isFinite(value)) room.setWindow(level, width);
    });
  }
  $("#brush-mm")?.addEventListener("input", ({ target }) => room.set({ brush: { ...room.brush, mm: Number(target.value) } }));
  $$("[data-flip]").forEach((box) => box.addEventListener("change", () => desk.toggle(...box.dataset.flip.split("."))));
  $$(".lesion").forEach((card, n) => wireCard(room, card, n + 1));
  room.addEventListener("changed", () => show(room));
  room.addEventListener("edited", () => show(room));
  room.addEventListener("said", ({ detail }) => { $("#said").textContent = detail; });
  show(room);
}

function wireCard(room, card, label) {
  card.style.setProperty("--colour", colourOf(label));
  $(".pick", card).addEventListener("click", () => room.goTo(label));
  $$("input[type=radio]", card).forEach((radio) => radio.addEventListener("change", () => {
    Object.assign(room, { active: label });
    room.answer({ outcome: radio.value }, label);
  }));
  $("textarea", card).addEventListener("focus", () => room.set({ active: label }));
  $("textarea", card).addEventListener("input", ({ target }) => room.answer({ comment: target.value }, label));
}

function show(room) {
  $$("[data-tool]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.tool === room.tool)));
  setValue($("#level"), Math.round(room.window.level));
  setValue($("#width"), Math.round(room.window.width));
  setValue($("#brush-mm"), room.brush.mm);
  if ($("#brush-told")) $("#brush-told").textContent = `${figure(room.brush.mm)} mm`;
  $$("[data-flip]").forEach((box) => { const [what, name] = box.dataset.flip.split("."); box.checked = room[what][name]; });
  $$("[data-for]").forEach((part) => { part.hidden = !part.dataset.for.split(" ").includes(room.tool); });
  $("#hint").textContent = HINTS[room.tool] ?? "";
  $$(".lesion").forEach((card, n) => showCard(room, card, n + 1));
  const given = room.answers.filter(({ outcome }) => outcome).length;
  $("#given").textContent = t`${given} of ${room.answers.length} answered`;
  room.views.forEach((view) => showSlider(view));
}

const HINTS = {
  cross: t`Click or drag to put the crosshair; the other planes follow.`,
  window: t`Drag: right is wider, up is brighter. The right button does this with every tool.`,
  move: t`Drag to move the picture; Ctrl and the wheel zoom. The middle button does this with every tool.`,
  paint: t`Drag to add voxels to the chosen lesion.`,
  erase: t`Drag to take voxels from the chosen lesion.`,
  scissors: t`Draw around with a drag, or click corners and press Enter.`,
  length: t`Drag from edge to edge. The first line of a lesion is its length, then width, then depth.`,
  area: t`Draw around with a drag, or click corners and press Enter.`,
  calibrate: t`Drag along something of known length, such as a ruler, and say its millimetres.`,
};

function setValue(input, value) {
  if (input && input !== document.activeElement) input.value = value;
}

function showSlider(view) {
  const slider = view.canvas.parentElement.querySelector("input[type=range]");
  if (!slider) return;
  slider.hidden = view.plane.nw === 1;
  slider.max = view.plane.nw;
  slider.value = view.slice + 1;
  slider.setAttribute("aria-valuetext", t`slice ${view.slice + 1} of ${view.plane.nw}`);
}

const WIDE = window.matchMedia("(min-width: 60.01rem)"); // where the panel scrolls by itself

function showCard(room, card, label) {
  const { outcome, comment, numbers } = room.answers[label - 1];
  const chosen = label === room.active;
  if (chosen && !card.classList.contains("active") && WIDE.matches) card.scrollIntoView({ block: "nearest" });
  card.classList.toggle("active", chosen);
  $(".pick", card).setAttribute("aria-pressed", String(label === room.active));
  $$("input[type=radio]", card).forEach((radio) => { radio.checked = radio.value === outcome; });
  setValue($("textarea", card), comment);
  $(".given", card).textContent = word(outcome || "no answer yet");
  card.dataset.outcome = outcome;
  const told = room.labels ? lines(numbers) : { pairs: [], flags: "", note: "" };
  const pairs = [...told.pairs, ...drawn(room, label)];
  const rows = pairs.flatMap(([what, value]) => [element("dt", what), element("dd", value)]);
  $(".numbers", card).replaceChildren(...rows);
  $(".flags", card).textContent = [told.note, told.flags, ...sentences(room, label)].filter(Boolean).join(". ");
}

function sizes(room, label) {
  return room.shapes.filter((shape) => shape.label === label).map((shape) => [shape.name, shape.kind === "area"
    ? areaInside(room.picture, shape.ends, room.picture.planes[shape.plane], room.calibration)
    : lengthOf(room.picture, shape.ends, room.calibration)]);
}

function drawn(room, label) {
  return sizes(room, label).map(([name, size]) => [word(name), written(size)]);
}

function sentences(room, label) {
  return [...new Set(sizes(room, label).map(([, { sentence }]) => sentence))];
}

function element(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

const SIGNS = {
  ArrowUp: "↑", ArrowDown: "↓", "Shift+ArrowLeft": "Shift ←", "Shift+ArrowRight": "Shift →", "Shift+ArrowUp": "Shift ↑",
  "Shift+ArrowDown": "Shift ↓", PageUp: "Page ↑", PageDown: "Page ↓", "Ctrl+z": "Ctrl Z", "Ctrl+y": "Ctrl Y", Escape: "Esc",
};

/** Fill the list of keys, in groups. */
export function tellKeys(keys, into) {
  for (const group of new Set(keys.map(([, name]) => name))) {
    const list = document.createElement("dl");
    for (const [key, name, does] of keys) {
      const sign = SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
      if (name === group) list.append(element("dt", sign), element("dd", does));
    }
    const section = document.createElement("section");
    section.append(element("h3", group), list);
    into.append(section);
  }
}

/** The tools that this picture has. */
export function toolsFor(picture) {
  const { affine, kind, dtype } = picture;
  const has = ({ ct, film, grey }) => (!ct || affine) && (!film || kind === "film") && (!grey || dtype !== "rgb");
  return Object.keys(TOOLS).filter((name) => has(TOOLS[name]));
}
