// The race: the reader's 25 trials against those of random and Bayesian search.
// No framework; asks for nothing but the files that book/make_race.py made.
window.raceData = {};
(() => {
  const here = document.currentScript.src;
  const wait = (name) => new Promise((done, failed) => {
    if (raceData[name]) return done(raceData[name]);
    const script = document.createElement("script"); // also where a page is opened as a file
    script.src = new URL(`race/${name}.js`, here);
    script.onload = () => done(raceData[name]);
    script.onerror = failed;
    document.head.append(script);
  });
  const $ = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...inside) => {
    const svg = ["svg", "g", "rect", "circle", "path", "line", "text", "image", "polyline"];
    const e = svg.includes(tag)
      ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    e.append(...inside);
    return e;
  };
  const table = (caption, head, rows) => {
    const t = make("table", { class: "table" }, make("caption", {}, caption));
    t.append(make("thead", {}, make("tr", {}, ...head.map((h) => make("th", { scope: "col" }, h)))));
    t.append(make("tbody", {}, ...rows.map(([first, ...rest]) => make("tr", {},
      make("th", { scope: "row" }, first), ...rest.map((cell) => make("td", {}, cell))))));
    return make("div", { class: "pst-scrollable-table-container" }, t);
  };
  const unpack = (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] + 256 * bytes[2 * i + 1]);
  };
  const memory = { // a browser may refuse to remember
    get: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* then not */ } },
  };

  const reach = () => dispatchEvent(new Event("resize")); // book.js: what scrolls takes the keyboard

  let index, number, problem, cells, sizes, opponents, tries, drawing = 0;

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
  const W = 480, H = 340, L = 52, R = 10, T = 10, B = 46;
  const px = (x) => L + ((x + 0.5) / sizes[0]) * (W - L - R);
  const py = (y) => H - B - ((y + 0.5) / sizes[1]) * (H - T - B);
  const colour = (units, low) => {
    const share = (units - low) / (problem.span * 10 ** problem.digits);
    return index.colours[Math.round(Math.min(Math.max(share, 0), 1) * (index.colours.length - 1))];
  };
  const marks = {
    you: (x, y, r) => make("circle", { cx: x, cy: y, r }),
    random: (x, y, r) => make("rect", { x: x - r * 0.85, y: y - r * 0.85, width: r * 1.7, height: r * 1.7 }),
    Bayesian: (x, y, r) => make("path", { d: `M${x},${y - r * 1.2}L${x + r * 1.1},${y + r * 0.8}H${x - r * 1.1}Z` }),
  };
  const mark = (name, at, size, fill) => {
    const m = marks[name](px(at[0]), py(at[1]), size);
    m.setAttribute("class", "race-mark");
    m.setAttribute("fill", fill);
    return m;
  };
  const axes = (svg) => {
    svg.append(make("rect", { x: L, y: T, width: W - L - R, height: H - T - B, class: "race-frame" }));
    problem.knobs.forEach((knob, i) => {
      const ticks = knob.log
        ? Array.from({ length: knob.high - knob.low + 1 }, (_, k) => knob.low + k)
        : [knob.low, ...[1, 2, 3, 4].map((quarter) => (quarter * knob.high) / 4)];
      for (const tick of ticks) {
        const cell = (tick - knob.low) / knob.step, label = knob.log ? `1e${tick}` : `${tick}`;
        svg.append(i ? make("text", { x: L - 6, y: py(cell) + 4, "text-anchor": "end" }, label)
          : make("text", { x: px(cell), y: H - B + 16, "text-anchor": "middle" }, label));
      }
    });
    svg.append(make("text", { x: (L + W - R) / 2, y: H - 8, "text-anchor": "middle" }, problem.knobs[0].name));
    svg.append(make("text", { x: 12, y: (H - B) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${(H - B) / 2})` }, problem.knobs[1].name));
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
    return make("image", { x: L, y: T, width: W - L - R, height: H - T - B, href: canvas.toDataURL(), preserveAspectRatio: "none", style: "image-rendering: pixelated" });
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
        const group = make("g", { class: "race-path", id: `race-path-${name}` });
        group.append(make("polyline", { points: path.map(([x, y]) => `${px(x)},${py(y)}`).join(" "), stroke: fill }));
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
        svg.append(make("circle", { cx: px(top[0]), cy: py(top[1]), r: 11, class: "race-best" }));
      }
      const [x, y] = chosen();
      svg.append(make("path", { d: `M${px(x)},${T}V${H - B}M${L},${py(y)}H${W - R}`, class: "race-cross" }));
    }
    const said = tries.length ? `Best so far: ${show(loss(winner(tries)))} at ${setting(winner(tries))}.` : "Nothing is tried yet.";
    svg.setAttribute("aria-label", over()
      ? "The whole map with the trials of all three players; the tables below say the same in numbers."
      : `Your ${tries.length} trials, and cross hairs at the setting chosen. ${said}`);
  };

  // The form
  const tell = (text) => { $("race-said").textContent = text; };
  const copyKnob = (i, from) => {
    const knob = problem.knobs[i], typed = Number(from.value);
    if (from.value === "" || Number.isNaN(typed)) return;
    const cell = Math.round((Math.min(Math.max(typed, knob.low), knob.high) - knob.low) / knob.step);
    for (const id of [`race-${i}`, `race-typed-${i}`]) if ($(id) !== from) $(id).value = value(knob, cell);
    $(`race-out-${i}`).textContent = knob.log ? `${knob.name} = ${plain(knob, cell)}` : "";
    drawMap();
  };
  const drawForm = () => {
    $("race-knobs").replaceChildren(...problem.knobs.map((knob, i) => {
      const middle = value(knob, Math.floor((sizes[i] - 1) / 2)), label = knob.log ? `log10 of ${knob.name}` : knob.name;
      const limits = { min: knob.low, max: knob.high, step: knob.step, value: middle };
      const slider = make("input", { type: "range", id: `race-${i}`, ...limits });
      const typed = make("input", { type: "number", id: `race-typed-${i}`, "aria-label": `${label}, typed`, ...limits });
      for (const e of [slider, typed]) e.addEventListener("input", () => copyKnob(i, e));
      typed.addEventListener("change", () => { typed.value = $(`race-${i}`).value; });
      return make("div", { class: "race-knob" }, make("label", { for: `race-${i}` }, `${label}, ${knob.low} to ${knob.high}`),
        slider, typed, make("output", { id: `race-out-${i}`, for: `race-${i}` }));
    }));
    problem.knobs.forEach((_, i) => copyKnob(i, $(`race-${i}`)));
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
    memory.set(`race-${number}`, tries);
    const news = loss(at) < before ? "The best so far." : `Best so far: ${show(loss(winner(tries)))}.`;
    draw();
    tell(`Trial ${tries.length} of ${index.budget}: ${setting(at)} gives ${show(loss(at))}. ${news}` + (over() ? " The map is lifted." : ""));
    if (over()) lift(true);
  };
  const draw = () => {
    drawMap();
    $("race-form").hidden = $("race-tries").hidden = over();
    $("race-left").textContent = `${index.budget - tries.length} of ${index.budget} trials left`;
    const best = [];
    tries.forEach((at) => best.push(Math.min(loss(at), best.at(-1) ?? Infinity)));
    $("race-tries").replaceChildren(tries.length ? table(
      `Your trials (${problem.score})`, ["trial", ...problem.knobs.map((k) => k.name), "loss", "best so far"],
      tries.map((at, i) => [`${i + 1}`, ...problem.knobs.map((k, j) => plain(k, at[j])), show(loss(at)), show(best[i])]).reverse(),
    ) : make("p", {}, "Your trials will stand here, the newest first."));
    reach();
  };

  // The end: the map, the score, and the noise
  const T_95 = { 9: 2.262, 19: 2.093 }; // Student's t, by degrees of freedom
  const inOthers = (others, stack, [x, y]) => {
    const row = Math.max(Math.round((x + 1) / problem.coarse), 1) - 1, rows = Math.floor(sizes[0] / problem.coarse);
    return Array.from({ length: others.count }, (_, k) => stack[(k * rows + row) * sizes[1] + y]);
  };
  const mean = (a) => a.reduce((s, b) => s + b, 0) / a.length;
  const spread = (a) => Math.sqrt(a.reduce((s, b) => s + (b - mean(a)) ** 2, 0) / (a.length - 1));
  const verdict = (name, yours, theirs, lead) => {
    const gap = yours.map((v, k) => v - theirs[k]), error = (T_95[gap.length - 1] * spread(gap)) / Math.sqrt(gap.length);
    const low = mean(gap) - error, high = mean(gap) + error;
    const won = lead < 0 ? `You beat ${name} search by ${show(-lead)} on this map.`
      : lead > 0 ? `${name[0].toUpperCase() + name.slice(1)} search beat you by ${show(lead)} on this map.` : `You and ${name} search tie on this map.`;
    const kept = high < 0 ? "yours stays better" : low > 0 ? "theirs is better" : "they cannot be told apart";
    const size = Math.abs(lead) < spread(gap) ? "smaller" : "larger";
    return `${won} On ${gap.length} other ${problem.other}, your best setting minus theirs is ${show(mean(gap), true)} on average (95 % ${show(low, true)} to ${show(high, true)}): ${kept}. `
      + `From one to the next the difference moves by ${show(spread(gap))} (standard deviation). `
      + (lead ? `${lead < 0 ? "Your win" : "Their win"} is ${size} than that noise.` : "");
  };
  const dots = (rows) => { // one row a rival, one dot for each other seed
    const all = rows.flatMap(([, gap]) => gap), reach = Math.max(...all.map(Math.abs), 1);
    const svg = make("svg", { viewBox: "0 0 480 130", role: "img", class: "race-figure", "aria-label": `Losses of your best setting minus theirs under other ${problem.other}, one dot each. ${rows.map(([name, gap]) => `Against ${name} search yours is lower in ${gap.filter((g) => g < 0).length} of ${gap.length}.`).join(" ")}` });
    const at = (v) => 280 + (v / reach) * 180;
    svg.append(make("line", { x1: at(0), x2: at(0), y1: 10, y2: 92, class: "race-zero" }));
    rows.forEach(([name, gap], i) => {
      svg.append(make("text", { x: 92, y: 39 + 38 * i, "text-anchor": "end" }, `${name}`));
      gap.forEach((v, k) => svg.append(make("circle", { cx: at(v), cy: 35 + 38 * i + ((k * 7) % 5 - 2) * 4, r: 4, fill: index.looks[name], class: "race-mark" })));
    });
    for (const v of [-reach, 0, reach]) svg.append(make("text", { x: at(v), y: 108, "text-anchor": v < 0 ? "start" : v > 0 ? "end" : "middle" }, show(v, true)));
    svg.append(make("text", { x: at(0), y: 125, "text-anchor": "middle" }, "← yours better · theirs better →"));
    return svg;
  };
  const steps = () => { // best so far of all three
    const lines = Object.entries(players()).map(([name, path]) => {
      let low = Infinity;
      return [name, path.map((at) => (low = Math.min(low, loss(at))) - lowest())];
    });
    const top = Math.max(...lines.map(([, line]) => line[4])) || 1, bottom = 190;
    const svg = make("svg", { viewBox: "0 0 480 236", role: "img", class: "race-figure", "aria-label": `Regret of the best trial so far. ${lines.map(([name, line]) => `${name} ends ${show(line.at(-1))} above the lowest cell.`).join(" ")}` });
    const x = (i) => 52 + (i / index.budget) * 330, y = (v) => bottom - Math.min(v / top, 1) * 175;
    svg.append(make("path", { d: `M52,12V${bottom}H382`, class: "race-frame" }));
    let last = Infinity;
    lines.sort((a, b) => a[1].at(-1) - b[1].at(-1)).forEach(([name, line]) => {
      const d = line.map((v, i) => `${i ? "H" + x(i + 1) + "V" : `M${x(1)},`}${y(v)}`).join("");
      svg.append(make("path", { d, class: `race-line race-line-${name}`, ...(name === "you" ? {} : { stroke: index.looks[name] }) }));
      last = Math.min(y(line.at(-1)) + 4, last - 15);
      svg.append(make("text", { x: 390, y: last }, name));
    });
    for (const i of [1, 10, 25]) svg.append(make("text", { x: x(i), y: bottom + 16, "text-anchor": "middle" }, i));
    for (const v of [0, top]) svg.append(make("text", { x: 46, y: y(v) + 4, "text-anchor": "end" }, show(v)));
    svg.append(make("text", { x: 217, y: bottom + 34, "text-anchor": "middle" }, "trials"));
    return svg;
  };
  const lift = async (move) => {
    const round = number, others = await wait(`others-${index.rounds[number]}`);
    if (round !== number || !over()) return; // another round was opened meanwhile
    const stack = unpack(others.tables), everyone = Object.entries(players());
    const best = Object.fromEntries(everyone.map(([name, path]) => [name, winner(path)]));
    const elsewhere = Object.fromEntries(everyone.map(([name]) => [name, inOthers(others, stack, best[name])]));
    const rivals = ["random", "Bayesian"], lead = (name) => loss(best.you) - loss(best[name]);
    memory.set(`race-score-${number}`, Object.fromEntries(rivals.map((name) => [name, lead(name)])));
    $("race-score").replaceChildren(
      table("The score", ["player", "best setting", problem.score, "above the lowest", `mean on ${others.count} other ${problem.other}`],
        everyone.map(([name]) => [name, setting(best[name]), show(loss(best[name])), show(loss(best[name]) - lowest()), show(mean(elsewhere[name]))])),
      ...rivals.map((name) => make("p", {}, verdict(name, elsewhere.you, elsewhere[name], lead(name)))),
      dots(rivals.map((name) => [name, elsewhere.you.map((v, k) => v - elsewhere[name][k])])),
      make("h3", {}, "Best so far, above the lowest cell"), steps(),
      make("details", {}, make("summary", {}, "All moves in numbers"), table("Moves in the order made", ["trial", ...everyone.map(([name]) => name)],
        tries.map((_, i) => [`${i + 1}`, ...everyone.map(([, path]) => `${setting(path[i])}: ${show(loss(path[i]))}`)]))),
      make("h3", {}, "Your rounds so far"), ledger(),
    );
    drawMap();
    $("race-end").hidden = false;
    reach();
    if (move) $("race-lifted").focus();
  };
  const ledger = () => {
    const played = Object.keys(index.rounds).map((n) => [n, memory.get(`race-score-${n}`)]).filter(([, score]) => score);
    const sign = (lead) => (lead < 0 ? "won" : lead > 0 ? "lost" : "tied");
    const number = (lead, n) => {
      const { digits } = index.problems[index.rounds[n]];
      return `${sign(lead)}${lead ? ` by ${(Math.abs(lead) / 10 ** digits).toFixed(digits)}` : ""}`;
    };
    return table("Rounds you finished", ["round", "against random", "against Bayesian"],
      played.map(([n, score]) => [n, number(score.random, n), number(score.Bayesian, n)]));
  };

  // Rounds
  const openRound = async (wanted) => {
    const turn = ++drawing, found = index.rounds[wanted] ? wanted : "1";
    const round = await wait(`round-${found}`);
    if (turn !== drawing) return;
    number = found;
    problem = index.problems[index.rounds[number]];
    sizes = problem.knobs.map((k) => Math.round((k.high - k.low) / k.step) + 1);
    cells = unpack(round.table);
    opponents = round.moves;
    const kept = memory.get(`race-${number}`);
    const fits = (at) => Array.isArray(at) && at.length === 2 && at.every((c, i) => Number.isInteger(c) && c >= 0 && c < sizes[i]);
    tries = Array.isArray(kept) && kept.every(fits) ? kept.slice(0, index.budget) : [];
    $("race-round").value = number;
    $("race-end").hidden = true;
    drawForm();
    draw();
    if (over()) await lift(false);
    tell(wanted && wanted !== found ? `There is no round ${wanted}; this is round 1.`
      : `Round ${number}: ${problem.title}. ${tries.length ? `You have made ${tries.length} of ${index.budget} trials.` : `You have ${index.budget} trials.`}`);
  };
  const asked = () => new URLSearchParams(location.hash.slice(1)).get("round");
  const start = async () => {
    index = await wait("index");
    $("race-round").replaceChildren(...Object.entries(index.rounds).map(([n, p]) => make("option", { value: n }, `${n}: ${index.problems[p].title}`)));
    $("race-round").addEventListener("change", (e) => { location.hash = `round=${e.target.value}`; });
    $("race-form").addEventListener("submit", tryIt);
    $("race-map").addEventListener("click", (event) => {
      if (over()) return;
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform($("race-map").getScreenCTM().inverse());
      const cell = [(point.x - L) / (W - L - R), (H - B - point.y) / (H - T - B)]
        .map((share, i) => Math.min(Math.max(Math.floor(share * sizes[i]), 0), sizes[i] - 1));
      problem.knobs.forEach((knob, i) => { $(`race-${i}`).value = value(knob, cell[i]); copyKnob(i, $(`race-${i}`)); });
    });
    for (const name of ["you", "random", "Bayesian"]) $(`race-show-${name}`).addEventListener("change", drawMap);
    $("race-again").addEventListener("click", () => {
      memory.set(`race-${number}`, []);
      openRound(number).then(() => $("race-0").focus());
    });
    $("race-next").addEventListener("click", () => { location.hash = `round=${index.rounds[+number + 1] ? +number + 1 : 1}`; });
    addEventListener("hashchange", () => { if (asked()) openRound(asked()); });
    await openRound(asked() ?? "1");
    $("race").hidden = false;
    $("race-wait").hidden = true;
  };
  document.addEventListener("DOMContentLoaded", () => start().catch(() => {
    $("race-wait").textContent = "The files of the race, in _static/race, could not be loaded.";
  }));
})();
