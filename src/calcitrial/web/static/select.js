"use strict";
// Choosing a lesion on the map or in the list marks both; without this script the links still jump.
function chosenLesion() {
  return decodeURIComponent(window.location.hash.slice(1)).replace(/^marker-/, "");
}
function mark() {
  const lesion = chosenLesion();
  for (const old of document.querySelectorAll(".selected")) old.classList.remove("selected");
  for (const id of [lesion, "marker-" + lesion]) {
    const found = lesion && document.getElementById(id);
    if (found) found.classList.add("selected");
  }
}
window.addEventListener("hashchange", mark);
mark();
