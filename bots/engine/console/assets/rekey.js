// Every page works without this: scripts only make it quicker.
import { initAll } from "./govuk-frontend.js";

initAll();

// What htmx brings later is brought to life as well. The body is announced too, and is done already.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt !== document.body) {
    initAll({ scope: elt });
  }
});

// What could not be sent is said where it was asked for; what is typed on the page stays.
const notSent = ({ detail: { requestConfig, target } }) => {
  if (requestConfig.verb !== "post") {
    return;
  }
  target.querySelectorAll(":scope > .govuk-error-message").forEach((old) => old.remove());
  const said = document.createElement("p");
  said.className = "govuk-error-message";
  said.setAttribute("role", "alert");
  said.textContent = "This was not sent: you may be signed out, or the service is away. What you typed is still here.";
  target.prepend(said);
};

document.addEventListener("htmx:responseError", notSent);
document.addEventListener("htmx:sendError", notSent);

// ---- Hand in work ---------------------------------------------------------------------------
// Files are sent with a bar for each. Without scripts the form does the same, and the browser shows its own.
const sentence = (form, text) => {
  const said = form.querySelector("[data-rekey-said]");
  form.querySelector("[data-rekey-sending]").hidden = false;
  said.textContent = text;
};

const barsOf = (form, files) => {
  const list = form.querySelector("[data-rekey-files]");
  list.replaceChildren();
  return files.map((file) => {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    line.append(name, bar);
    list.append(line);
    return bar;
  });
};

// The files go one after the other: what is sent in all says how far each of them is.
const showSent = (bars, files, loaded, total) => {
  let before = total - files.reduce((sum, file) => sum + file.size, 0);
  files.forEach((file, number) => {
    bars[number].value = Math.max(0, Math.min(bars[number].max, file.size ? loaded - before : 1));
    before += file.size;
  });
};

// What the service says against it stands above the form, which keeps its files.
const showProblem = (form, answer) => {
  const page = new DOMParser().parseFromString(answer, "text/html");
  const found = page.querySelector(".govuk-error-summary");
  const main = document.querySelector("#main-content");
  if (!found || !page.querySelector("[data-rekey-upload]")) {
    main.replaceChildren(...page.querySelector("#main-content").childNodes);
    initAll({ scope: main });
    return;
  }
  const place = document.createElement("div");
  place.append(found);
  main.querySelectorAll(".govuk-error-summary").forEach((old) => old.remove());
  form.parentElement.prepend(place);
  initAll({ scope: place });
};

const sendFiles = (form, files) => {
  const button = form.querySelector("button[type=submit]");
  const bars = barsOf(form, files);
  const request = new XMLHttpRequest();
  let tenths = 0;
  button.disabled = true;
  sentence(form, "The files are being sent.");
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    showSent(bars, files, loaded, total);
    const now = Math.floor((10 * loaded) / total);
    if (now > tenths) {
      tenths = now;
      sentence(form, now < 10 ? `The files are being sent: ${10 * now}%` : "The files are sent.");
    }
  });
  request.addEventListener("load", () => {
    const to = new URL(request.responseURL);
    if (request.status === 200 && to.pathname !== new URL(form.action).pathname) {
      window.location.assign(to);
      return;
    }
    button.disabled = false;
    form.querySelector("[data-rekey-files]").replaceChildren();
    sentence(form, "");
    showProblem(form, request.responseText);
  });
  request.addEventListener("error", () => {
    button.disabled = false;
    sentence(form, "The connection broke before all was sent. Nothing was kept. Send the files again.");
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-rekey-upload]")) {
    return;
  }
  event.preventDefault();
  const files = [...form.querySelector("input[type=file]").files];
  const { mostFiles, mostBytes } = form.dataset;
  if (files.length > mostFiles || files.reduce((sum, file) => sum + file.size, 0) > mostBytes) {
    sentence(form, `Send at most ${mostFiles} files and ${mostBytes / 1e6} MB at once. Nothing was sent.`);
    return;
  }
  sendFiles(form, files);
});
// ---- End of: Hand in work -------------------------------------------------------------------

// ---- Documents: the page follows the field -------------------------------------------------
const boxes = [...document.querySelectorAll("[data-box]")];

const follow = (name) => {
  for (const box of boxes) {
    box.classList.toggle("rekey-box--now", box.dataset.box === name);
  }
  const box = boxes.find((one) => one.dataset.box === name);
  const pane = box?.closest("[data-paper]");
  if (pane) {
    const [place, frame] = [box.getBoundingClientRect(), pane.getBoundingClientRect()];
    // Into the middle of what can be seen of the pane; if that is next to nothing, of all of it.
    const [above, below] = [Math.max(frame.top, 0), Math.min(frame.bottom, window.innerHeight)];
    const [top, bottom] = below - above > 3 * place.height ? [above, below] : [frame.top, frame.bottom];
    // What is wider than the pane is read from its beginning.
    const wide = place.width > frame.width;
    pane.scrollBy({
      left: wide ? place.left - frame.left - 20 : place.left + place.width / 2 - frame.left - frame.width / 2,
      top: place.top + place.height / 2 - (top + bottom) / 2,
    });
  }
};

const entry = (group) => group.querySelector("input:checked") ?? group.querySelector("input, textarea");

if (boxes.length) {
  document.addEventListener("focusin", ({ target }) => {
    const group = target.closest("[data-place]");
    if (group) {
      follow(group.dataset.place);
    }
  });
  for (const box of boxes) {
    const group = document.querySelector(`[data-place="${CSS.escape(box.dataset.box)}"]`);
    if (group) {
      box.classList.add("rekey-box--leads");
      box.addEventListener("click", () => {
        group.closest("details")?.setAttribute("open", "");
        entry(group)?.focus();
      });
    }
  }
}

// ---- Documents to check: one key accepts a value -------------------------------------------
const checking = document.querySelector("[data-check-form]");

if (checking) {
  const groups = [...checking.querySelectorAll("[data-check]")];
  const button = checking.querySelector("[data-send]");
  const isDone = (group) => group.dataset.check === "done";

  const tell = () => {
    const done = groups.filter(isDone).length;
    checking.querySelector("[data-checked]").textContent = done
      ? `${done} of ${groups.length} checked.${done === groups.length ? " Press Enter to send the document on." : ""}`
      : "";
  };

  const goTo = (group) => {
    const field = entry(group);
    field?.focus();
    field?.select?.();
  };

  const accept = (group) => {
    group.dataset.check = "done";
    const state = group.querySelector("[data-state]");
    state.textContent = "Checked";
    state.classList.replace("govuk-tag--yellow", "govuk-tag--green");
    const behind = groups.slice(groups.indexOf(group) + 1);
    const next = behind.find((one) => !isDone(one)) ?? groups.find((one) => !isDone(one));
    if (next) {
      goTo(next);
    } else {
      button?.focus();
    }
    tell();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) {
      return;
    }
    if ((event.ctrlKey || event.metaKey) && button) {
      event.preventDefault();
      checking.requestSubmit(button);
      return;
    }
    const isField = event.target.matches("input, textarea") && checking.contains(event.target);
    if (!isField || event.shiftKey) {
      return;
    }
    event.preventDefault();
    const group = event.target.closest("[data-check]");
    if (group) {
      accept(group);
    } else {
      button?.focus();
    }
  });

  let sent = false;
  checking.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
    }
    sent = true;
  });
  window.addEventListener("pageshow", () => {
    sent = false;
  });

  if (groups.length && !document.querySelector(".govuk-error-summary")) {
    goTo(groups[0]);
  }
  window.addEventListener("load", () => {
    if (checking.dataset.next) {
      new Image().src = checking.dataset.next;
    }
  });
}
// ---- end of documents ----------------------------------------------------------------------

// ---- A record as it is typed: its own rules speak as soon as a field is left ----------------
// The service says what is wrong; without scripts it says so when the form is sent.
const entriesOf = (form, name) => [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];

const describe = (control, id, on) => {
  const ids = new Set((control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  ids[on ? "add" : "delete"](id);
  if (ids.size) {
    control.setAttribute("aria-describedby", [...ids].join(" "));
  } else {
    control.removeAttribute("aria-describedby");
  }
};

const showMistake = (form, name, sentence) => {
  const [first] = entriesOf(form, name);
  const group = first?.closest(".govuk-form-group");
  if (!group) {
    return;
  }
  const id = `error-${name}`;
  const spoken = group.querySelector("fieldset") ?? first;
  group.querySelector(".govuk-error-message")?.remove();
  group.classList.toggle("govuk-form-group--error", Boolean(sentence));
  first.classList.toggle("govuk-input--error", Boolean(sentence) && first.matches(".govuk-input"));
  first.classList.toggle("govuk-textarea--error", Boolean(sentence) && first.matches(".govuk-textarea"));
  describe(spoken, id, Boolean(sentence));
  if (sentence) {
    const said = document.createElement("p");
    said.className = "govuk-error-message";
    said.id = id;
    said.setAttribute("role", "status");
    const word = document.createElement("span");
    word.className = "govuk-visually-hidden";
    word.textContent = "Error: ";
    said.append(word, sentence);
    (group.querySelector(".govuk-radios") ?? first).before(said);
  }
};

for (const form of document.querySelectorAll("form[data-try]")) {
  const left = new Set();
  let asked = 0;
  form.addEventListener("change", async ({ target }) => {
    left.add(target.name);
    asked += 1;
    const mine = asked;
    try {
      const answer = await fetch(form.dataset.try, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const mistakes = answer.ok ? await answer.json() : null;
      if (mistakes && mine === asked) {
        left.forEach((name) => showMistake(form, name, mistakes[name]));
      }
    } catch {
      // The service cannot be reached now; it checks everything when the form is sent.
    }
  });
}
