// Judges the answers against the criteria while they are given; nothing is sent or kept.
import { evaluate, typed } from "../visit_desk/rules.js";

const form = document.getElementById("fit");
const criteria = JSON.parse(document.getElementById("rules").textContent);
const questions = [...form.querySelectorAll("[data-item]")];

/** Return what was answered, by item; null where nothing is known. */
function answers() {
  const sent = new FormData(form);
  return Object.fromEntries(questions.map(({ dataset }) => [dataset.item, typed(String(sent.get(dataset.item) ?? ""), dataset.type)]));
}

/** Return the items of a rule whose answers can still change it. */
function wanted(rule, known) {
  const [kind] = rule;
  if (kind === "value" || kind === "list" || evaluate(rule, known) !== null) return [];
  if (kind === "item") return [rule[1]];
  return rule.slice(1).flatMap((part) => wanted(part, known));
}

function judge() {
  const known = answers();
  const told = criteria.map((one) => ({ ...one, truth: evaluate(one.rule, known) }));
  const against = told.some((one) => one.truth !== null && one.truth !== one.wanted);
  for (const one of told) show(one);
  const matter = new Set(against ? [] : told.flatMap((one) => wanted(one.rule, known)));
  let asked = false;
  for (const question of questions) {
    const open = known[question.dataset.item] === null;
    question.hidden = open && !matter.has(question.dataset.item);
    asked ||= open && !question.hidden;
  }
  const verdict = against ? "against" : asked ? "open" : "none";
  for (const one of form.querySelectorAll("[data-verdict]")) one.hidden = one.dataset.verdict !== verdict;
}

function show({ id, truth, wanted: good }) {
  const line = form.querySelector(`[data-criterion="${CSS.escape(id)}"]`);
  const state = truth === null ? "unknown" : truth === good ? "met" : "against";
  line.className = state;
  line.querySelector(".state").textContent = form.dataset[state];
}

form.addEventListener("input", judge);
// Enter in a question asks for nothing to be sent; only the button does.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) event.preventDefault();
});
for (const one of form.querySelectorAll("[data-without]")) one.hidden = true;
const print = form.querySelector("[data-print]");
print.hidden = false;
print.addEventListener("click", () => window.print());
addEventListener("pageshow", judge);
judge();
