// Deal another forest seed: the grid of chapter 2 under fifty seeds, and where each has its winner.
document.addEventListener("DOMContentLoaded", () => {
  const { html, svg: draw, unpacked, beside } = TryParts;
  const { seeds, trees, depths, rmse } = GRID_OF_SEEDS;
  const values = unpacked(rmse), cells = trees.length * depths.length;
  const loss = (seed, cell) => 50 + values[seed * cells + cell] / 1000;
  const every = (make, count) => Array.from({ length: count }, (_, i) => make(i));
  const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

  const winner = (seed) => {
    const losses = every((cell) => loss(seed, cell), cells);
    return losses.indexOf(Math.min(...losses));
  };
  const worth = (cell, chosenBy) => mean(every((seed) => seed, seeds).filter((seed) => seed !== chosenBy).map((seed) => loss(seed, cell)));
  const named = (cell) => `${trees[cell % trees.length]} trees, depth ${depths[Math.floor(cell / trees.length)]}`;

  // Cividis, from low (yellow) to high (blue).
  const stops = [[255, 233, 69], [203, 186, 105], [148, 142, 119], [102, 105, 112], [49, 68, 107], [0, 34, 77]];
  const colour = (share) => {
    const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
    return `rgb(${stops[low].map((from, i) => Math.round(from + (at - low) * (stops[low + 1][i] - from)))})`;
  };

  const width = 22, height = 13, left = 58, top = 6;
  const at = (cell) => ({ x: left + width * (cell % trees.length), y: top + height * (depths.length - 1 - Math.floor(cell / trees.length)), width, height });
  const squares = every((cell) => draw("rect", { ...at(cell), "shape-rendering": "crispEdges" }), cells);
  const before = draw("g", {}), ring = draw("rect", { class: "try-winner" });
  const svg = draw("svg", { viewBox: "0 0 514 308", role: "img" }, ...squares, before, ring);
  for (const depth of [1, 5, 10, 15, 20]) svg.append(draw("text", { x: left - 6, y: top + height * (20.8 - depth), "text-anchor": "end" }, depth));
  for (const count of [50, 250, 500, 750, 1000]) svg.append(draw("text", { x: left + width * (count / 50 - 0.5), y: 284, "text-anchor": "middle" }, count));
  svg.append(draw("text", { x: left + 220, y: 304, "text-anchor": "middle" }, "n_estimators"),
    draw("text", { x: 12, y: 136, "text-anchor": "middle", transform: "rotate(-90 12 136)" }, "max_depth"));

  const button = html("button", {}, "Deal another seed");
  const said = html("p", { role: "status" }), count = html("p");
  const figure = ["fig-grid-surface", "fig-cover"].find((id) => document.getElementById(id));
  if (!beside(figure, "Try it: deal another forest seed. Yellow is a low error, the box is the winner.", svg, button, said, count)) return;
  // On the first page it stands in the place of the still picture.
  if (figure === "fig-cover") document.getElementById(figure).classList.add("try-instead");

  const dealt = [];
  const deal = () => {
    const seed = dealt.length % seeds, cell = winner(seed);
    if (dealt.length >= seeds) {
      dealt.length = 0;
      before.replaceChildren();
      return deal();
    }
    const losses = every((i) => loss(seed, i), cells), low = Math.min(...losses);
    squares.forEach((square, i) => square.setAttribute("fill", colour((losses[i] - low) / 6)));
    if (dealt.length) before.append(draw("rect", { ...at(dealt.at(-1)), class: "try-before" }));
    for (const [name, value] of Object.entries(at(cell))) ring.setAttribute(name, value);
    dealt.push(cell);
    svg.setAttribute("aria-label", `A map of 400 forests of seed ${seed}; the lowest is at ${named(cell)}.`);
    said.textContent = `Seed ${seed}: the winner is ${named(cell)}, with ${loss(seed, cell).toFixed(2)} RMSE. On the other ${seeds - 1} seeds the same setting has ${worth(cell, seed).toFixed(2)}.`;
    const winners = new Set(dealt).size;
    count.textContent = `${dealt.length} ${dealt.length === 1 ? "seed" : "seeds"} dealt, ${winners} different ${winners === 1 ? "winner" : "winners"}.`;
  };
  button.addEventListener("click", deal);
  deal();
});
