// A tournament: settings of the stored pool, halved from a first rung that the reader chooses.
document.addEventListener("DOMContentLoaded", () => {
  const { html, svg: draw, unpacked, beside, ticks } = TryParts;
  const { fidelities, scale, losses, values } = HALVING_POOL;
  const n = unpacked(values).length, value = Array.from(unpacked(values), (v) => v / scale);
  const all = Array.from(unpacked(losses), (v) => v / scale);
  const loss = (row, rung) => all[row * fidelities.length + rung];
  const best = [...value.keys()].sort((a, b) => value[a] - value[b]).slice(0, 20);
  const lowest = value[best[0]], figure = (number) => number.toFixed(2);
  const left = 52, right = 490, top = 10, bottom = 240;

  const options = (id, all) => html("select", { id }, ...all.map(([key, text]) => html("option", { value: key }, text)));
  const first = options("try-first", fidelities.map((trees, i) => [i, `${trees} trees`]));
  const share = options("try-share", [[3, "a third"], [2, "a half"], [1.5, "two thirds"]]);
  const deal = html("button", {}, "Draw other settings");
  const picture = draw("svg", { viewBox: "0 0 524 292", role: "img" });
  const said = html("p", { role: "status" }), price = html("p");
  const there = beside("fig-early-rungs", "Try it: a tournament",
    html("div", { class: "try-controls" }, html("label", { for: "try-first" }, "81 settings begin at"), first,
      html("label", { for: "try-share" }, "and of each rung goes on"), share, deal),
    picture, said, price);
  if (!there) return;

  // The same settings for the same number of a draw, in every browser.
  function drawn(number) {
    let state = number * 2654435761 % 4294967296;
    const rows = [...Array(n).keys()];
    for (let i = 0; i < 81; i++) {
      state = (state * 1664525 + 1013904223) % 4294967296;
      const k = i + Math.floor((state / 4294967296) * (n - i));
      [rows[i], rows[k]] = [rows[k], rows[i]];
    }
    return rows.slice(0, 81);
  }

  // The rows that reach each rung, from the first; and the trees that are grown, each only once.
  function tournament(rows, from, kept) {
    const reached = [];
    let trees = 0;
    for (let rung = from; rung < fidelities.length; rung++) {
      reached.push(rows);
      trees += rows.length * (fidelities[rung] - (rung > from ? fidelities[rung - 1] : 0));
      const count = Math.max(1, Math.floor(rows.length / kept));
      if (rung < fidelities.length - 1) rows = [...rows].sort((a, b) => loss(a, rung) - loss(b, rung)).slice(0, count);
    }
    const last = fidelities.length - 1;
    const winner = rows.reduce((a, b) => (loss(b, last) < loss(a, last) ? b : a));
    return { reached, trees, winner };
  }
  window.tournament = (number, from, kept) => ({ rows: drawn(number), ...tournament(drawn(number), from, kept) });

  let number = 1;
  function show() {
    const from = Number(first.value), rows = drawn(number);
    const { reached, trees, winner } = tournament(rows, from, Number(share.value));
    const among = rows.filter((row) => best.includes(row));
    const lost = among.filter((row) => !reached.at(-1).includes(row)).length;
    const shown = rows.flatMap((row) => fidelities.slice(from).map((_, i) => loss(row, from + i)));
    const low = Math.min(...shown), high = Math.min(Math.max(...shown), low + 14);
    const x = (rung) => left + ((right - left) * rung) / (fidelities.length - 1);
    const y = (v) => bottom - ((bottom - top) * Math.min(v - low, high - low)) / (high - low);
    const lines = rows.map((row) => {
      const rungs = reached.filter((there) => there.includes(row)).length;
      const points = Array.from({ length: rungs }, (_, i) => `${x(from + i)},${y(loss(row, from + i))}`);
      const kind = row === winner ? "try-won" : rungs === reached.length ? "try-stayed" : "try-cut";
      return rungs > 1 ? draw("polyline", { points: points.join(" "), class: `try-path ${kind}` })
        : draw("circle", { cx: x(from), cy: y(loss(row, from)), r: 2.5, class: `try-dot ${kind}` });
    });
    picture.replaceChildren(
      draw("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "try-frame" }), ...lines,
      ...fidelities.map((count, i) => draw("text", { x: x(i), y: bottom + 18, "text-anchor": "middle" }, count)),
      ...ticks(low, high).map((v) => draw("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, v.toFixed(0))),
      draw("text", { x: (left + right) / 2, y: bottom + 44, "text-anchor": "middle" }, "trees; at the left the RMSE"),
    );
    picture.setAttribute("aria-label", `81 settings begin at ${fidelities[from]} trees; ${reached.map((r) => r.length).join(", ")} reach the rungs.`);
    said.textContent = `On the rungs: ${reached.map((there) => there.length).join(", ")} settings. Of the pool's best twenty ${among.length} were drawn; ${lost} of them did not reach the end.`;
    price.textContent = `Price: ${(trees / fidelities.at(-1)).toFixed(1)} whole forests. Regret of the winner by value: ${figure(value[winner] - lowest)} RMSE.`;
  }
  first.addEventListener("change", show);
  share.addEventListener("change", show);
  deal.addEventListener("click", () => {
    number += 1;
    show();
  });
  show();
});
