// An open menu closes on Escape and on a click elsewhere, and the focus goes back to where it was opened.
const opened = () => document.querySelector(".menu details[open]");
const TAKES_FOCUS = "a[href], button, input, select, textarea, summary, label, [tabindex]";

function close(menu) {
  const inside = menu.contains(document.activeElement);
  menu.open = false;
  return inside;
}

document.addEventListener("keydown", (event) => {
  const menu = opened();
  if (event.key !== "Escape" || !menu) return;
  event.preventDefault();
  close(menu);
  menu.querySelector("summary").focus();
});

document.addEventListener("pointerdown", (event) => {
  const menu = opened();
  if (!menu || menu.contains(event.target)) return;
  const inside = close(menu);
  const taken = event.target.closest(TAKES_FOCUS);
  // What was clicked may take the focus itself; else it would be lost to the top of the page.
  if (inside && (!taken || taken.id === "main")) {
    event.preventDefault();
    menu.querySelector("summary").focus({ preventScroll: true });
  }
});
