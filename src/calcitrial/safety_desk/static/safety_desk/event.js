// Asks for the criteria only of an event that is said to be serious. The server decides again.

const form = document.querySelector("[data-event]");
const criteria = [...form.querySelectorAll("[data-item^='serious_']")];

const refresh = () => {
  const serious = form.elements.serious?.value === "true";
  for (const block of criteria) block.toggleAttribute("data-off", !serious);
};

document.documentElement.classList.add("scripted");
form.addEventListener("change", refresh);
window.addEventListener("pageshow", refresh);
refresh();
const first = document.getElementById("problems");
if (first) first.focus();
