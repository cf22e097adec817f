// Opens a case: loads the picture, hangs its planes, and puts keys, hand and panel to work.

import { Draft } from "./draft.js";
import { deskOf } from "./desk.js";
import { listen } from "./keys.js";
import { follow } from "./numbers.js";
import { toolsFor, wire } from "./panel.js";
import { loadPicture } from "./picture.js";
import { attach } from "./pointer.js";
import { Room } from "./room.js";
import { View } from "./view.js";
import { t } from "./words.js";

const $ = (selector) => document.querySelector(selector);

function hang(room, figure) {
  const view = new View(figure.querySelector("canvas"), room.picture.planes[figure.dataset.plane], room);
  attach(room, view);
  figure.querySelector("input[type=range]")?.addEventListener("input", ({ target }) => {
    room.scroll(view.plane, Number(target.value) - 1 - view.slice);
  });
  return view;
}

async function open() {
  const { data, answer, measure, worklist } = document.body.dataset;
  const picture = await loadPicture(data, (share) => {
    $("#progress").value = share;
    $("#progress-told").textContent = t`Loading the picture: ${Math.round(100 * share)} %`;
  });
  const room = new Room(picture);
  const draft = new Draft(room, `draft ${window.location.pathname}`);
  const tools = toolsFor(picture);
  [...document.querySelectorAll("[data-tool]")].filter(({ dataset }) => !tools.includes(dataset.tool)).forEach((button) => button.remove());
  $(".window").hidden = picture.dtype === "rgb";
  $("#made").textContent = picture.made ?? "";
  $("#loading").hidden = true;
  $("#views").hidden = false;
  room.views = [...document.querySelectorAll(".view")].map((figure) => hang(room, figure));
  const desk = deskOf(room, draft, { answer, worklist });
  if (room.labels) follow(room, measure);
  wire(room, desk);
  listen(desk);
  if (draft.touched?.length) room.tell("edited", draft.touched);
  if (room.dirty) room.say(t`Your unsaved work on this case is back.`);
  room.views[0].canvas.focus({ preventScroll: true });
  Object.assign(window, { reading: { room, desk } });
  document.body.dataset.ready = "yes";
}

open().catch((error) => {
  $("#loading").hidden = false;
  $("#progress").hidden = true;
  $("#progress-told").textContent = error.message;
  $("#progress-told").setAttribute("role", "alert");
});
