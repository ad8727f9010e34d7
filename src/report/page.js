"use strict";
(() => {
  const said = document.body.dataset;
  const make = (name, cls, text) => {
    const e = document.createElement(name);
    if (cls) e.className = cls;
    if (text) e.textContent = text;
    return e;
  };

  // A link to a closed story opens it; printing opens all.
  const reveal = () => {
    const at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (at && at.tagName === "DETAILS") { at.open = true; at.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach(d => { d.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach(d => { d.open = false; }));

  // Tables: a click on a column sorts, a text filters.
  const value = cell => {
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return cell.textContent;
  };
  for (const table of document.querySelectorAll("table[data-sort]")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = make("button", "", head.textContent);
      button.type = "button";
      button.title = said.sort;
      head.textContent = "";
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map(row => [value(row.cells[at]), row]);
        rows.sort(([a], [b]) => {
          const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
          return down ? -order : order;
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  }
  for (const table of document.querySelectorAll("table[data-filter]")) {
    const field = make("input", "filter");
    field.type = "search";
    field.placeholder = said.filter;
    field.setAttribute("aria-label", said.filter);
    const none = make("p", "more hidden", said.none);
    table.parentNode.before(field);
    table.parentNode.after(none);
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of table.tBodies[0].rows) {
        const text = row.textContent.toLowerCase();
        const fits = words.every(word => text.includes(word));
        row.classList.toggle("hidden", !fits);
        if (fits) left += 1;
      }
      none.classList.toggle("hidden", left > 0);
    });
  }

  // What is shown when a shape is pointed at: the browser's own tips are slow, and nothing on a phone.
  const tip = make("div", "tip hidden");
  document.body.append(tip);
  for (const title of document.querySelectorAll("svg title")) {
    title.parentNode.setAttribute("data-tip", title.textContent);
    title.parentNode.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const show = event => {
    const at = event.target instanceof Element && event.target.closest("[data-tip]");
    tip.classList.toggle("hidden", !at);
    if (!at) return;
    tip.textContent = at.getAttribute("data-tip");
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 4)) + "px";
    tip.style.top = (event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 16) + "px";
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);

  // The timeline: zoom and move along its time.
  const steps = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2419200, 7862400, 31449600].map(s => s * 1000);
  for (const plot of document.querySelectorAll("svg.timeline .plot")) {
    const svg = plot.ownerSVGElement;
    const [from, span, left, right, bottom] = ["from", "span", "left", "right", "bottom"].map(k => Number(plot.dataset[k]));
    if (!(span > 0)) continue;
    const shapes = [...plot.querySelectorAll("[data-a]")].map(e => [e, Number(e.dataset.a), e.dataset.b === undefined ? null : Number(e.dataset.b)]);
    const still = plot.querySelector(".ticks");
    const kept = [...still.childNodes];
    let [a, b] = [0, span];
    const x = t => left + (t - a) / (b - a) * (right - left);
    const svgNew = (name, attributes) => {
      const e = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
      return e;
    };
    const draw = () => {
      for (const [e, s, t] of shapes) {
        const end = t === null ? s : t;
        const out = end < a || s > b;
        e.classList.toggle("hidden", out);
        if (out) continue;
        if (t === null) {
          e.setAttribute("transform", e.getAttribute("transform").replace(/\([-\d.]+/, "(" + x(s).toFixed(1)));
        } else {
          const [p, q] = [Math.max(left, x(s)), Math.min(right, x(t))];
          e.setAttribute("x", p.toFixed(1));
          e.setAttribute("width", Math.max(q - p, e.classList.contains("up") ? .2 : 2).toFixed(1));
        }
      }
      if (a === 0 && b === span) return still.replaceChildren(...kept);
      const step = steps.find(s => (b - a) / s < 7) || span;
      const ticks = [];
      for (let t = Math.ceil((from + a) / step) * step; t <= from + b; t += step) {
        const at = x(t - from).toFixed(1);
        ticks.push(svgNew("line", { x1: at, x2: at, y1: 24, y2: bottom, class: "grid" }));
        const label = svgNew("text", { x: at, y: 18, class: "tick" });
        const iso = new Date(t).toISOString();
        label.textContent = step < 60000 ? iso.slice(11, 19) : step < 86400000 ? iso.slice(5, 10) + " " + iso.slice(11, 16) : iso.slice(5, 10);
        ticks.push(label);
      }
      const zone = svgNew("text", { x: left, y: bottom + 50, class: "tick start" });
      zone.textContent = "UTC";
      still.replaceChildren(...ticks, zone);
    };
    const view = (p, q) => {
      const length = Math.min(span, Math.max(q - p, Math.min(span, 2000)));
      a = Math.min(Math.max(0, p), span - length);
      b = a + length;
      draw();
    };
    const zoom = (factor, at) => view(at - (at - a) * factor, at + (b - at) * factor);
    const time = event => {
      const box = svg.getBoundingClientRect();
      const unit = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      return a + (Math.min(Math.max(unit, left), right) - left) / (right - left) * (b - a);
    };
    const tools = make("div", "tools");
    for (const [name, text, act] of [
      ["in", "+", () => zoom(.5, (a + b) / 2)],
      ["out", "−", () => zoom(2, (a + b) / 2)],
      ["earlier", "←", () => view(a - (b - a) / 3, b - (b - a) / 3)],
      ["later", "→", () => view(a + (b - a) / 3, b + (b - a) / 3)],
      ["all", said.all, () => view(0, span)],
    ]) {
      const button = make("button", "", text);
      button.type = "button";
      button.title = said[name];
      button.setAttribute("aria-label", said[name]);
      button.dataset.zoom = name;
      button.addEventListener("click", act);
      tools.append(button);
    }
    svg.closest("figure").prepend(tools);
    svg.classList.add("zooming");
    svg.addEventListener("wheel", event => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : .8, time(event));
    }, { passive: false });
    let held = null;
    svg.addEventListener("pointerdown", event => { held = [event.clientX, a, b]; });
    addEventListener("pointerup", () => { held = null; });
    svg.addEventListener("pointermove", event => {
      if (!held || Math.abs(event.clientX - held[0]) < 4) return;
      const box = svg.getBoundingClientRect();
      const unit = (held[2] - held[1]) / ((right - left) / svg.viewBox.baseVal.width * box.width);
      const by = (event.clientX - held[0]) * unit;
      view(held[1] - by, held[2] - by);
    });
  }
})();
