// Rate and rounds: the curves of one deal, where early stopping ends, and what it flatters.
document.addEventListener("DOMContentLoaded", () => {
  const { html, svg: draw, unpacked, beside, ticks } = TryParts;
  const { problems, rates, rounds, seeds } = BOOSTING_CURVES;
  const left = 52, right = 496, top = 10, bottom = 240;

  const choose = html("select", { id: "try-problem" }, ...Object.keys(problems).map((name) => html("option", {}, name)));
  const rate = html("input", { type: "range", id: "try-rate", min: 0, max: rates.length - 1, value: 2 });
  const rateSaid = html("span"), deal = html("button", {}, "Deal other rows");
  const picture = draw("svg", { viewBox: "0 0 524 292", role: "img" });
  const said = html("p", { role: "status" }), overall = html("p");
  const there = beside("fig-rate-rounds", "Try it: rate and rounds",
    html("div", { class: "try-controls" }, html("label", { for: "try-problem" }, "Problem"), choose,
      html("label", { for: "try-rate" }, "Learning rate"), rate, rateSaid, deal),
    picture, said, overall);
  if (!there) return;

  const curves = Object.fromEntries(Object.entries(problems).map(([name, { scale, losses }]) => [name, Array.from(unpacked(losses), (n) => n / scale)]));
  let seed = 0;
  // The losses of one deal: seed by seed, rate by rate, valid and then test.
  const curve = (name, dealt, at, which) => {
    const from = ((dealt * rates.length + at) * 2 + which) * rounds.length;
    return curves[name].slice(from, from + rounds.length);
  };
  const stop = (name, dealt, at) => problems[name].stops[dealt * rates.length + at];
  const figure = (value) => value.toPrecision(3);

  function show() {
    const name = choose.value, at = Number(rate.value);
    const [valid, test] = [0, 1].map((which) => curve(name, seed, at, which));
    const [round, onValid, onTest] = stop(name, seed, at);
    // Room for all rates of a deal, so that the axis stays when the rate moves.
    const all = rates.flatMap((_, i) => [0, 1].flatMap((which) => curve(name, seed, i, which)));
    const low = Math.min(...all), high = Math.min(Math.max(...all), 3 * low);
    const x = (n) => left + ((right - left) * Math.log(n)) / Math.log(rounds.at(-1));
    const y = (loss) => bottom - (bottom - top) * Math.min((loss - 0.97 * low) / (high - 0.97 * low), 1);
    const line = (losses, more) => draw("polyline", { points: losses.map((loss, i) => `${x(rounds[i])},${y(loss)}`).join(" "), class: `try-line ${more}` });
    const late = x(round) > right - 90;
    picture.replaceChildren(
      draw("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "try-frame" }),
      line(valid, "try-valid"), line(test, "try-test"),
      draw("line", { x1: x(round), x2: x(round), y1: top, y2: bottom, class: "try-stop" }),
      draw("text", { x: x(round) + (late ? -5 : 5), y: top + 16, "text-anchor": late ? "end" : "start" }, `stop: ${round}`),
      ...[1, 10, 100, 400].map((n) => draw("text", { x: x(n), y: bottom + 18, "text-anchor": "middle" }, n)),
      ...ticks(low, high).map((v) => draw("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, Number(figure(v)))),
      draw("text", { x: (left + right) / 2, y: bottom + 44, "text-anchor": "middle" }, "rounds (dotted: the rows that say when; line: test rows)"),
    );
    picture.setAttribute("aria-label", `Loss against rounds at rate ${rates[at]} on ${name}: early stopping ends at round ${round}.`);
    rateSaid.textContent = rates[at];
    const gap = onTest - onValid;
    said.textContent = `Deal ${seed + 1}, rate ${rates[at]}: stops at round ${round} with ${figure(onValid)} on the rows that said when, and ${figure(onTest)} on the test rows, ${gap > 0 ? "worse" : "better"} by ${figure(Math.abs(gap))}.`;
    const gaps = Array.from({ length: seeds }, (_, i) => stop(name, i, at)).map(([, v, t]) => t - v);
    const mean = gaps.reduce((sum, g) => sum + g, 0) / seeds;
    overall.textContent = `Over all ${seeds} deals at this rate the test rows are worse in ${gaps.filter((g) => g > 0).length}, by ${figure(mean)} on average. (Sets of rows differ, too: one deal says little.)`;
  }
  choose.addEventListener("change", show);
  rate.addEventListener("input", show);
  deal.addEventListener("click", () => {
    seed = (seed + 1) % seeds;
    show();
  });
  show();
});
