// Placing a lesion on the drawings by touch, mouse or keys. Without this script the list of body sites does the same.
import { nearest, spotOf } from "./nearest.js";
import { Stage } from "./stage.js";

const board = document.querySelector("[data-placing]");
const spots = JSON.parse(document.getElementById("spots").textContent);
const form = document.querySelector("form.form");
const said = document.querySelector("[data-said]");
const undo = document.querySelector("[data-undo]");
const siteField = form.elements.namedItem("body_site");
const earlier = [];

function point() {
  const [view, x, y] = ["_view", "_map_x", "_map_y"].map((name) => form.elements.namedItem(name).value);
  return { view, x, y, site: siteField.value, side: chosenSide() };
}

function chosenSide() {
  const chosen = form.querySelector('input[name="side"]:checked');
  return chosen ? chosen.value : "";
}

function show(now) {
  form.elements.namedItem("_view").value = now.view;
  form.elements.namedItem("_map_x").value = now.x;
  form.elements.namedItem("_map_y").value = now.y;
  siteField.value = now.site;
  for (const radio of form.querySelectorAll('input[name="side"]')) radio.checked = radio.value === now.side;
  for (const stage of stages) stage.pin(now.view === stage.view && now.x !== "" ? now : null);
  said.textContent = now.site ? `${board.dataset.placed} ${now.site}, ${now.side}` : "";
  undo.disabled = earlier.length === 0;
}

function place(view, x, y, stage) {
  const near = nearest(spots, view, x, y, stage.width, stage.height);
  earlier.push(point());
  show({ view, x: x.toFixed(3), y: y.toFixed(3), site: near.site, side: near.side });
}

function named() {
  const now = point();
  const found = spotOf(spots, now.site, now.side, now.view);
  if (!found) {
    if (now.view && now.site && now.side) show({ ...now, view: "", x: "", y: "" });
    return;
  }
  // A point that was pointed at stays where it is while its name is put right on the same drawing.
  if (now.x !== "" && found.view === now.view) return;
  earlier.push({ ...now, site: "", side: "" });
  show({ view: found.view, x: found.x.toFixed(3), y: found.y.toFixed(3), site: now.site, side: now.side });
}

const stages = [...board.querySelectorAll("figure")].map(
  (figure) =>
    new Stage(figure, board.dataset.how, place, (stage, x, y) => {
      const near = nearest(spots, stage.view, x, y, stage.width, stage.height);
      said.textContent = `${board.dataset.near} ${near.site}, ${near.side}`;
      stage.told.textContent = `${near.site}, ${near.side}?`;
    }),
);

undo.addEventListener("click", () => {
  if (earlier.length) show(earlier.pop());
});
siteField.addEventListener("change", named);
for (const radio of form.querySelectorAll('input[name="side"]')) radio.addEventListener("change", named);
for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
board.dataset.ready = "";
if (form.elements.namedItem("_view").value) show(point());
