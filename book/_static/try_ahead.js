// Ahead, until you look elsewhere: two searches of chapter 6, judged by compare_pairs' own rule.
document.addEventListener("DOMContentLoaded", () => {
  const { html, svg: draw, unpacked, beside, ticks } = TryParts;
  const { acts, quantiles } = RACED;
  const left = 26, right = 498, top = 12, bottom = 150;

  const options = (id, all) => html("select", { id }, ...all.map(([key, text]) => html("option", { value: key }, text)));
  const act = options("try-act", Object.keys(acts).map((name) => [name, name]));
  const rival = options("try-rival", acts.forest.rivals.map((name) => [name, name]));
  const trials = html("select", { id: "try-trials" });
  const judged = options("try-judged", [["0", "as reported (loss)"], ["1", "elsewhere (value)"]]);
  const runs = html("input", { type: "range", id: "try-runs", min: 5, max: 50, step: 1, value: 50 });
  const margin = html("input", { type: "range", id: "try-margin", min: 0, max: 1, step: 0.05, value: 0.2 });
  const runsSaid = html("span"), marginSaid = html("span");
  const picture = draw("svg", { viewBox: "0 0 524 206", role: "img" });
  const said = html("p", { role: "status" });
  const label = (id, text) => html("label", { for: id }, text);
  const there = beside("fig-forest-race", "Try it: ahead, until you look elsewhere",
    html("div", { class: "try-controls" }, label("try-act", "Problem"), act, label("try-rival", "Search"), rival,
      label("try-trials", "after"), trials, label("try-judged", "judged"), judged,
      label("try-runs", "Runs"), runs, runsSaid, label("try-margin", "Margin, per cent of the lowest loss"), margin, marginSaid),
    picture, said);
  if (!there) return;

  const numbers = Object.fromEntries(Object.entries(acts).map(([name, { scale, packed }]) => [name, Array.from(unpacked(packed), (n) => n / scale)]));
  // Fifty numbers of one search: search by search, trials by trials, loss and then value.
  function column(name, search, at, which) {
    const { rivals, trials: after } = acts[name], place = ["random", ...rivals].indexOf(search);
    const from = ((place * after.length + at) * 2 + which) * 50;
    return numbers[name].slice(from, from + 50);
  }
  window.raced = (name, search, at, which, count, share) => {
    const first = (values) => values.slice(0, count);
    const pair = [column(name, search, at, which), column(name, "random", at, which)].map(first);
    return GameStatistics.compare(...pair, quantiles[count], share * acts[name].lowest);
  };

  function fill() {
    const before = trials.selectedIndex;
    trials.replaceChildren(...acts[act.value].trials.map((n, i) => html("option", { value: i }, `${n} trials`)));
    trials.selectedIndex = Math.max(before, 0);
    show();
  }
  function show() {
    const count = Number(runs.value), share = Number(margin.value) / 100;
    const found = window.raced(act.value, rival.value, Number(trials.value), Number(judged.value), count, share);
    const width = share * acts[act.value].lowest;
    const reach = 1.05 * Math.max(...found.gaps.map(Math.abs), width, Math.abs(found.low), Math.abs(found.high));
    const x = (gap) => (left + right) / 2 + ((right - left) / 2) * (gap / reach);
    picture.replaceChildren(
      draw("rect", { x: x(-width), y: top, width: x(width) - x(-width), height: bottom - top, class: "try-band" }),
      draw("line", { x1: x(0), x2: x(0), y1: top, y2: bottom, class: "try-stop" }),
      ...found.gaps.map((gap, i) => draw("circle", { cx: x(gap), cy: top + 8 + ((i * 37) % 90), r: 3, class: "try-tried" })),
      draw("line", { x1: x(found.low), x2: x(found.high), y1: bottom - 14, y2: bottom - 14, class: "try-won" }),
      draw("circle", { cx: x(found.mean), cy: bottom - 14, r: 6, class: "try-next" }),
      ...ticks(-reach, reach).map((v) => draw("text", { x: x(v), y: bottom + 20, "text-anchor": "middle" }, `${Number(v.toPrecision(3))}`.replace("-", "−"))),
      draw("text", { x: (left + right) / 2, y: bottom + 42, "text-anchor": "middle" }, `left of 0: ${rival.value} is ahead`),
    );
    const signed = (v) => `${v < 0 ? "−" : "+"}${Math.abs(v).toFixed(3)}`;
    runsSaid.textContent = count;
    marginSaid.textContent = `${margin.value} % (${width.toFixed(2)})`;
    const text = `${rival.value} less random, ${count} runs: ${signed(found.mean)}, 95 % from ${signed(found.low)} to ${signed(found.high)}. Verdict: ${found.verdict}. Does it matter? ${found.matters}.`;
    said.textContent = text;
    picture.setAttribute("aria-label", `Differences of ${count} runs, with their interval. ${text}`);
  }
  act.addEventListener("input", fill);
  for (const control of [rival, trials, judged, runs, margin]) control.addEventListener("input", show);
  fill();
});
