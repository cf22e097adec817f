// Searches CTCAE while somebody types; without this file the button searches.

const form = document.querySelector("[data-terms]");
const field = document.getElementById("q");
const place = document.getElementById("terms");
let waiting = 0;
let asked = 0;

const search = async () => {
  const number = ++asked;
  const answer = await fetch(`${form.dataset.terms}?q=${encodeURIComponent(field.value)}`, { credentials: "same-origin" });
  // An answer that was overtaken by a later question is not shown.
  if (answer.ok && number === asked) place.innerHTML = await answer.text();
};

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 200);
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown") return;
  const first = place.querySelector("a");
  if (first) {
    event.preventDefault();
    first.focus();
  }
});
