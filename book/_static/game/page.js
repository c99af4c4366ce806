// The race: the reader's 25 trials against those of random and Bayesian search.
// No framework; asks for nothing but the files that book/make_race.py made.
window.raceData = {};
(() => {
  const here = document.currentScript.src;
  const key = (kind) => `hyperparameter-sweeps-race-${index.version}-${kind}-${number}`;
  const wait = (name) => new Promise((done, failed) => {
    if (raceData[name]) return done(raceData[name]);
    const script = document.createElement("script"); // also where a page is opened as a file
    script.src = new URL(`race/${name}.js`, here);
    script.onload = () => done(raceData[name]);
    script.onerror = failed;
    document.head.append(script);
  });
  const $ = (id) => document.getElementById(id);
  const filled = (e, attributes, inside) => {
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    e.append(...inside);
    return e;
  };
  const make = (tag, attributes = {}, ...inside) => filled(document.createElement(tag), attributes, inside);
  const draw = (tag, attributes = {}, ...inside) =>
    filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, inside);
  const table = (caption, head, rows) => {
    const t = make("table", { class: "table" }, make("caption", {}, caption));
    t.append(make("thead", {}, make("tr", {}, ...head.map((h) => make("th", { scope: "col" }, h)))));
    t.append(make("tbody", {}, ...rows.map(([first, ...rest]) => make("tr", {},
      make("th", { scope: "row" }, first), ...rest.map((cell) => make("td", {}, cell))))));
    return make("div", { class: "pst-scrollable-table-container", tabindex: 0 }, t);
  };
  const unpack = (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] + 256 * bytes[2 * i + 1]);
  };
  const memory = { // a browser may refuse to remember
    get: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* then not */ } },
  };

  let index, number, problem, cells, sizes, opponents, tries, opening = 0;

  // Settings and losses
  const value = (knob, cell) => +(knob.low + cell * knob.step).toFixed(6);
  const plain = (knob, cell) => {
    const v = value(knob, cell);
    return !knob.log ? `${v}` : v < -2 ? (10 ** v).toExponential(1) : (10 ** v).toPrecision(2);
  };
  const setting = ([x, y]) => problem.knobs.map((k, i) => `${k.name} ${plain(k, [x, y][i])}`).join(", ");
  const loss = ([x, y]) => cells[x * sizes[1] + y];
  const show = (units, sign) => {
    const text = (Math.abs(units) / 10 ** problem.digits).toFixed(problem.digits);
    return (units < 0 ? "−" : sign && units > 0 ? "+" : "") + text;
  };
  const winner = (path) => path.reduce((a, b) => (loss(b) < loss(a) ? b : a));
  const lowest = () => cells.reduce((a, b) => Math.min(a, b));
  const players = () => ({ you: tries, random: opponents.random, Bayesian: opponents.Bayesian });
  const over = () => tries.length >= index.budget;

  // The map
  const W = 480, H = 300, L = 58, R = 24, T = 10, B = 46;
  const px = (x) => L + ((x + 0.5) / sizes[0]) * (W - L - R);
  const py = (y) => H - B - ((y + 0.5) / sizes[1]) * (H - T - B);
  const colour = (units, low) => {
    const share = (units - low) / (problem.span * 10 ** problem.digits);
    return index.colours[Math.round(Math.min(Math.max(share, 0), 1) * (index.colours.length - 1))];
  };
  const marks = {
    you: (x, y, r) => draw("circle", { cx: x, cy: y, r }),
    random: (x, y, r) => draw("rect", { x: x - r * 0.85, y: y - r * 0.85, width: r * 1.7, height: r * 1.7 }),
    Bayesian: (x, y, r) => draw("path", { d: `M${x},${y - r * 1.2}L${x + r * 1.1},${y + r * 0.8}H${x - r * 1.1}Z` }),
  };
  const mark = (name, at, size, fill) => {
    const m = marks[name](px(at[0]), py(at[1]), size);
    m.setAttribute("class", "race-mark");
    m.setAttribute("fill", fill);
    return m;
  };
  const axes = (svg) => {
    svg.append(draw("rect", { x: L, y: T, width: W - L - R, height: H - T - B, class: "race-frame" }));
    problem.knobs.forEach((knob, i) => {
      const ticks = knob.log
        ? Array.from({ length: knob.high - knob.low + 1 }, (_, k) => knob.low + k)
        : [knob.low, ...[1, 2, 3, 4].map((quarter) => (quarter * knob.high) / 4)];
      for (const tick of ticks) {
        const cell = (tick - knob.low) / knob.step, label = knob.log ? `1e${tick}` : `${tick}`;
        svg.append(i ? draw("text", { x: L - 6, y: py(cell) + 4, "text-anchor": "end" }, label)
          : draw("text", { x: px(cell), y: H - B + 16, "text-anchor": "middle" }, label));
      }
    });
    svg.append(draw("text", { x: (L + W - R) / 2, y: H - 8, "text-anchor": "middle" }, problem.knobs[0].name));
    svg.append(draw("text", { x: 14, y: (H - B) / 2, "text-anchor": "middle", transform: `rotate(-90 14 ${(H - B) / 2})` }, problem.knobs[1].name));
  };
  const picture = () => { // every cell, as an image that is stretched over the frame
    const canvas = make("canvas", { width: sizes[0], height: sizes[1] }), low = lowest();
    const pen = canvas.getContext("2d");
    for (let x = 0; x < sizes[0]; x++) {
      for (let y = 0; y < sizes[1]; y++) {
        pen.fillStyle = colour(loss([x, y]), low);
        pen.fillRect(x, sizes[1] - 1 - y, 1, 1);
      }
    }
    return draw("image", { x: L, y: T, width: W - L - R, height: H - T - B, href: canvas.toDataURL(), preserveAspectRatio: "none", style: "image-rendering: pixelated" });
  };
  const chosen = () => problem.knobs.map((knob, i) => Math.round(($(`race-${i}`).value - knob.low) / knob.step));
  const drawMap = () => {
    const svg = $("race-map");
    svg.replaceChildren();
    axes(svg);
    if (over()) {
      svg.append(picture());
      for (const [name, path] of Object.entries(players())) {
        const fill = name === "you" ? "#ffffff" : index.looks[name];
        const group = draw("g", { class: "race-path", id: `race-path-${name}` });
        group.append(draw("polyline", { points: path.map(([x, y]) => `${px(x)},${py(y)}`).join(" "), stroke: fill }));
        path.forEach((at) => group.append(mark(name, at, 4, fill)));
        group.append(mark(name, winner(path), 9, fill));
        group.classList.toggle("race-hidden", !$(`race-show-${name}`)?.checked);
        svg.append(group);
      }
    } else {
      const low = tries.length ? Math.min(...tries.map(loss)) : 0;
      tries.forEach((at) => svg.append(mark("you", at, 6, colour(loss(at), low))));
      if (tries.length) {
        const top = winner(tries);
        svg.append(draw("circle", { cx: px(top[0]), cy: py(top[1]), r: 11, class: "race-best" }));
      }
      const [x, y] = chosen();
      svg.append(draw("path", { d: `M${px(x)},${T}V${H - B}M${L},${py(y)}H${W - R}`, class: "race-cross" }));
    }
    const said = tries.length ? `Best so far: ${show(loss(winner(tries)))} at ${setting(winner(tries))}.` : "Nothing is tried yet.";
    svg.setAttribute("aria-label", over()
      ? "The whole map with the trials of all three players; the tables below say the same in numbers."
      : `Your ${tries.length} trials, and cross hairs at the setting chosen. ${said}`);
  };

  // The form
  const tell = (text) => { // the same words again are news too
    $("race-said").textContent = $("race-said").textContent === text ? `${text}\u00a0` : text;
  };
  const setKnob = (i, cell, from) => { // slider, typed field and cross hairs agree
    const knob = problem.knobs[i], slider = $(`race-${i}`), typed = $(`race-typed-${i}`);
    if (from !== slider) slider.value = value(knob, cell);
    if (from !== typed) typed.value = plain(knob, cell);
    slider.setAttribute("aria-valuetext", `${knob.name} ${plain(knob, cell)}`);
    drawMap();
  };
  const cellOf = (i, number) => {
    const knob = problem.knobs[i];
    return Math.min(Math.max(Math.round((number - knob.low) / knob.step), 0), sizes[i] - 1);
  };
  const drawForm = () => {
    $("race-knobs").replaceChildren(...problem.knobs.map((knob, i) => {
      const [low, high] = [0, sizes[i] - 1].map((cell) => plain(knob, cell));
      const slider = make("input", { type: "range", id: `race-${i}`, min: knob.low, max: knob.high, step: knob.step });
      const typed = make("input", { type: "number", id: `race-typed-${i}`, "aria-label": `${knob.name}, typed`,
        required: "", min: low, max: high, step: knob.log ? "any" : knob.step });
      slider.addEventListener("input", () => setKnob(i, cellOf(i, +slider.value), slider));
      typed.addEventListener("input", () => {
        if (typed.checkValidity()) setKnob(i, cellOf(i, knob.log ? Math.log10(+typed.value) : +typed.value), typed);
      });
      return make("div", { class: "race-knob" },
        make("label", { for: `race-${i}` }, `${knob.name}, ${low} to ${high}${knob.log ? " (a logarithmic slider)" : ""}`), slider, typed);
    }));
    problem.knobs.forEach((knob, i) => setKnob(i, Math.floor((sizes[i] - 1) / 2)));
  };
  const tryIt = (event) => {
    event.preventDefault();
    if (over()) return;
    const at = chosen();
    if (tries.some(([x, y]) => x === at[0] && y === at[1])) {
      return tell(`You tried ${setting(at)} already: ${show(loss(at))}. No trial was spent.`);
    }
    const before = tries.length ? loss(winner(tries)) : Infinity;
    tries.push(at);
    memory.set(key("trials"), tries);
    const news = loss(at) < before ? "The best so far." : `Best so far: ${show(loss(winner(tries)))}.`;
    drawAll();
    tell(`Trial ${tries.length} of ${index.budget}: ${setting(at)} gives ${show(loss(at))}. ${news}` + (over() ? " The map is uncovered." : ""));
    if (over()) lift(true);
  };
  const drawAll = () => {
    drawMap();
    $("race-form").hidden = $("race-tries").hidden = over();
    $("race-lifted").hidden = !over();
    $("race-left").textContent = `${index.budget - tries.length} of ${index.budget} trials left`;
    const best = [];
    tries.forEach((at) => best.push(Math.min(loss(at), best.at(-1) ?? Infinity)));
    $("race-tries").replaceChildren(tries.length ? table(
      `Your trials: ${problem.score}, lower is better`, ["trial", ...problem.knobs.map((k) => k.name), "error", "best so far"],
      tries.map((at, i) => [`${i + 1}`, ...problem.knobs.map((k, j) => plain(k, at[j])), show(loss(at)), show(best[i])]).reverse(),
    ) : make("p", {}, "Your trials will stand here, the newest first."));
  };

  // The end: the map, the score, and the noise
  const nearest = (others, x) => others.kept.reduce((a, b, i) => (Math.abs(b - x) < Math.abs(others.kept[a] - x) ? i : a), 0);
  const inOthers = (others, stack, [x, y]) => Array.from({ length: others.count },
    (_, k) => stack[(k * others.kept.length + nearest(others, x)) * sizes[1] + y]);
  const mean = (a) => a.reduce((s, b) => s + b, 0) / a.length;
  const spread = (a) => Math.sqrt(a.reduce((s, b) => s + (b - mean(a)) ** 2, 0) / (a.length - 1));
  // sweeplib's compare_pairs: yours less theirs, in four words, or none for equal settings
  const compare = (yours, theirs, t) => {
    const gap = yours.map((v, k) => v - theirs[k]), middle = mean(gap), sd = spread(gap);
    if (sd === 0) return { gap, middle, sd, word: middle ? (middle < 0 ? "better" : "worse") : "" };
    const half = (t * sd) / Math.sqrt(gap.length), low = middle - half, high = middle + half;
    const margin = problem.margin * 10 ** problem.digits;
    const word = -margin <= low && high <= margin ? "tie" : high < 0 ? "better" : low > 0 ? "worse" : "undecided";
    return { gap, middle, sd, low, high, word };
  };
  const verdict = (name, { gap, middle, sd, low, high, word }, lead) => {
    const here = lead < 0 ? `You beat ${name} search by ${show(-lead)} on this map.`
      : lead > 0 ? `${name[0].toUpperCase() + name.slice(1)} search beat you by ${show(lead)} on this map.`
        : `You and ${name} search end level on this map.`;
    if (!word) return `${here} Your best setting and theirs are the same, or the same row of the stored maps.`;
    const fewer = gap.filter((g) => g < 0).length;
    const means = {
      better: "Better: there yours is lower.", worse: "Worse: there theirs is lower.",
      tie: `A tie: the whole interval lies within ${show(problem.margin * 10 ** problem.digits)}, which does not matter.`,
      undecided: "Undecided: these do not tell; more of them might.",
    }[word];
    const interval = low === undefined ? "" : ` (95 % confidence interval ${show(low, true)} to ${show(high, true)})`;
    const noise = !lead ? "" : ` From one to the next this difference moves by ${show(sd)} (standard deviation)`
      + (Math.abs(lead) < sd ? `: ${lead < 0 ? "your win" : "their win"} on this map is smaller than that noise.` : ".");
    return `${here} On ${gap.length} other ${problem.other} your setting minus theirs is ${show(middle, true)} on average${interval}, and yours is lower on ${fewer}. ${means}${noise}`;
  };
  const dots = (rows) => { // one row a rival, one dot for each other seed
    const all = rows.flatMap(([, gap]) => gap), end = Math.max(...all.map(Math.abs), 1);
    const svg = draw("svg", { viewBox: "0 0 480 130", role: "img", class: "race-figure", "aria-label": `Losses of your best setting minus theirs under other ${problem.other}, one dot each. ${rows.map(([name, gap]) => `Against ${name} search yours is lower in ${gap.filter((g) => g < 0).length} and level in ${gap.filter((g) => g === 0).length} of ${gap.length}.`).join(" ")}` });
    const at = (v) => 280 + (v / end) * 160;
    svg.append(draw("line", { x1: at(0), x2: at(0), y1: 10, y2: 92, class: "race-zero" }));
    rows.forEach(([name, gap], i) => {
      svg.append(draw("text", { x: 92, y: 39 + 38 * i, "text-anchor": "end" }, `${name}`));
      gap.forEach((v, k) => svg.append(draw("circle", { cx: at(v), cy: 35 + 38 * i + ((2 * k) % 5 - 2) * 4, r: 4, fill: index.looks[name], class: "race-mark" })));
    });
    for (const v of [-end, 0, end]) svg.append(draw("text", { x: at(v), y: 108, "text-anchor": "middle" }, show(v, true)));
    svg.append(draw("text", { x: at(0), y: 125, "text-anchor": "middle" }, "yours less theirs: ← yours better · theirs better →"));
    return svg;
  };
  const steps = () => { // best so far of all three
    const lines = Object.entries(players()).map(([name, path]) => {
      let low = Infinity;
      return [name, path.map((at) => (low = Math.min(low, loss(at))) - lowest())];
    });
    const top = Math.max(...lines.map(([, line]) => line[4])) || 1, bottom = 190;
    const clipped = lines.some(([, line]) => line[0] > top);
    const svg = draw("svg", { viewBox: "0 0 480 236", role: "img", class: "race-figure", "aria-label": `Regret of the best trial so far. ${lines.map(([name, line]) => `${name} ends ${show(line.at(-1))} above the lowest cell.`).join(" ")}` });
    const x = (i) => 52 + (i / index.budget) * 330, y = (v) => bottom - Math.min(v / top, 1) * 175;
    svg.append(draw("path", { d: `M52,12V${bottom}H382`, class: "race-frame" }));
    let last = Infinity;
    lines.sort((a, b) => a[1].at(-1) - b[1].at(-1)).forEach(([name, line]) => {
      const d = line.map((v, i) => `${i ? "H" + x(i + 1) + "V" : `M${x(1)},`}${y(v)}`).join("");
      svg.append(draw("path", { d, class: `race-line race-line-${name}`, ...(name === "you" ? {} : { stroke: index.looks[name] }) }));
      last = Math.min(y(line.at(-1)) + 4, last - 15);
      svg.append(draw("text", { x: 390, y: last }, name));
    });
    for (const i of [1, 10, 25]) svg.append(draw("text", { x: x(i), y: bottom + 16, "text-anchor": "middle" }, i));
    for (const v of [0, top]) svg.append(draw("text", { x: 46, y: y(v) + 4, "text-anchor": "end" }, (v && clipped ? "≥ " : "") + show(v)));
    svg.append(draw("text", { x: 217, y: bottom + 34, "text-anchor": "middle" }, "trials"));
    return svg;
  };
  const lift = async (move) => {
    const round = number, about = index.rounds[number];
    const everyone = Object.entries(players()), rivals = ["random", "Bayesian"];
    const best = Object.fromEntries(everyone.map(([name, path]) => [name, winner(path)]));
    const lead = (name) => loss(best.you) - loss(best[name]);
    const others = await wait(`others-${about}`).catch(() => null);
    if (round !== number || !over()) return; // another round was opened meanwhile
    const stack = others && unpack(others.tables);
    const elsewhere = (name) => inOthers(others, stack, best[name]);
    const found = others && Object.fromEntries(rivals.map((name) => [name, compare(elsewhere("you"), elsewhere(name), others.t)]));
    const lookedUp = ([x]) => {
      const [knob] = problem.knobs, row = others.kept[nearest(others, x)];
      return row === x ? "" : ` (at ${plain(knob, row)})`;
    };
    if (others && !memory.get(key("score"))) { // the first play counts: afterwards the map is known
      memory.set(key("score"), Object.fromEntries(rivals.map((name) => [name, [lead(name), found[name].word]])));
    }
    const head = ["player", "best setting", problem.score, "above this map's lowest"];
    if (others) head.push(`mean on ${others.count} other ${problem.other}`);
    $("race-key").textContent = `Yellow is the lowest cell, dark blue is higher by ${show(problem.span * 10 ** problem.digits)} or more. Each player's best trial is drawn large.`;
    $("race-score").replaceChildren(
      table("The score", head, everyone.map(([name]) => [name, setting(best[name]), show(loss(best[name])), show(loss(best[name]) - lowest()),
        ...(others ? [show(mean(elsewhere(name))) + lookedUp(best[name])] : [])])),
      ...(others ? [
        ...rivals.map((name) => make("p", {}, verdict(name, found[name], lead(name)))),
        dots(rivals.map((name) => [name, found[name].gap])),
      ] : [make("p", {}, "The other maps could not be loaded, so nothing can be said of luck.")]),
      make("h3", {}, "Best so far, above this map's lowest cell"), steps(),
      make("details", {}, make("summary", {}, "All moves in numbers"), table("Moves in the order made", ["trial", ...everyone.map(([name]) => name)],
        tries.map((_, i) => [`${i + 1}`, ...everyone.map(([, path]) => `${setting(path[i])}: ${show(loss(path[i]))}`)]))),
      make("h3", {}, "Your rounds so far"), ledger(),
    );
    drawMap();
    $("race-end").hidden = false;
    if (move) $("race-lifted").focus();
  };
  const ledger = () => {
    const round = (n) => memory.get(`hyperparameter-sweeps-race-${index.version}-score-${n}`);
    const played = Object.keys(index.rounds).map((n) => [n, round(n)]).filter(([, score]) => score);
    const result = ([lead, word], n) => {
      const { digits } = index.problems[index.rounds[n]];
      const here = lead ? `${lead < 0 ? "won" : "lost"} by ${(Math.abs(lead) / 10 ** digits).toFixed(digits)}` : "level";
      return `${here}; elsewhere ${word || "the same"}`;
    };
    return table("Rounds you finished, first play", ["round", "against random", "against Bayesian"],
      played.map(([n, score]) => [n, result(score.random, n), result(score.Bayesian, n)]));
  };

  // Rounds
  const openRound = async (wanted) => {
    const turn = ++opening, found = Object.hasOwn(index.rounds, wanted) ? wanted : "1";
    const round = await wait(`round-${found}`).catch(() => null);
    if (turn !== opening) return;
    if (!round) {
      $("race-round").value = number ?? found;
      return tell(`The file of round ${found} could not be loaded.`);
    }
    wait(`others-${index.rounds[found]}`).catch(() => {}); // for the end of the round
    number = found;
    problem = index.problems[index.rounds[number]];
    sizes = problem.knobs.map((k) => Math.round((k.high - k.low) / k.step) + 1);
    cells = unpack(round.table);
    opponents = round.moves;
    const kept = memory.get(key("trials"));
    const fits = (at) => Array.isArray(at) && at.length === 2 && at.every((c, i) => Number.isInteger(c) && c >= 0 && c < sizes[i]);
    tries = Array.isArray(kept) && kept.every(fits) ? kept.slice(0, index.budget) : [];
    $("race-round").value = number;
    $("race-goal").textContent = `Each trial fits a ${problem.title.split(",")[0]} and gives its error (${problem.score}). Lower is better; the lowest of ${index.budget} counts.`;
    memory.set("hyperparameter-sweeps-race-last", number);
    $("race-end").hidden = true;
    drawForm();
    drawAll();
    if (over()) await lift(false);
    tell(wanted && wanted !== found ? `There is no round ${wanted}; this is round 1.`
      : `Round ${number}: ${problem.title}. ${tries.length ? `You have made ${tries.length} of ${index.budget} trials.` : `You have ${index.budget} trials.`}`);
  };
  const asked = () => new URLSearchParams(location.hash.slice(1)).get("round");
  const begin = () => {
    $("race-round").scrollIntoView();
    $("race-0").focus({ preventScroll: true });
  };
  const start = async () => {
    index = await wait("index");
    $("race-round").replaceChildren(...Object.entries(index.rounds).map(([n, p]) => make("option", { value: n }, `${n}: ${index.problems[p].title}${index.rounds[n - 1] === p ? ", again with other luck" : ""}`)));
    $("race-round").addEventListener("change", (e) => { location.hash = `round=${e.target.value}`; });
    $("race-form").addEventListener("submit", tryIt);
    $("race-map").addEventListener("click", (event) => {
      if (over()) return;
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform($("race-map").getScreenCTM().inverse());
      const cell = [(point.x - L) / (W - L - R), (H - B - point.y) / (H - T - B)]
        .map((share, i) => Math.min(Math.max(Math.floor(share * sizes[i]), 0), sizes[i] - 1));
      cell.forEach((c, i) => setKnob(i, c));
    });
    for (const name of ["you", "random", "Bayesian"]) $(`race-show-${name}`).addEventListener("change", drawMap);
    $("race-again").addEventListener("click", () => {
      memory.set(key("trials"), []);
      openRound(number).then(begin);
    });
    $("race-next").addEventListener("click", () => {
      const next = Object.hasOwn(index.rounds, +number + 1) ? `${+number + 1}` : "1";
      history.pushState(null, "", `#round=${next}`);
      openRound(next).then(begin);
    });
    addEventListener("hashchange", () => { // other anchors lead to the text below
      if (asked() || !location.hash) openRound(asked() ?? "1");
    });
    await openRound(asked() ?? memory.get("hyperparameter-sweeps-race-last") ?? "1");
    if (!problem) throw new Error("no round could be opened");
    $("race").hidden = false;
    $("race-wait").hidden = true;
  };
  document.addEventListener("DOMContentLoaded", () => start().catch(() => {
    $("race-wait").textContent = "The files of the race, in _static/race, could not be loaded.";
  }));
})();
