// Every action has a key. Keys of one letter can be switched off (WCAG 2.2, success criterion 2.1.4).

import { TOOLS, actAtCross, finish } from "./tools.js";

const OPACITIES = [0.35, 0.7, 0.15, 0];

function neighbour(room, view, right, down) {
  const { plane } = view, to = [...room.cross];
  to[plane.u] += plane.uFlip ? -right : right;
  to[plane.v] += plane.vFlip ? -down : down;
  room.keyboard = true;
  room.moveTo(to);
}

function outcome(desk, word) {
  desk.room.answer({ outcome: word });
  desk.room.say(`${desk.room.letters[desk.room.active - 1]}: ${word}.`);
  const next = desk.room.answers.findIndex(({ outcome: given }) => !given);
  if (next >= 0) desk.room.goTo(next + 1);
}

/** The actions as [key, group, what it does, action(desk)]; `desk` is { room, view, save, help, comment, ... }. */
export const KEYS = [
  ["ArrowUp", "Slices", "one slice back", (d) => d.room.scroll(d.view.plane, -1)],
  ["ArrowDown", "Slices", "one slice on", (d) => d.room.scroll(d.view.plane, 1)],
  ["PageUp", "Slices", "ten slices back", (d) => d.room.scroll(d.view.plane, -10)],
  ["PageDown", "Slices", "ten slices on", (d) => d.room.scroll(d.view.plane, 10)],
  ["Home", "Slices", "first slice", (d) => d.room.scroll(d.view.plane, -1e6)],
  ["End", "Slices", "last slice", (d) => d.room.scroll(d.view.plane, 1e6)],
  ["v", "Slices", "next plane", (d) => d.turn()],
  ["f", "Slices", "enlarge this plane, and back", (d) => d.enlarge()],
  ["Shift+ArrowLeft", "Crosshair", "one voxel left", (d) => neighbour(d.room, d.view, -1, 0)],
  ["Shift+ArrowRight", "Crosshair", "one voxel right", (d) => neighbour(d.room, d.view, 1, 0)],
  ["Shift+ArrowUp", "Crosshair", "one voxel up", (d) => neighbour(d.room, d.view, 0, -1)],
  ["Shift+ArrowDown", "Crosshair", "one voxel down", (d) => neighbour(d.room, d.view, 0, 1)],
  ["Space", "Crosshair", "use the tool here: paint, erase, set an end or a corner", (d) => actAtCross(d.room, d.view)],
  ["Enter", "Crosshair", "close the line that is being drawn", (d) => finish(d.room)],
  ["Escape", "Crosshair", "drop the line that is being drawn; leave a field", (d) => d.room.set({ points: [] })],
  ["1", "Picture", "window for bone", (d) => d.preset(0)],
  ["2", "Picture", "window for soft tissue", (d) => d.preset(1)],
  ["3", "Picture", "window for calcification", (d) => d.preset(2)],
  ["4", "Picture", "whole range of values", (d) => d.preset(3)],
  ["i", "Picture", "invert", (d) => d.room.setWindow(d.room.window.level, d.room.window.width, !d.room.window.inverted)],
  ["+", "Picture", "zoom in", (d) => d.closer()],
  ["-", "Picture", "zoom out", (d) => d.farther()],
  ["0", "Picture", "fit", (d) => d.fit()],
  ["h", "Picture", "hide or show the outlines", (d) => d.outlines()],
  ["o", "Picture", "opacity of the outlines", (d) => d.opacity(OPACITIES)],
  ...Object.entries(TOOLS).map(([name, tool]) => [tool.key, "Tools", tool.label.toLowerCase(), (d) => d.choose(name)]),
  ["[", "Tools", "smaller brush", (d) => d.resize(-1)],
  ["]", "Tools", "larger brush", (d) => d.resize(1)],
  ["d", "Tools", "brush: ball or disc", (d) => d.toggle("brush", "sphere")],
  ["t", "Tools", "brush: only above the threshold, or anything", (d) => d.toggle("brush", "limited")],
  ["c", "Tools", "scissors: cut away inside or outside", (d) => d.toggle("scissors", "outside")],
  ["a", "Tools", "scissors: this slice or all slices", (d) => d.toggle("scissors", "through")],
  ["Delete", "Tools", "delete the last caliper or area of this lesion", (d) => d.remove()],
  ["Ctrl+z", "Tools", "undo", (d) => d.room.undo()],
  ["Ctrl+y", "Tools", "do again", (d) => d.room.redo()],
  ["r", "Tools", "back to the proposed outline (can be undone)", (d) => d.propose()],
  [".", "Answers", "next lesion", (d) => d.room.goTo((d.room.active % d.room.letters.length) + 1)],
  [",", "Answers", "lesion before", (d) => d.room.goTo(d.room.active - 1 || d.room.letters.length)],
  ["y", "Answers", "measured as outlined, and on to the next lesion", (d) => outcome(d, "measured")],
  ["n", "Answers", "absent", (d) => outcome(d, "absent")],
  ["u", "Answers", "not assessable", (d) => outcome(d, "not assessable")],
  ["/", "Answers", "write a comment", (d) => d.comment()],
  ["s", "Answers", "save, and on to the next case", (d) => d.save()],
  ["?", "Answers", "this list", (d) => d.help()],
];

/** Name of the key of an event as it stands in the table. */
export function nameOf(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return key === "z" && event.shiftKey ? "Ctrl+y" : `Ctrl+${key}`;
  return event.shiftKey && key.startsWith("Arrow") ? `Shift+${key}` : key === "=" ? "+" : key;
}

/** Listen for the keys; fields and dialogs keep theirs. */
export function listen(desk) {
  const table = new Map(KEYS.map(([key, , , action]) => [key, action]));
  document.addEventListener("keydown", (event) => {
    const { target } = event, name = nameOf(event), action = table.get(name);
    if (!action || event.altKey || document.querySelector("dialog[open]")) return;
    if (name === "Escape" && target.matches("textarea, input")) desk.view.canvas.focus();
    if (target.matches("textarea, select, input:not([type=range], [type=radio], [type=checkbox])")) return;
    // Sliders and boxes keep arrows, Space and the like; letters mean the same everywhere.
    if (target.matches("input") && name.length > 1 && !name.startsWith("Ctrl+")) return;
    if (target.matches("button, a, summary") && (name === "Space" || name === "Enter")) return;
    if (name.length === 1 && !desk.shortcuts && name !== "?") return;
    event.preventDefault();
    action(desk);
  });
}
