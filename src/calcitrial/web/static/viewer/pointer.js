// Mouse, pen and finger on a view: left is the chosen tool, middle moves, right changes the window, the wheel scrolls.

import { TOOLS, finish, move, shade } from "./tools.js";

const BY_BUTTON = { 1: { drag: move }, 2: { drag: shade } };

/** Let a view be used with the hand. */
export function attach(room, view) {
  const { canvas } = view;
  let held = null, last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    held = BY_BUTTON[event.button] ?? TOOLS[room.tool];
    last = event;
    view.mouse = view.under(event);
    held.press?.(room, view, view.mouse, event);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    view.mouse = view.under(event);
    if (held) held.drag?.(room, view, view.mouse, event, last);
    last = event;
    room.redraw();
  });
  const let_go = (event) => {
    held?.release?.(room, view, view.under(event), event);
    held = null;
  };
  canvas.addEventListener("pointerup", let_go);
  canvas.addEventListener("pointercancel", let_go);
  canvas.addEventListener("pointerleave", () => { if (!held) { view.mouse = null; room.redraw(); } });
  canvas.addEventListener("dblclick", () => finish(room));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("auxclick", (event) => event.preventDefault());
  let turned = 0;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey) return view.zoomBy(Math.exp(-event.deltaY / 300), view.under(event).p);
    // A notch of a wheel is one slice; a touch pad sends many small turns, which are summed.
    turned += event.deltaMode ? event.deltaY * 40 : event.deltaY;
    const steps = Math.trunc(turned / 60) || (Math.abs(event.deltaY) >= 50 ? Math.sign(event.deltaY) : 0);
    if (steps) turned = 0;
    return steps && room.scroll(view.plane, steps);
  }, { passive: false });
}
