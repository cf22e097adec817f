// Hides the questions that are not asked and shows those that are, while somebody types. The server decides again.

import { evaluate, typed } from "./rules.js";

const form = document.querySelector("[data-form]");
const told = document.getElementById("form-rules");

if (form && told) {
  const { rules, types } = JSON.parse(told.textContent);

  const answer = (item) => {
    const found = form.elements[item];
    return found ? typed(found.value ?? "", types[item]) : null;
  };

  const refresh = () => {
    const answers = Object.fromEntries(Object.keys(types).map((item) => [item, answer(item)]));
    for (const block of form.querySelectorAll("[data-item]")) {
      const rule = rules[block.dataset.item];
      if (!rule) continue;
      const asked = evaluate(rule, answers) === true;
      block.toggleAttribute("data-off", !asked);
      // What rests on a question that is not asked is not asked either.
      if (!asked) answers[block.dataset.item] = null;
    }
  };

  // What was typed stays in a hidden question while one looks, and leaves it when the form is sent.
  const empty = (block) => {
    for (const input of block.querySelectorAll("input, select, textarea")) {
      if (input.type !== "radio") input.value = "";
      else input.checked = input.value === "";
    }
  };

  document.documentElement.classList.add("scripted");
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  form.addEventListener("submit", () => form.querySelectorAll("[data-off]").forEach(empty));
  window.addEventListener("pageshow", refresh);
  refresh();
}
const first = document.getElementById("problems");
if (first) first.focus();
