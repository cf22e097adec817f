// What the hand does with each tool: press, drag and release on a view, or Space at the crosshair.

import { cut, dab, drag } from "./brush.js";
import { toVoxel } from "./planes.js";
import { t } from "./words.js";

const CLOSE = 10; // CSS pixels within which a click closes a line, or a drag counts as a click

/** The tools by name; each has a key, what it is called, and its press, drag and release. */
export const TOOLS = {
  cross: { key: "q", label: t`Crosshair`, press: point, drag: point },
  window: { key: "w", label: t`Window`, grey: true, drag: shade },
  move: { key: "m", label: t`Move`, drag: move },
  paint: { key: "b", label: t`Brush`, ct: true, press: paint, drag: paintOn, release: lift },
  erase: { key: "e", label: t`Eraser`, ct: true, press: paint, drag: paintOn, release: lift },
  scissors: { key: "x", label: t`Scissors`, ct: true, press: corner, drag: follow, release: loop },
  length: { key: "l", label: t`Caliper`, press: end, release: endAway },
  area: { key: "p", label: t`Area`, press: corner, drag: follow, release: loop },
  calibrate: { key: "k", label: t`Known length`, film: true, press: end, release: endAway },
};

function point(room, view, at) {
  room.moveTo(at.voxel);
}

/** Drag right for a wider window, up for a brighter picture; a screen's width spans the present window twice. */
export function shade(room, view, at, event, last) {
  const pace = Math.max(room.window.width, 40) / 300;
  const { level, width } = room.window;
  room.setWindow(level + (event.clientY - last.clientY) * pace, width + (event.clientX - last.clientX) * pace);
}

/** Move the picture with the hand. */
export function move(room, view, at, event, last) {
  const { mmU, mmV } = view.plane, ratio = view.dpr / view.scale;
  view.centre = [
    view.centre[0] - ((event.clientX - last.clientX) * ratio) / mmU,
    view.centre[1] - ((event.clientY - last.clientY) * ratio) / mmV,
  ];
  room.redraw();
}

function stroke(room) {
  const { mm, sphere, limited } = room.brush;
  return { label: room.active, erase: room.tool === "erase", mm, sphere, least: limited ? room.picture.threshold_hu : null };
}

function paint(room, view, at) {
  room.labels.begin();
  dab(room.picture, room.labels, view.plane, at.voxel, stroke(room));
  room.version++;
  room.from = at.voxel;
  room.redraw();
}

function paintOn(room, view, at) {
  drag(room.picture, room.labels, view.plane, room.from, at.voxel, stroke(room));
  room.from = at.voxel;
  room.version++;
  room.redraw();
}

function lift(room) {
  room.stroked(room.labels.end());
}

function start(room, view, at) {
  if (room.pendingView !== view) room.points = [];
  room.pendingView = view;
  room.points = [...room.points, at.p];
  room.redraw();
}

function away(view, p, q) {
  const [a, b] = [view.toScreen(p), view.toScreen(q)];
  return Math.hypot(a[0] - b[0], a[1] - b[1]) / view.dpr;
}

function end(room, view, at) {
  start(room, view, at);
  if (room.points.length === 2) finish(room);
}

function endAway(room, view, at) {
  if (room.points.length === 1 && away(view, room.points[0], at.p) > CLOSE / 2) end(room, view, at);
}

function corner(room, view, at) {
  const { points } = room;
  if (points.length > 2 && room.pendingView === view && away(view, points[0], at.p) < CLOSE) return finish(room);
  room.freehand = false;
  return start(room, view, at);
}

function follow(room, view, at) {
  if (!room.points.length || away(view, room.points.at(-1), at.p) < 3) return;
  room.freehand = true;
  start(room, view, at);
}

function loop(room) {
  if (room.freehand && room.points.length > 2) finish(room);
}

/** Take the line that is being drawn for what the tool makes of it: a cut, an area, a caliper, a known length. */
export function finish(room) {
  const { tool, points, pendingView: view } = room;
  const least = tool === "scissors" || tool === "area" ? 3 : 2;
  if (!view || points.length < least) return;
  room.points = [];
  if (tool === "scissors") {
    room.labels.begin();
    cut(room.picture, room.labels, view.plane, view.slice, points, { label: room.active, ...room.scissors });
    const touched = room.labels.end();
    room.stroked(touched);
    if (!touched.length) room.say(t`The cut met nothing of the chosen lesion.`);
    return;
  }
  const ends = points.map((p) => toVoxel(view.plane, p, view.slice));
  if (tool === "calibrate") room.tell("known", { ends, plane: view.plane.name, slice: view.slice });
  else room.addShape(tool === "area" ? "area" : "length", view, ends);
}

/** Do with the keyboard, at the crosshair, what a click does. */
export function actAtCross(room, view) {
  const tool = TOOLS[room.tool], at = view.atCross();
  if (room.tool === "window" || room.tool === "move" || room.tool === "cross") return;
  tool.press(room, view, at);
  if (room.tool === "paint" || room.tool === "erase") tool.release(room, view, at);
}
