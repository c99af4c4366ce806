// A model is a bet: the Gaussian process of chapter 4 over the depths of a stored forest.
const TryModel = {
  // Mean and standard deviation on a grid, given losses y at x: as `posterior` in the chapter.
  posterior(x, y, grid, length, noise) {
    const kernel = (a, b) => Math.exp(-((a - b) ** 2) / (2 * length ** 2));
    const n = x.length, centre = y.reduce((sum, v) => sum + v, 0) / n;
    const spread = Math.sqrt(y.reduce((sum, v) => sum + (v - centre) ** 2, 0) / n) || 1;
    const factor = x.map(() => new Array(n).fill(0)); // of Cholesky, below the diagonal
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = kernel(x[i], x[j]) + (i === j ? noise ** 2 : 0);
        for (let k = 0; k < j; k++) sum -= factor[i][k] * factor[j][k];
        factor[i][j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / factor[j][j];
      }
    }
    const forward = (right) => right.reduce((solved, value, i) => {
      let sum = value;
      for (let k = 0; k < i; k++) sum -= factor[i][k] * solved[k];
      return [...solved, sum / factor[i][i]];
    }, []);
    const target = forward(y.map((v) => (v - centre) / spread));
    return grid.map((at) => {
      const across = forward(x.map((v) => kernel(v, at)));
      const mean = across.reduce((sum, v, i) => sum + v * target[i], 0);
      const variance = 1 - across.reduce((sum, v) => sum + v * v, 0);
      return [centre + spread * mean, spread * Math.sqrt(Math.max(variance, 1e-12))];
    });
  },
  // The error function to seven digits: Abramowitz and Stegun, 7.1.26.
  erf(z) {
    const t = 1 / (1 + 0.3275911 * Math.abs(z));
    const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return Math.sign(z) * (1 - tail * Math.exp(-z * z));
  },
  // How much is a trial worth? The higher, the sooner it is made.
  worth(rule, mean, sd, lowest) {
    if (rule === "bound") return -(mean - 2 * sd);
    const z = (lowest - mean) / sd;
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    return (lowest - mean) * 0.5 * (1 + TryModel.erf(z / Math.SQRT2)) + sd * density;
  },
  axis: (kind) => Array.from({ length: 20 }, (_, i) => (kind === "log" ? Math.log2(i + 1) : ((i + 1) * Math.log2(20)) / 20)),
  // The cell of the next trial, and what the model thinks.
  next(losses, tried, { kind, length, noise, rule }) {
    const grid = TryModel.axis(kind);
    const model = TryModel.posterior(tried.map((i) => grid[i]), tried.map((i) => losses[i]), grid, length, noise);
    const lowest = Math.min(...tried.map((i) => losses[i]));
    const worth = model.map(([mean, sd], i) => (tried.includes(i) ? -Infinity : TryModel.worth(rule, mean, sd, lowest)));
    return { model, worth, at: worth.indexOf(Math.max(...worth)) };
  },
  // Trials until the loss is within 0.1 of the lowest, from depths 1, 5 and 20.
  trials(losses, options) {
    const goal = Math.min(...losses) + 0.1, tried = [0, 4, 19];
    while (!tried.some((i) => losses[i] <= goal)) tried.push(TryModel.next(losses, tried, options).at);
    return tried.length;
  },
};

document.addEventListener("DOMContentLoaded", () => {
  const { html, svg: draw, unpacked, beside, ticks } = TryParts;
  const { seeds, rmse } = FOREST_DEPTHS;
  const values = Array.from(unpacked(rmse), (v) => 50 + v / 1000);
  const maps = Array.from({ length: seeds }, (_, s) => values.slice(20 * s, 20 * s + 20));
  const left = 52, right = 496, top = 10, bottom = 200, foot = 262;

  const options = (id, all) => html("select", { id }, ...all.map(([key, text]) => html("option", { value: key }, text)));
  const slider = (id, min, max, step, value) => html("input", { type: "range", id, min, max, step, value });
  const kind = options("try-axis", [["log", "doublings"], ["plain", "depth as it is"]]);
  const rule = options("try-rule", [["improvement", "expected improvement"], ["bound", "lower bound: mean less 2 sd"]]);
  const length = slider("try-length", 0.2, 3, 0.1, 1), noise = slider("try-noise", 0.02, 0.6, 0.02, 0.1);
  const lengthSaid = html("span"), noiseSaid = html("span");
  const step = html("button", {}, "Try the next depth"), again = html("button", { class: "try-quiet" }, "Another forest");
  const own = slider("try-own", 1, 20, 1, 10), add = html("button", { class: "try-quiet" }, "Try depth 10");
  const picture = draw("svg", { viewBox: "0 0 524 300", role: "img" });
  const said = html("p", { role: "status" }), overall = html("p");
  const label = (id, text) => html("label", { for: id }, text);
  const there = beside("fig-gp-frames", "Try it: a model is a bet",
    html("div", { class: "try-controls" }, label("try-axis", "Axis"), kind, label("try-rule", "Rule"), rule,
      label("try-length", "Length scale"), length, lengthSaid, label("try-noise", "Noise"), noise, noiseSaid),
    picture, html("div", { class: "try-controls" }, step, label("try-own", "or your own"), own, add, again), said, overall);
  if (!there) return;

  let seed = 0, tried = [0, 4, 19];
  const chosen = () => ({ kind: kind.value, rule: rule.value, length: Number(length.value), noise: Number(noise.value) });

  function show() {
    const losses = maps[seed], settings = chosen();
    const { model, worth, at } = TryModel.next(losses, tried, settings);
    const low = Math.min(...losses) - 2, high = Math.max(...losses) + 1;
    const grid = TryModel.axis(settings.kind);
    const x = (i) => left + ((right - left) * (grid[i] - grid[0])) / (grid[19] - grid[0]);
    const y = (v) => bottom - ((bottom - top) * Math.min(Math.max(v - low, 0), high - low)) / (high - low);
    const points = (value) => model.map((m, i) => `${x(i)},${y(value(m))}`);
    const finite = worth.filter(Number.isFinite), least = Math.min(...finite, 0), most = Math.max(...finite);
    picture.replaceChildren(
      draw("polygon", { points: [...points(([m, s]) => m + 2 * s), ...points(([m, s]) => m - 2 * s).reverse()].join(" "), class: "try-band" }),
      draw("polyline", { points: points(([m]) => m).join(" "), class: "try-mean" }),
      ...tried.map((i) => draw("circle", { cx: x(i), cy: y(losses[i]), r: 5, class: "try-tried" })),
      ...worth.map((w, i) => {
        const height = Number.isFinite(w) && most > least ? (50 * (w - least)) / (most - least) : 0;
        return draw("rect", { x: x(i) - 3, y: foot - height, width: 6, height, class: i === at ? "try-next" : "try-worth" });
      }),
      draw("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "try-frame" }),
      ...[1, 2, 5, 10, 20].map((depth) => draw("text", { x: x(depth - 1), y: foot + 16, "text-anchor": "middle" }, depth)),
      ...ticks(low, high).map((v) => draw("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, v.toFixed(0))),
      draw("text", { x: (left + right) / 2, y: foot + 34, "text-anchor": "middle" }, "depth; at the left the RMSE; bars: what a trial is worth"),
    );
    const lowest = Math.min(...tried.map((i) => losses[i]));
    picture.setAttribute("aria-label", `The model after ${tried.length} depths; it would try depth ${at + 1} next.`);
    lengthSaid.textContent = `${settings.length} ${settings.length === 1 ? "doubling" : "doublings"}`;
    noiseSaid.textContent = settings.noise;
    add.textContent = `Try depth ${own.value}`;
    const done = tried.length === 20;
    step.disabled = done;
    said.textContent = `${tried.length} depths tried, the lowest ${lowest.toFixed(2)} RMSE, ${(lowest - Math.min(...losses)).toFixed(2)} above the best there is.` + (done ? "" : ` Next: depth ${at + 1}.`);
    const needed = maps.map((map) => TryModel.trials(map, settings)).sort((a, b) => a - b);
    overall.textContent = `On ${seeds} stored forests this rule comes within 0.1 of the best after ${needed[Math.floor(seeds / 2)]} trials in half of them, the first three counted, and after ${needed.at(-1)} in the worst.`;
  }
  const trial = (i) => {
    if (!tried.includes(i)) tried.push(i);
    show();
  };
  for (const control of [kind, rule, length, noise, own]) control.addEventListener("input", show);
  step.addEventListener("click", () => trial(TryModel.next(maps[seed], tried, chosen()).at));
  add.addEventListener("click", () => trial(Number(own.value) - 1));
  again.addEventListener("click", () => {
    seed = (seed + 1) % seeds;
    tried = [0, 4, 19];
    show();
  });
  show();
});
