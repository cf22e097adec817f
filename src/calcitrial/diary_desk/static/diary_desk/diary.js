// Answers are kept on the device until the server has them: each screen is sent when it is left, and what could not be
// sent is sent with the next one, or when there is a connection again. The draft is cleared as soon as it has arrived.

const form = document.getElementById("screens");
const mark = `diary:${form.dataset.mark}`;
const state = document.getElementById("state");
const said = document.getElementById("said");
const stands = form.querySelector(".reason") !== null;
const answered = JSON.parse(document.getElementById("answered").textContent);
const screens = [...form.querySelectorAll(".screen")];
let here = screens.findIndex((one) => !one.hidden);
let draft = read();
let busy = false;

function read() {
  try {
    return JSON.parse(localStorage.getItem(mark)) || { sending: name(), answers: {} };
  } catch {
    return { sending: name(), answers: {} };
  }
}

function name() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

function keep() {
  try {
    localStorage.setItem(mark, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: the answers are still on the page.
  }
}

function clear() {
  draft = { sending: name(), answers: {} };
  try {
    localStorage.removeItem(mark);
  } catch {
    // Nothing was kept.
  }
}

const fieldsets = (screen) => [...screen.querySelectorAll("fieldset[data-item]")];
const field = (item) => form.querySelector(`fieldset[data-item="${item}"]`);

function value(set) {
  const item = set.dataset.item;
  const skip = set.querySelector(`[name="skip-${item}"]`).checked;
  const inputs = [...set.querySelectorAll(`[name="a-${item}"]`)];
  const text = inputs[0].type === "radio" ? inputs.find((one) => one.checked)?.value || "" : inputs[0].value.trim();
  return { text: skip ? "" : text, skip };
}

function put(set, kept) {
  const item = set.dataset.item;
  set.querySelector(`[name="skip-${item}"]`).checked = kept.skip;
  set.querySelector(`[name="t-${item}"]`).value = kept.at;
  for (const one of set.querySelectorAll(`[name="a-${item}"]`)) {
    if (one.type === "radio") one.checked = one.value === kept.text;
    else one.value = kept.text;
  }
}

function changed(event) {
  const set = event.target.closest("fieldset[data-item]");
  if (!set) return;
  const item = set.dataset.item;
  if (event.target.name === `a-${item}`) set.querySelector(`[name="skip-${item}"]`).checked = false;
  else if (event.target.checked) for (const one of set.querySelectorAll('[type="radio"]')) one.checked = false;
  const at = new Date().toISOString();
  set.querySelector(`[name="t-${item}"]`).value = at;
  draft.answers[item] = { ...value(set), at };
  if (!stands) keep();
}

function show(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

function complete(screen) {
  let good = true;
  for (const set of fieldsets(screen)) {
    const { text, skip } = value(set);
    const bad = !text && !skip;
    show(document.getElementById(`p-${set.dataset.item}`), bad ? form.dataset.required : "");
    set.classList.toggle("wrong", bad);
    if (bad && good) set.querySelector("input:not([type=hidden]), textarea").focus();
    good &&= !bad;
  }
  return good;
}

// A question that rests on an answer is asked only where that answer was given.
function asked(screen) {
  const known = { ...answered };
  for (const [item, kept] of Object.entries(draft.answers)) known[item] = kept.text;
  return screen.dataset.onlyIf.split(" ").filter(Boolean).every((one) => {
    const [item, wanted] = one.split("=");
    return known[item] === wanted;
  });
}

function reveal(number) {
  for (const [index, screen] of screens.entries()) screen.hidden = index !== number;
  for (const set of fieldsets(screens[number])) set.disabled = false;
  here = number;
  const back = document.getElementById("back");
  if (back) back.href = back.href.replace(/\d+\/$/, `${screens[Math.max(0, number - 1)].dataset.number}/`);
  screens[number].querySelector("legend").setAttribute("tabindex", "-1");
  screens[number].querySelector("legend").focus();
}

function packed(extra) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  data.set("sending", draft.sending);
  data.set("sent_at", new Date().toISOString());
  const reason = form.querySelector("[name=reason]:checked");
  if (reason) data.set("reason", reason.value);
  if (extra) data.set(extra, "1");
  for (const [item, kept] of Object.entries(draft.answers)) {
    const set = field(item);
    if (!set || (!kept.text && !kept.skip)) continue;
    data.set(`here-${item}`, "1");
    data.set(`v-${item}`, set.querySelector(`[name="v-${item}"]`).value);
    data.set(`t-${item}`, kept.at);
    if (kept.skip) data.set(`skip-${item}`, "1");
    else data.set(`a-${item}`, kept.text);
  }
  return data;
}

// Returns where to go, "" when there is no connection; a refusal is shown and returns null.
async function send(extra) {
  if (!Object.keys(draft.answers).length && !extra) return location.pathname;
  show(state, form.dataset.sending);
  let response;
  try {
    response = await fetch(location.pathname, { method: "POST", body: packed(extra), headers: { Accept: "application/json" } });
  } catch {
    keep();
    show(state, form.dataset.offline);
    return "";
  }
  show(state, "");
  const told = await response.json().catch(() => ({ problem: `(${response.status})`, problems: {} }));
  if (response.ok) {
    Object.assign(answered, Object.fromEntries(Object.entries(draft.answers).map(([item, kept]) => [item, kept.text])));
    for (const item of Object.keys(draft.answers)) field(item)?.querySelector(`[name="v-${item}"]`).setAttribute("value", "1");
    clear();
    return told.next;
  }
  for (const [item, text] of Object.entries(told.problems)) {
    const place = document.getElementById(`p-${item}`);
    if (place) show(place, text);
  }
  show(said, `${form.dataset.refused} ${told.problem || Object.values(told.problems).join(" ")}`);
  said.scrollIntoView();
  return null;
}

async function submitted(event) {
  event.preventDefault();
  const stopping = event.submitter?.name === "stop";
  if (busy || (!stopping && !complete(screens[here]))) return;
  busy = true;
  show(said, "");
  if (!stopping) for (const set of fieldsets(screens[here])) draft.answers[set.dataset.item] ||= { ...value(set), at: "" };
  const onward = await send(stopping ? "stop" : "next");
  busy = false;
  if (onward === null) return;
  const following = screens.findIndex((one, index) => index > here && asked(one));
  if (stopping || stands || following < 0) {
    if (onward) location.assign(onward);
    return;
  }
  reveal(following);
}

async function again() {
  if (busy || stands || !Object.keys(draft.answers).length) return;
  busy = true;
  const onward = await send("next");
  busy = false;
  if (onward) location.assign(onward);
}

// What was chosen here and did not arrive, because the page was closed: put back, and sent.
const waiting = Object.keys(draft.answers).filter((item) => field(item) && !(item in answered));
if (!stands && waiting.length) {
  draft.answers = Object.fromEntries(waiting.map((item) => [item, draft.answers[item]]));
  for (const item of waiting) put(field(item), draft.answers[item]);
  show(state, form.dataset.kept);
} else {
  clear();
}
form.addEventListener("change", changed);
form.addEventListener("input", (event) => { if (event.target.type !== "radio" && event.target.type !== "checkbox") changed(event); });
form.addEventListener("submit", submitted);
addEventListener("online", again);
