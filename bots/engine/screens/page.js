// What Rekey does inside a page. Installed into every document before the page's own scripts.
// Every function takes plain data and answers plain data; only `until` waits, for a condition.
(() => {
  if (window.__rekey) return;
  const doc = `${performance.timeOrigin}-${Math.random()}`;
  const squash = (text) => (text || "").replace(/\s+/g, " ").trim();
  const bare = (text) => squash(text).replace(/\s*[:*]+$/, "");
  const shown = (el) => el.getClientRects().length > 0 && getComputedStyle(el).visibility !== "hidden";
  const CONTROLS = "input:not([type=hidden]), select, textarea";
  const controlsIn = (el) => [...el.querySelectorAll(CONTROLS)].filter(shown);
  const all = (css) => [...document.querySelectorAll(css)];

  // ---- finding -------------------------------------------------------------------------------
  function labelsOf(el) {
    const texts = [...(el.labels || [])].map((l) => bare(l.textContent));
    if (el.getAttribute("aria-label")) texts.push(bare(el.getAttribute("aria-label")));
    const ids = (el.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    texts.push(...ids.map((id) => bare(document.getElementById(id)?.textContent)));
    return texts.filter(Boolean);
  }
  // The text of the cell (or term) before the one that holds the element: old pages label that way.
  function nearOf(el) {
    const cell = el.closest("td, th, dd");
    const before = cell?.previousElementSibling;
    return before ? bare(before.textContent) : "";
  }
  function byNear(text) {
    const cells = all("td, th, dt").filter((c) => bare(c.textContent) === text && !c.querySelector("table"));
    return cells.flatMap((cell) => {
      const next = cell.nextElementSibling;
      if (!next) return [];
      const controls = controlsIn(next).filter((c) => !/^(button|submit|image|reset)$/.test(c.type));
      return controls.length ? controls : [next];
    });
  }
  const ROLES = {
    button: "button, input[type=submit], input[type=button], input[type=image], [role=button]",
    link: "a[href], a[onclick], [role=link]",
    heading: "h1, h2, h3, h4, [role=heading]",
    table: "table",
  };
  const named = (el) => bare(el.getAttribute("aria-label") || (el.tagName === "INPUT" ? el.value : el.textContent) || el.title);
  const byText = (text) => all("body *").filter((el) => !el.children.length && squash(el.textContent) === text);
  const headers = (table) => [...(table.rows[0]?.cells || [])].map((c) => bare(c.textContent));
  // `hidden`: also what another part of the page hides.
  function byRank(rank, hidden = false) {
    let found;
    if (rank.role) found = all(ROLES[rank.role] || `[role=${CSS.escape(rank.role)}]`).filter((el) => !rank.name || named(el) === rank.name);
    else if (rank.css) found = all(rank.css);
    else if (rank.id) found = all(`[id="${CSS.escape(rank.id)}"]`);
    else if (rank.name) found = all(`[name="${CSS.escape(rank.name)}"]`);
    else if (rank.label) found = all(CONTROLS).filter((el) => labelsOf(el).includes(rank.label));
    else if (rank.near) found = byNear(rank.near);
    else if (rank.headers) found = all("table").filter((t) => rank.headers.every((h) => headers(t).includes(h)));
    else if (rank.text) found = byText(rank.text);
    else found = [];
    return [...new Set(found)].filter((el) => hidden || shown(el));
  }
  // All ranks are tried. Those that match must mean one and the same element.
  function locate(spec) {
    const matches = spec.find.map((rank) => byRank(rank, spec.hidden));
    const drift = matches.map((m, i) => (m.length ? -1 : i)).filter((i) => i >= 0);
    const elements = new Set(matches.flat());
    if (!elements.size) return { problem: "missing", drift };
    if (matches.some((m) => m.length > 1) && !radios([...elements])) return { problem: "ambiguous", drift };
    if (elements.size > 1 && !radios([...elements])) return { problem: "disagree", drift };
    const el = [...elements][0];
    const fallback = drift.includes(0);
    if (fallback && spec.kind && kindOf(el) !== spec.kind) return { problem: "other-kind", drift };
    if (fallback && spec.caption && ![...labelsOf(el), nearOf(el)].includes(spec.caption)) {
      return { problem: "other-label", drift };
    }
    return { el, drift };
  }
  const radios = (els) => els.every((el) => el.type === "radio" && el.name === els[0].name && el.form === els[0].form);

  // ---- reading and writing -------------------------------------------------------------------
  function kindOf(el) {
    if (el.tagName === "SELECT") return "select";
    if (el.tagName === "TEXTAREA") return "textarea";
    if (el.tagName !== "INPUT") return "display";
    if (el.type === "checkbox" || el.type === "radio" || el.type === "file") return el.type;
    return el.type === "password" ? "password" : "text";
  }
  const group = (el) => all(`input[type=radio][name="${CSS.escape(el.name)}"]`).filter((r) => r.form === el.form);
  function valueOf(el) {
    switch (kindOf(el)) {
      case "select": return [...el.selectedOptions].map((o) => squash(o.textContent)).join(", ");
      case "checkbox": return el.checked ? "yes" : "no";
      case "radio": { const on = group(el).find((r) => r.checked); return on ? labelsOf(on)[0] || on.value : ""; }
      case "display": return el.innerText;
      case "file": return el.files[0]?.name || "";
      default: return el.value;
    }
  }
  const tell = (el, ...types) => types.forEach((t) => el.dispatchEvent(new Event(t, { bubbles: true })));
  const iso = (value) => value.replace(/^(\d{2})\/(\d{2})\/(\d{4})$/, "$3-$2-$1");
  function assign(el, text) {
    const value = el.type === "date" ? iso(text) : text; // what it holds, however the browser shows it
    const proto = el.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(proto.prototype, "value").set.call(el, value);
    tell(el, "input", "change");
  }
  function put(el, value) {
    if (el.matches(":disabled") || el.readOnly) return "read-only";
    if (el.maxLength > 0 && value.length > el.maxLength) return "too-short";
    el.focus();
    const kind = kindOf(el);
    if (kind === "select") {
      const found = [...el.options].filter((o) => squash(o.textContent) === squash(value) && !o.matches(":disabled"));
      if (!found.length) return "no-option";
      if (new Set(found.map((o) => o.value)).size > 1) return "two-options";
      const others = [...el.selectedOptions].filter((o) => o !== found[0]);
      if (others.length || !found[0].selected) {
        others.forEach((o) => (o.selected = false));
        found[0].selected = true;
        tell(el, "input", "change");
      }
    } else if (kind === "checkbox") {
      if (el.checked !== (value === "yes")) el.click();
    } else if (kind === "radio") {
      const wanted = group(el).find((r) => labelsOf(r).includes(value) || r.value === value);
      if (!wanted) return "no-option";
      if (!wanted.checked) wanted.click();
    } else if (kind === "display" || kind === "file") {
      return "read-only";
    } else {
      assign(el, value);
    }
    el.blur();
    return null;
  }
  function read(specs) {
    const values = {}, sources = {}, problems = {}, drift = {};
    for (const [name, spec] of Object.entries(specs)) {
      const found = locate(spec);
      if (found.drift.length) drift[name] = found.drift;
      if (found.problem) problems[name] = found.problem;
      else {
        values[name] = valueOf(found.el);
        // Where the page breaks its lines, though a browser may show them as one.
        sources[name] = kindOf(found.el) === "display" ? found.el.textContent : values[name];
      }
    }
    return { doc, values, sources, problems, drift };
  }
  function fill({ specs, values }) {
    const problems = {};
    for (const [name, value] of Object.entries(values)) {
      const found = locate(specs[name]); // afresh: an event of the field before may have rebuilt the page
      const problem = found.problem || put(found.el, value);
      if (problem) { problems[name] = problem; return { ...read(specs), problems }; }
    }
    return read(specs);
  }
  function options(spec) {
    const found = locate(spec);
    if (found.problem || kindOf(found.el) !== "select") return { problem: found.problem || "other-kind" };
    return { options: [...found.el.options].map((o) => squash(o.textContent)).filter(Boolean) };
  }
  function mark(spec) {
    const found = locate(spec);
    if (found.problem) return { problem: found.problem };
    document.querySelectorAll("[data-rekey-mark]").forEach((e) => e.removeAttribute("data-rekey-mark"));
    found.el.setAttribute("data-rekey-mark", "1");
    return { drift: found.drift };
  }

  // ---- tables --------------------------------------------------------------------------------
  function body(spec) {
    const found = locate(spec);
    if (found.problem) return found;
    const names = headers(found.el);
    const index = Object.fromEntries(Object.entries(spec.columns).map(([k, h]) => [k, names.indexOf(h)]));
    const absent = Object.keys(index).filter((k) => index[k] < 0);
    if (absent.length) return { problem: "columns", absent };
    const below = [...found.el.rows].slice(1);
    const rows = below.filter((r) => r.cells.length >= names.length && !skipped(r, spec));
    const odd = below.filter((r) => r.cells.length < names.length && !aside(r, spec) && !skipped(r, spec));
    return { index, rows, odd: odd.length };
  }
  const skipped = (row, spec) => spec.skip.some((pattern) => new RegExp(pattern).test(squash(row.innerText)));
  // A row that is no entry: headings again, a line that says how many there are or that there are none, a pager.
  const PAGING = /\b(next|prev(ious)?|first|last|pages?|of|back|older|newer)\b/gi;
  function aside(row, spec) {
    const text = squash(row.innerText);
    const words = [spec.count, spec.pages].some((p) => p && new RegExp(p).test(text));
    const none = spec.empty.text && text.includes(spec.empty.text);
    return words || none || [...row.cells].every((c) => c.tagName === "TH") || !/\p{L}/u.test(text.replace(PAGING, ""));
  }
  // Signs of further pages where the map declares none: people would see them.
  const ONWARD = /^(next( page)?|older|load more|show (all|more)( \w+)?)?[ \u203a\u00bb>\u2192]*$/i;
  function pager(rows) {
    const off = (el) => el.matches(":disabled, [aria-disabled=true], .disabled, .disabled *");
    const ways = all("a[href], a[onclick], button, [role=link], [role=button]")
      .filter((el) => shown(el) && !off(el) && !rows.includes(el.closest("tr")));
    return ways.some((el) => el.rel === "next" || (named(el) && ONWARD.test(named(el))) || named(el) === "2");
  }
  const isEmpty = (sign, found, text) => sign.headers
    ? !found.problem && !found.rows.length && !found.odd
    : Boolean((sign.text || sign.css || sign.heading) && says(sign, () => text));
  function table(spec) {
    const text = squash(document.body?.innerText);
    const counted = spec.count ? text.match(new RegExp(spec.count)) : null;
    const said = counted ? Number(counted[1].replace(/,/g, "")) : null;
    const paged = spec.pages ? text.match(new RegExp(spec.pages)) : null;
    const pages = paged ? [Number(paged[1]), Number(paged[2])] : null;
    const more = spec.next ? spec.next.some((r) => byRank(r).length) : false;
    const found = body(spec);
    const empty = isEmpty(spec.empty, found, text);
    const facts = { doc, said, pages, empty, more, pager: pager(found.rows || []) };
    if (found.problem) return { ...facts, problem: empty ? null : found.problem, rows: [] };
    if (found.odd) return { ...facts, problem: "odd-row", rows: [] };
    const rows = found.rows.map((row) =>
      Object.fromEntries(Object.entries(found.index).map(([k, i]) => [k, squash(row.cells[i].innerText)])));
    return { ...facts, rows };
  }
  // A list that said that it is empty has rows now.
  const filled = (spec) => arrived() && Boolean(table(spec).rows.length);
  // The next page: another document, or another number in this one.
  function turned({ pages, old, number }) {
    if (!arrived()) return false;
    if (doc !== old) return { fresh: true };
    const paged = pages ? squash(document.body.innerText).match(new RegExp(pages)) : null;
    return paged && Number(paged[1]) !== number ? { fresh: false } : false;
  }
  function choose({ spec, row, column }) {
    const found = body(spec);
    const cell = found.rows?.[row]?.cells[found.index[column]];
    const links = cell ? [...cell.querySelectorAll("a, button, input[type=button], input[type=submit]")].filter(shown) : [];
    if (links.length !== 1) return { problem: found.problem || (links.length ? "ambiguous" : "missing") };
    links[0].click();
    return {};
  }

  // ---- what the page says --------------------------------------------------------------------
  const laidOut = () => squash(document.body?.innerText);
  function says(sign, text = laidOut) {
    if (sign.css && !all(sign.css).some(shown)) return false;
    if (sign.heading && !all(ROLES.heading).some((h) => squash(h.textContent).startsWith(sign.heading))) return false;
    return !sign.text || text().includes(sign.text);
  }
  // Text is read as it is laid out, so a style sheet on its way (pre-wrap, hidden) is waited for.
  const styled = () => document.readyState === "complete" || all("link[rel~=stylesheet]").every((l) => l.sheet || l.disabled);
  const arrived = () => document.readyState !== "loading" && document.body && styled();
  function saidBy(signs) {
    let text; // laid out once for all signs, and not at all when none asks for it
    const once = () => (text ??= laidOut());
    return Object.keys(signs).filter((name) => says(signs[name], once));
  }
  // Which of the signs stand now; false while the document is still arriving.
  function state({ signs, old }) {
    if (!arrived() || doc === old) return false;
    const names = saidBy(signs);
    return names.length ? { doc, names } : false;
  }
  // An outcome counts when it was absent before the intent, or stands in a new document.
  function outcome({ signs, old, before, patience }) {
    if (!arrived()) return false;
    const fresh = doc !== old;
    const names = saidBy(signs).filter((n) => fresh || !before.includes(n));
    if (names.length) {
      const receipts = Object.fromEntries(names.map((n) => [n, reference(signs[n].receipt)]));
      return { names, receipts };
    }
    const loaded = performance.timing.loadEventEnd;
    const settled = fresh && document.readyState === "complete" && loaded && Date.now() - loaded > patience;
    return settled ? { names: [], receipts: {} } : false;
  }
  function reference(spec) {
    if (!spec) return null;
    const text = spec.css ? all(spec.css).filter(shown).map((e) => squash(e.innerText)) : [squash(document.body.innerText)];
    if (text.length !== 1) return null;
    if (!spec.pattern) return text[0] || null;
    const match = text[0].match(new RegExp(spec.pattern));
    return match ? match[1] ?? match[0] : null;
  }

  // ---- the commit ----------------------------------------------------------------------------
  // One task: the deadline, the document, the values and the click. Without an intent nothing fires.
  function commit({ intent, deadline, old, specs, values, button }) {
    if (!intent) return { fired: false, why: "no-intent" };
    if (Date.now() > deadline) return { fired: false, why: "deadline" };
    if (doc !== old) return { fired: false, why: "changed", fields: [] };
    const now = read(specs);
    const fields = Object.keys(specs).filter((n) => now.problems[n] || now.values[n] !== values[n]);
    if (fields.length) return { fired: false, why: "changed", fields };
    const found = locate(button);
    if (found.problem) return { fired: false, why: found.problem };
    if (!pressable(found.el)) return { fired: false, why: "covered" };
    found.el.click();
    return { fired: true };
  }
  // Whether a person could press it: it is enabled, and no "please wait" lies over it.
  function pressable(el) {
    if (el.matches(":disabled") || el.getAttribute("aria-disabled") === "true") return false;
    if (document.querySelector("[aria-busy=true]")?.contains(el)) return false;
    el.scrollIntoView({ block: "center", inline: "center" });
    const box = el.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !top || el.contains(top) || top.contains(el) && !top.matches("div, section, dialog, aside") || [...(el.labels || [])].some((l) => l.contains(top));
  }
  // Waited for before anything is read back: what the page still does may change what it would send.
  function ready(asked) {
    const free = Object.values(asked.buttons).every((spec) => { const { el } = locate(spec); return !el || pressable(el); });
    if (!free && !asked.elsewhere) { asked.elsewhere = true; clickElsewhere(); }
    return free;
  }
  // What a field has opened over the page, such as a calendar, closes when something else is clicked.
  const clickElsewhere = () => ["mousedown", "mouseup", "click"].forEach((t) => document.documentElement.dispatchEvent(new MouseEvent(t, { bubbles: true })));

  // ---- masking -------------------------------------------------------------------------------
  // Hides every text and picture except the elements that a map names as not sensitive.
  const STYLE = "rekey-mask";
  function mask(specs, signs) {
    unmask();
    const open = Object.values(specs).map((s) => locate(s).el).filter(Boolean);
    const words = new Set([...Object.values(specs).flatMap((s) => [s.caption, ...s.find.map((r) => r.near || r.label)]), ...signs].filter(Boolean));
    const spoken = all("td, th, dt, label, h1, h2, h3, legend").filter((el) => !el.querySelector(CONTROLS) && words.has(bare(el.textContent)));
    [...open, ...spoken].forEach((el) => {
      el.style.setProperty("--rekey-ink", getComputedStyle(el).color); // before its parents turn transparent
      el.setAttribute("data-rekey-open", "1");
    });
    const style = document.createElement("style");
    style.id = STYLE;
    style.textContent = `
      *:not([data-rekey-open]):not([data-rekey-open] *) { color: transparent !important; text-shadow: none !important;
        -webkit-text-fill-color: transparent !important; background-image: none !important; caret-color: transparent !important }
      [data-rekey-open], [data-rekey-open] * { color: var(--rekey-ink) !important;
        -webkit-text-fill-color: var(--rekey-ink) !important }
      ::placeholder, ::before, ::after, ::marker { color: transparent !important; content: "" !important }
      img, svg, canvas, video, object, embed { visibility: hidden !important }
      input:not([data-rekey-open]), select:not([data-rekey-open]), textarea:not([data-rekey-open]) { background: #333 !important }`;
    document.documentElement.appendChild(style);
  }
  function unmask() {
    document.getElementById(STYLE)?.remove();
    document.querySelectorAll("[data-rekey-open]").forEach((e) => {
      e.removeAttribute("data-rekey-open");
      e.style.removeProperty("--rekey-ink");
    });
  }

  // Ask a question again whenever the page changes, until it has an answer or the time is over (null).
  function until({ ask, arg, ms }) {
    const question = { state, outcome, environment, ready, turned, filled }[ask];
    return new Promise((resolve) => {
      const stop = (answer) => { observer.disconnect(); clearInterval(tick); clearTimeout(end); resolve(answer); };
      const look = () => { const answer = question(arg); if (answer) stop(answer); };
      const observer = new MutationObserver(look);
      const tick = setInterval(look, 50); // for what changes without a mutation: loading, visibility
      const end = setTimeout(() => stop(null), ms);
      observer.observe(document, { childList: true, subtree: true, characterData: true });
      document.addEventListener("DOMContentLoaded", look);
      window.addEventListener("load", look);
      look();
    });
  }
  const environment = ({ css }) => all(css).filter(shown).map((e) => squash(e.innerText)).join(" ") || false;
  function click(spec) {
    const found = locate(spec);
    if (found.problem || found.el.matches(":disabled")) return { problem: found.problem || "disabled" };
    found.el.click();
    return { doc, drift: found.drift };
  }
  // What a press of each button would send, as its form holds it now.
  function sent(specs, spec) {
    const button = locate(spec).el, form = button?.form || button?.closest("form");
    const controls = {};
    for (const [field, one] of Object.entries(specs)) {
      const el = locate(one).el;
      if (el && el.name && kindOf(el) !== "display") controls[el.name] = field;
    }
    const entries = form && [...new FormData(form)].map(([name, value]) => (typeof value === "string" ? [name, value, null] : [name, null, value.name]));
    const charset = (form?.acceptCharset || document.characterSet).trim().split(/\s+/)[0].toLowerCase();
    return { controls, entries: entries || null, button: [button?.name || "", button?.value || ""], charset };
  }
  // What the server itself puts into controls of these names: no script has run on it.
  const decoded = (data) => new DOMParser().parseFromString(new TextDecoder(document.characterSet).decode(data), "text/html");
  function stated(page, names) {
    const found = {};
    for (const form of page.forms) {
      for (const [name, value] of new FormData(form)) {
        if (names.includes(name)) (found[name] ||= []).push(typeof value === "string" ? value : value.name);
      }
    }
    return found;
  }
  async function meanwhile({ url, before, names }) {
    let data;
    try {
      const answer = await fetch(url, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return { problem: "unreachable" };
      data = await answer.arrayBuffer();
    } catch {
      return { problem: "unreachable" };
    }
    const first = stated(decoded(Uint8Array.from(atob(before), (c) => c.charCodeAt(0))), names);
    const now = stated(decoded(data), names);
    if (Object.keys(first).length && !Object.keys(now).length) return { problem: "another page" };
    return { changed: names.filter((name) => JSON.stringify(first[name]) !== JSON.stringify(now[name])) };
  }
  function settled({ specs, signs, buttons }) {
    // Else the browser itself would break long lines as it sends them, also inside of words.
    all("textarea[wrap=hard]").forEach((el) => (el.wrap = "soft"));
    const each = Object.entries(buttons).map(([name, spec]) => [name, sent(specs, spec)]);
    return { ...read(specs), before: saidBy(signs), sent: Object.fromEntries(each) };
  }

  const api = Object.freeze({ doc, until, read, settled, fill, options, mark, click, table, choose, says, commit, meanwhile, mask, unmask });
  Object.defineProperty(window, "__rekey", { value: api });
})();
