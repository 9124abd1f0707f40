"use strict";
(() => {
  const box = document.getElementById("size-tool");
  const table = document.getElementById("size-table");
  if (box && table) {
    const sizes = box.dataset.sizes.split(" ").map(Number);
    const words = JSON.parse(box.dataset.words);
    const slider = box.querySelector("input");
    const out = box.querySelector("output");
    const list = document.getElementById("size-counts");
    const rows = [...table.tBodies[0].rows];
    const bands = [...document.querySelectorAll("svg.strip rect.band")];
    const own = bands.map(b => [b.getAttribute("x"), b.getAttribute("width")]);
    const heading = document.getElementById("size-said");
    const plain = { counts: list.innerHTML, said: heading.textContent, cells: rows.map(r => r.querySelector(".state").textContent) };
    const low = Number(box.dataset.low), high = Number(box.dataset.high), width = Number(box.dataset.width);
    const place = r => Math.min(Math.max(Math.log(r / low) / Math.log(high / low), 0), 1) * width;
    const show = () => {
      const k = Number(slider.value), size = sizes[k], counts = {};
      out.textContent = "ratio " + size.toFixed(2);
      for (const row of rows) {
        const code = row.dataset.states[k];
        counts[code] = (counts[code] || 0) + 1;
        row.querySelector(".state").textContent = words[code];
      }
      list.replaceChildren(...Object.keys(words).filter(c => counts[c]).map(c => {
        const item = document.createElement("li"), n = document.createElement("b");
        n.textContent = counts[c];
        item.append(n, " " + words[c]);
        return item;
      }));
      heading.textContent = "Effects of a ratio of " + size.toFixed(2) + " or more";
      const left = place(1 / size), wide = place(size) - left;
      for (const b of bands) { b.setAttribute("x", left.toFixed(1)); b.setAttribute("width", wide.toFixed(1)); }
    };
    const reset = () => {
      list.innerHTML = plain.counts;
      heading.textContent = plain.said;
      out.textContent = "as registered";
      rows.forEach((r, k) => { r.querySelector(".state").textContent = plain.cells[k]; });
      bands.forEach((b, k) => { b.setAttribute("x", own[k][0]); b.setAttribute("width", own[k][1]); });
    };
    slider.addEventListener("input", show);
    box.querySelector("button").addEventListener("click", reset);
    box.hidden = false;
  }
  const key = cell => cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  const order = (a, b) => typeof a === "number" && typeof b === "number" ? (isNaN(a) - isNaN(b)) || a - b
    : String(a).localeCompare(String(b), "en", { numeric: true });
  for (const t of document.querySelectorAll("table.sortable")) {
    [...t.tHead.rows[0].cells].forEach((head, column) => {
      if (head.dataset.fixed !== undefined) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const h of t.tHead.rows[0].cells) h.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const sorted = [...t.tBodies[0].rows].sort((r, s) => order(key(r.cells[column]), key(s.cells[column])) * (up ? 1 : -1));
        t.tBodies[0].append(...sorted);
      });
    });
  }
})();
