// Sums of a session while it is typed, and only the questions that the answer before calls for. The server judges.
const session = document.querySelector("[data-session]");
const cards = [...document.querySelectorAll("[data-card]")];
const over = document.querySelector("[data-over]");

function number(card, item) {
  const input = card.querySelector(`input[name$=":${item}"]`);
  const text = (input?.value ?? "").trim().replace(",", ".");
  const value = text === "" ? NaN : Number.parseFloat(text);
  return Number.isFinite(value) ? value : NaN;
}

function answer(card, item) {
  return card.querySelector(`input[name$=":${item}"]:checked`)?.value ?? "";
}

function plain(value) {
  return String(Math.round(value * 1000) / 1000);
}

function refresh() {
  let volume = Number(session.dataset.volume);
  let mass = Number(session.dataset.mass);
  for (const card of cards) {
    const injected = answer(card, "injected");
    for (const part of card.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== injected;
    for (const part of card.querySelectorAll("[data-reactions]")) part.hidden = answer(card, "immediate_reaction") !== "listed";
    const own = number(card, "volume") * number(card, "concentration");
    card.querySelector("[data-mass]").textContent = Number.isNaN(own) ? "–" : plain(own);
    if (injected === "true") {
      volume += number(card, "volume") || 0;
      mass += own || 0;
    }
  }
  document.querySelector('[data-sum="volume"]').textContent = plain(volume);
  document.querySelector('[data-sum="mass"]').textContent = plain(mass);
  over.hidden = !session.dataset.most || mass <= Number(session.dataset.most);
}

document.addEventListener("input", refresh);
document.addEventListener("change", refresh);
refresh();
