// Every page works without this: scripts only make it quicker.
import { initAll } from "./govuk-frontend.js";

initAll();

// What htmx brings later is brought to life as well. The body is announced too, and is done already.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt !== document.body) {
    initAll({ scope: elt });
  }
});
