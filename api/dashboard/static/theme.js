// Classic script, loaded before the styles: the chosen theme holds from the first paint.
"use strict";
{
  const chosen = localStorage.getItem("pdarts.theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
}
