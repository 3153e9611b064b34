// Classic script, loaded before the styles: the chosen theme holds from the first paint.
"use strict";
{
  try {
    const chosen = localStorage.getItem("pdarts.theme");
    if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  } catch {
    // This browser keeps nothing for pages: then the system's theme holds.
  }
}
