// Every action has a key. Keys of one letter can be switched off (WCAG 2.2, success criterion 2.1.4).

import { t, word as told } from "./words.js";
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
  desk.room.say(`${desk.room.letters[desk.room.active - 1]}: ${told(word)}.`);
  const next = desk.room.answers.findIndex(({ outcome: given }) => !given);
  if (next >= 0) desk.room.goTo(next + 1);
}

/** The actions as [key, group, what it does, action(desk)]; `desk` is { room, view, save, help, comment, ... }. */
export const KEYS = [
  ["ArrowUp", t`Slices`, t`one slice back`, (d) => d.room.scroll(d.view.plane, -1)],
  ["ArrowDown", t`Slices`, t`one slice on`, (d) => d.room.scroll(d.view.plane, 1)],
  ["PageUp", t`Slices`, t`ten slices back`, (d) => d.room.scroll(d.view.plane, -10)],
  ["PageDown", t`Slices`, t`ten slices on`, (d) => d.room.scroll(d.view.plane, 10)],
  ["Home", t`Slices`, t`first slice`, (d) => d.room.scroll(d.view.plane, -1e6)],
  ["End", t`Slices`, t`last slice`, (d) => d.room.scroll(d.view.plane, 1e6)],
  ["v", t`Slices`, t`next plane`, (d) => d.turn()],
  ["f", t`Slices`, t`enlarge this plane, and back`, (d) => d.enlarge()],
  ["Shift+ArrowLeft", t`Crosshair`, t`one voxel left`, (d) => neighbour(d.room, d.view, -1, 0)],
  ["Shift+ArrowRight", t`Crosshair`, t`one voxel right`, (d) => neighbour(d.room, d.view, 1, 0)],
  ["Shift+ArrowUp", t`Crosshair`, t`one voxel up`, (d) => neighbour(d.room, d.view, 0, -1)],
  ["Shift+ArrowDown", t`Crosshair`, t`one voxel down`, (d) => neighbour(d.room, d.view, 0, 1)],
  ["Space", t`Crosshair`, t`use the tool here: paint, erase, set an end or a corner`, (d) => actAtCross(d.room, d.view)],
  ["Enter", t`Crosshair`, t`close the line that is being drawn`, (d) => finish(d.room)],
  ["Escape", t`Crosshair`, t`drop the line that is being drawn; leave a field`, (d) => d.room.set({ points: [] })],
  ["1", t`Picture`, t`window for bone`, (d) => d.preset(0)],
  ["2", t`Picture`, t`window for soft tissue`, (d) => d.preset(1)],
  ["3", t`Picture`, t`window for calcification`, (d) => d.preset(2)],
  ["4", t`Picture`, t`whole range of values`, (d) => d.preset(3)],
  ["i", t`Picture`, t`invert`, (d) => d.room.setWindow(d.room.window.level, d.room.window.width, !d.room.window.inverted)],
  ["+", t`Picture`, t`zoom in`, (d) => d.closer()],
  ["-", t`Picture`, t`zoom out`, (d) => d.farther()],
  ["0", t`Picture`, t`fit`, (d) => d.fit()],
  ["h", t`Picture`, t`hide or show the outlines`, (d) => d.outlines()],
  ["o", t`Picture`, t`opacity of the outlines`, (d) => d.opacity(OPACITIES)],
  ...Object.entries(TOOLS).map(([name, tool]) => [tool.key, t`Tools`, tool.label.toLowerCase(), (d) => d.choose(name)]),
  ["[", t`Tools`, t`smaller brush`, (d) => d.resize(-1)],
  ["]", t`Tools`, t`larger brush`, (d) => d.resize(1)],
  ["d", t`Tools`, t`brush: ball or disc`, (d) => d.toggle("brush", "sphere")],
  ["t", t`Tools`, t`brush: only above the threshold, or anything`, (d) => d.toggle("brush", "limited")],
  ["c", t`Tools`, t`scissors: cut away inside or outside`, (d) => d.toggle("scissors", "outside")],
  ["a", t`Tools`, t`scissors: this slice or all slices`, (d) => d.toggle("scissors", "through")],
  ["Delete", t`Tools`, t`delete the last caliper or area of this lesion`, (d) => d.remove()],
  ["Ctrl+z", t`Tools`, t`undo`, (d) => d.room.undo()],
  ["Ctrl+y", t`Tools`, t`do again`, (d) => d.room.redo()],
  ["r", t`Tools`, t`back to the proposed outline (can be undone)`, (d) => d.propose()],
  [".", t`Answers`, t`next lesion`, (d) => d.room.goTo((d.room.active % d.room.letters.length) + 1)],
  [",", t`Answers`, t`lesion before`, (d) => d.room.goTo(d.room.active - 1 || d.room.letters.length)],
  ["y", t`Answers`, t`measured as outlined, and on to the next lesion`, (d) => outcome(d, "measured")],
  ["n", t`Answers`, t`absent`, (d) => outcome(d, "absent")],
  ["u", t`Answers`, t`not assessable`, (d) => outcome(d, "not assessable")],
  ["/", t`Answers`, t`write a comment`, (d) => d.comment()],
  ["s", t`Answers`, t`save, and on to the next case`, (d) => d.save()],
  ["?", t`Answers`, t`this list`, (d) => d.help()],
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
