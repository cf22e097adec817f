"use strict";
// Enter anywhere on the list opens the next case; the link does the same without this script.
document.addEventListener("keydown", (event) => {
  const next = document.querySelector("#next");
  if (event.key === "Enter" && next && !event.target.closest("a, button, input, textarea")) next.click();
});
