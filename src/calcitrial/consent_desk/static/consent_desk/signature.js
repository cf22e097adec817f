// A field to sign in: pen, finger or mouse draw; the picture goes into the form as a PNG when it is sent.
const pad = document.getElementById("pad");
const data = document.getElementById("pad-data");
const ink = pad.getContext("2d");
let last = null;
let marked = false;

const blank = () => {
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, pad.width, pad.height);
  marked = false;
  data.value = "";
};

const point = (event) => {
  const box = pad.getBoundingClientRect();
  return [((event.clientX - box.left) * pad.width) / box.width, ((event.clientY - box.top) * pad.height) / box.height];
};

pad.addEventListener("pointerdown", (event) => {
  pad.setPointerCapture(event.pointerId);
  last = point(event);
  event.preventDefault();
});
pad.addEventListener("pointermove", (event) => {
  if (!last) return;
  const next = point(event);
  ink.strokeStyle = "#10243a";
  ink.lineWidth = 3;
  ink.lineCap = "round";
  ink.beginPath();
  ink.moveTo(...last);
  ink.lineTo(...next);
  ink.stroke();
  last = next;
  marked = true;
});
for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => { last = null; });
document.getElementById("pad-clear").addEventListener("click", blank);
pad.closest("form").addEventListener("submit", () => {
  data.value = marked ? pad.toDataURL("image/png") : "";
});

// Only the field of the chosen way to sign is shown.
const ways = [...document.querySelectorAll("[data-method]")];
const show = () => {
  const chosen = document.querySelector("input[name=consent_method]:checked")?.value ?? "drawn";
  for (const way of ways) way.hidden = way.dataset.method !== chosen;
};
for (const radio of document.querySelectorAll("input[name=consent_method]")) radio.addEventListener("change", show);
blank();
show();
