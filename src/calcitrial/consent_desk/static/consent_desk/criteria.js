// While answers are entered, the server answers the criteria; without this script, saving does.
const sheet = document.getElementById("sheet");
const place = document.getElementById("criteria");
let waiting = 0;
let asked = 0;

const refresh = async () => {
  const content = new FormData(sheet);
  content.set("_live", "1");
  const mine = ++asked;
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: content });
    if (answer.ok && mine === asked) place.innerHTML = await answer.text();
  } catch {
    // No connection: the criteria stay as they were, and saving will say so.
  }
};

sheet.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 250);
});
