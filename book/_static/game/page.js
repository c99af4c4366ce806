// The game: 25 trials of the reader against those of random and Bayesian search.
(() => {
  const { element, svg: draw, table } = GameDrawing;
  const at = (id) => document.getElementById(`game-${id}`);
  const PLAYERS = ["you", "random", "Bayesian"], RIVALS = ["random", "Bayesian"];

  // All that changes while one plays.
  const game = {
    index: null, // what all rounds share: budget, problems, colours
    number: null, // the round, as text
    problem: null, cells: null, scale: null, opponents: null, // what the round brings
    tries: [], // the reader's cells, in order
    shown: Infinity, // how many moves the map draws at the end
    bet: null, // the reader's guess whether the lead will last
    aimed: null, pressed: null, dragged: false, // where the pointer was, and whether it drags
    opening: 0, // counts openings, so that a late file opens no old round
  };
  const key = (kind, number = game.number) =>
    `hyperparameter-sweeps-game-${game.index.version}-${kind}-${number}`;

  // Settings and losses. A cell is a pair of whole numbers, a loss a number of units of the last
  // digit that is shown.
  const valueOf = (knob, cell) => +(knob.low + cell * knob.step).toFixed(6);
  const plain = (knob, cell) => {
    const value = valueOf(knob, cell);
    if (!knob.log) return `${value}`;
    return value < -2 ? (10 ** value).toExponential(1) : (10 ** value).toPrecision(2);
  };
  const setting = (cell) =>
    game.problem.knobs.map((knob, i) => `${knob.name} ${plain(knob, cell[i])}`).join(", ");
  const loss = ([x, y]) => game.cells[x * game.scale.sizes[1] + y];
  const unit = () => 10 ** game.problem.digits;
  const margin = () => game.problem.margin * unit();
  const say = (units, sign) => {
    const text = (Math.abs(units) / unit()).toFixed(game.problem.digits);
    return (units < 0 ? "−" : sign && units > 0 ? "+" : "") + text;
  };
  const winner = (path) => path.reduce((best, cell) => (loss(cell) < loss(best) ? cell : best));
  const lowest = () => game.cells.reduce((low, value) => Math.min(low, value));
  const pathOf = (player) => (player === "you" ? game.tries : game.opponents[player]);
  const over = () => game.tries.length >= game.index.budget;
  const running = (path) => {
    let low = Infinity;
    return path.map((cell) => (low = Math.min(low, loss(cell))));
  };
  const colourOf = (units, low) => {
    const share = Math.min(Math.max((units - low) / (game.problem.span * unit()), 0), 1);
    return game.index.colours[Math.round(share * (game.index.colours.length - 1))];
  };
  const fillOf = (player) => (player === "you" ? "#ffffff" : game.index.looks[player]);

  // The map

  const chosen = () => game.problem.knobs.map(
    (knob, i) => Math.round((at(`knob-${i}`).value - knob.low) / knob.step));

  function drawPaths(map) {
    for (const player of PLAYERS) {
      const path = pathOf(player).slice(0, game.shown), fill = fillOf(player);
      const group = draw("g", { class: "game-path", id: `game-path-${player}` });
      const points = path.map(([x, y]) => `${game.scale.x(x)},${game.scale.y(y)}`).join(" ");
      group.append(draw("polyline", { points, stroke: fill }));
      const mark = ([x, y], size) =>
        GameDrawing.mark(player, game.scale.x(x), game.scale.y(y), size, fill);
      path.forEach((cell) => group.append(mark(cell, 4)));
      if (path.length) group.append(mark(winner(path), 9));
      group.classList.toggle("game-hidden", !at(`show-${player}`).checked);
      map.append(group);
    }
  }

  function drawTries(map) {
    const low = Math.min(...game.tries.map(loss)), { x, y, top, bottom, left, right } = game.scale;
    for (const cell of game.tries) {
      map.append(GameDrawing.mark("you", x(cell[0]), y(cell[1]), 6, colourOf(loss(cell), low)));
    }
    if (game.tries.length) {
      const best = winner(game.tries);
      map.append(draw("circle", { cx: x(best[0]), cy: y(best[1]), r: 11, class: "game-best" }));
    }
    const [column, row] = chosen();
    const d = `M${x(column)},${top}V${bottom}M${left},${y(row)}H${right}`;
    map.append(draw("path", { d, class: "game-cross" }));
  }

  function drawMap() {
    const map = at("map");
    map.replaceChildren();
    GameDrawing.axes(map, game.scale, game.problem.knobs);
    if (over()) {
      const low = lowest();
      map.append(GameDrawing.picture(game.scale, (cell) => colourOf(loss(cell), low)));
      drawPaths(map);
    } else {
      drawTries(map);
    }
    const best = game.tries.length
      ? `Best so far: ${say(loss(winner(game.tries)))} at ${setting(winner(game.tries))}.`
      : "Nothing is tried yet.";
    map.setAttribute("aria-label", over()
      ? "The whole map with the trials of all three players; the tables below have the numbers."
      : `Your ${game.tries.length} trials, and cross hairs at the setting chosen. ${best}`);
  }

  // Best so far of all three, up to the number of trials that you have made.
  function drawLines() {
    const count = Math.min(game.tries.length, game.index.budget);
    const lines = PLAYERS.map((name) => ({
      name, colour: name === "you" ? null : game.index.looks[name],
      values: running(pathOf(name).slice(0, count)),
    }));
    const ends = lines.filter(({ values }) => values.length)
      .map(({ name, values }) => `${name} ${say(values.at(-1))}`).join(", ");
    const words = `Best so far after ${count} trials. ${ends}`;
    const picture = GameDrawing.bestSoFar(lines, game.index.budget, (v) => say(v), words);
    at("lines").replaceChildren(picture);
  }

  // The form

  const tell = (text) => { // the same words again are news too
    at("said").textContent = at("said").textContent === text ? `${text}\u00a0` : text;
  };
  const cellNearest = (i, value) => {
    const knob = game.problem.knobs[i], cell = Math.round((value - knob.low) / knob.step);
    return Math.min(Math.max(cell, 0), game.scale.sizes[i] - 1);
  };

  // Slider, typed field and cross hairs agree; the one that was moved is left alone.
  function setKnob(i, cell, from) {
    const knob = game.problem.knobs[i], slider = at(`knob-${i}`), typed = at(`typed-${i}`);
    if (from !== slider) slider.value = valueOf(knob, cell);
    if (from !== typed) typed.value = plain(knob, cell);
    slider.setAttribute("aria-valuetext", `${knob.name} ${plain(knob, cell)}`);
    drawMap();
  }

  function knobRow(knob, i) {
    const ends = [0, game.scale.sizes[i] - 1].map((cell) => plain(knob, cell));
    const range = { min: knob.low, max: knob.high, step: knob.step };
    const slider = element("input", { type: "range", id: `game-knob-${i}`, ...range });
    const typed = element("input", { type: "number", id: `game-typed-${i}`, required: "",
      min: ends[0], max: ends[1], step: knob.log ? "any" : knob.step,
      "aria-label": `${knob.name}, typed` });
    slider.addEventListener("input", () => setKnob(i, cellNearest(i, +slider.value), slider));
    typed.addEventListener("input", () => {
      const value = knob.log ? Math.log10(+typed.value) : +typed.value;
      if (typed.checkValidity()) setKnob(i, cellNearest(i, value), typed);
    });
    const words = `${knob.name}, ${ends.join(" to ")}${knob.log ? " (logarithmic)" : ""}`;
    const label = element("label", { for: `game-knob-${i}` }, words);
    return element("div", { class: "game-knob" }, label, slider, typed);
  }

  function drawForm() {
    at("knobs").replaceChildren(...game.problem.knobs.map(knobRow));
    game.problem.knobs.forEach((_, i) => setKnob(i, Math.floor((game.scale.sizes[i] - 1) / 2)));
  }

  function tryIt(event) {
    event.preventDefault();
    if (over()) return;
    const cell = chosen();
    if (game.tries.some(([x, y]) => x === cell[0] && y === cell[1])) {
      const before = `You tried ${setting(cell)} already: ${say(loss(cell))}.`;
      return tell(`${before} No trial was spent.`);
    }
    const before = game.tries.length ? loss(winner(game.tries)) : Infinity;
    game.tries.push(cell);
    game.aimed = null;
    GameData.remember(key("trials"), game.tries);
    drawAll();
    const best = say(loss(winner(game.tries)));
    const news = loss(cell) < before ? "The best so far." : `Best so far: ${best}.`;
    const made = `Trial ${game.tries.length} of ${game.index.budget}`;
    const end = over() ? " The map is uncovered." : "";
    tell(`${made}: ${setting(cell)} gives ${say(loss(cell))}. ${news}${end}`);
    if (over()) finish(true);
  }

  function trialsTable() {
    const { knobs, score } = game.problem, best = running(game.tries);
    if (!game.tries.length) {
      return element("p", {}, "Your trials will stand here, the newest first.");
    }
    const row = (cell, i) => [`${i + 1}`, ...knobs.map((knob, k) => plain(knob, cell[k])),
      say(loss(cell)), say(best[i])];
    const head = ["trial", ...knobs.map((knob) => knob.name), "error", "best so far"];
    return table(`Your trials: ${score}, lower is better`, head, game.tries.map(row).reverse());
  }

  function drawAll() {
    const { budget } = game.index, left = budget - game.tries.length;
    drawMap();
    drawLines();
    at("form").hidden = at("tries").hidden = over();
    at("uncovered").hidden = at("replay").hidden = at("legend").hidden = !over();
    at("left").textContent = `${left} of ${budget} trials left`;
    const pip = (_, i) => element("span", { class: i < left ? "game-pip" : "game-pip game-spent" });
    at("pips").replaceChildren(...Array.from({ length: budget }, pip));
    const reach = say(game.problem.span * unit());
    const whose = over() ? "the lowest cell" : "your lowest trial";
    at("key-words").textContent = `${whose} … higher by ${reach} or more`;
    at("tries").replaceChildren(trialsTable());
  }

  // The end: will the lead last, and did it?

  const nearestKept = (kept, x) =>
    kept.reduce((best, row, i) => (Math.abs(row - x) < Math.abs(kept[best] - x) ? i : best), 0);

  // The losses of a cell on the other maps; of trees only some numbers are stored.
  function elsewhere(others, stack, [x, y]) {
    const row = nearestKept(others.kept, x), { length } = others.kept;
    const lossOn = (_, k) => stack[(k * length + row) * game.scale.sizes[1] + y];
    return Array.from({ length: others.count }, lossOn);
  }

  function result(others) {
    const best = Object.fromEntries(PLAYERS.map((player) => [player, winner(pathOf(player))]));
    const found = { best, lead: {}, against: {}, mean: {} };
    const stack = others && GameData.unpack(others.tables);
    const worth = (player) => elsewhere(others, stack, best[player]);
    for (const rival of RIVALS) {
      found.lead[rival] = loss(best.you) - loss(best[rival]);
      if (!others) continue;
      const pair = [worth("you"), worth(rival)];
      found.against[rival] = GameStatistics.compare(...pair, others.t, margin());
    }
    if (others) {
      for (const player of PLAYERS) found.mean[player] = GameStatistics.mean(worth(player));
    }
    return found;
  }

  function sentence(rival, found) {
    const lead = found.lead[rival], name = `${rival[0].toUpperCase()}${rival.slice(1)}`;
    const here = lead < 0 ? `You beat ${rival} search by ${say(-lead)} on this map.`
      : lead > 0 ? `${name} search beat you by ${say(lead)} on this map.`
        : `You and ${rival} search end level on this map.`;
    const { gaps, mean, sd, low, high, verdict, matters } = found.against[rival];
    if (gaps.every((gap) => gap === 0)) {
      const same = "Your best setting and theirs are the same, or the same row of the stored maps.";
      return `${here} ${same}`;
    }
    const perhaps = matters === "yes" ? "by more than matters" : "perhaps by less than matters";
    const words = {
      better: `Better: there yours is lower, ${perhaps}.`,
      worse: `Worse: there theirs is lower, ${perhaps}.`,
      tie: `A tie: the whole interval lies within ${say(margin())}, which does not matter.`,
      undecided: "Undecided: these do not tell; more of them might.",
    }[verdict];
    const interval = Number.isFinite(low)
      ? ` (95 % confidence interval ${say(low, true)} to ${say(high, true)})` : "";
    const whose = lead < 0 ? "your win" : "their win";
    const small = Math.abs(lead) < sd ? `: ${whose} on this map is smaller than that noise.` : ".";
    const noise = lead
      ? ` From one to the next this difference moves by ${say(sd)} (standard deviation)${small}`
      : "";
    const fewer = gaps.filter((gap) => gap < 0).length;
    return `${here} On ${gaps.length} other ${game.problem.other} your setting minus theirs is `
      + `${say(mean, true)} on average${interval}, and yours is lower on ${fewer}. `
      + words + noise;
  }

  function scoreTable(others, found) {
    const { score, other, knobs } = game.problem;
    const head = ["player", "best setting", score, "above this map's lowest"];
    if (others) head.push(`mean on ${others.count} other ${other}`);
    const lookedUp = ([x]) => {
      const row = others.kept[nearestKept(others.kept, x)];
      return row === x ? "" : ` (at ${plain(knobs[0], row)})`;
    };
    const row = (player) => {
      const cell = found.best[player];
      const told = [player, setting(cell), say(loss(cell)), say(loss(cell) - lowest())];
      return others ? [...told, say(found.mean[player]) + lookedUp(cell)] : told;
    };
    return table("The score", head, PLAYERS.map(row));
  }

  function movesTable() {
    const row = (_, i) => [`${i + 1}`, ...PLAYERS.map((player) => {
      const cell = pathOf(player)[i];
      return `${setting(cell)}: ${say(loss(cell))}`;
    })];
    const moves = table("Moves in the order made", ["trial", ...PLAYERS], game.tries.map(row));
    return element("details", {}, element("summary", {}, "All moves in numbers"), moves);
  }

  function roundsTable() {
    const { rounds, problems } = game.index;
    const played = Object.keys(rounds).map((n) => [n, GameData.recall(key("score", n))]);
    const told = ([lead, verdict], n) => {
      const { digits } = problems[rounds[n]];
      const by = (Math.abs(lead) / 10 ** digits).toFixed(digits);
      const here = lead ? `${lead < 0 ? "won" : "lost"} by ${by}` : "level";
      return `${here}; elsewhere ${verdict}`;
    };
    const finished = played.filter(([, score]) => score);
    const row = ([n, score]) => [n, ...RIVALS.map((rival) => told(score[rival], n))];
    const head = ["round", "against random", "against Bayesian"];
    return table("Rounds you finished, first play", head, finished.map(row));
  }

  // What was guessed, beside what came out.
  function betSentence(found) {
    if (game.bet === null) return "";
    const beaten = RIVALS.filter((rival) => found.lead[rival] < 0);
    const lasting = beaten.filter((rival) => found.against[rival].verdict === "better");
    const guess = game.bet ? "You guessed that it lasts." : "You guessed that it does not last.";
    if (!beaten.length) return `${guess} There was no lead of yours to last.`;
    return `${guess} Of your ${beaten.length === 2 ? "two leads" : "one lead"} on this map `
      + `${lasting.length || "none"} is better on the other maps, too.`;
  }

  function drawScore(others, found) {
    const parts = [];
    if (others) {
      const verdicts = RIVALS.map((rival) => `Against ${rival} search: ${found.against[rival].verdict}.`);
      parts.push(element("p", { id: "game-verdicts" }, verdicts.join(" ")));
      const bet = betSentence(found);
      if (bet) parts.push(element("p", { id: "game-bet-said" }, bet));
      const told = RIVALS.map((rival) => element("p", {}, sentence(rival, found)));
      const rows = RIVALS.map((name) => ({
        name, colour: game.index.looks[name], found: found.against[name] }));
      const words = rows.map(({ name, found: { gaps, verdict } }) => {
        const lower = gaps.filter((gap) => gap < 0).length;
        const level = gaps.filter((gap) => gap === 0).length;
        return `Against ${name} search: ${verdict}. Yours is lower in ${lower} and level in `
          + `${level} of ${gaps.length}.`;
      }).join(" ");
      parts.push(GameDrawing.intervals(rows, margin(), (v) => say(v, true), words), ...told);
    } else {
      const lost = "The other maps could not be loaded, so nothing can be said of luck.";
      parts.push(element("p", {}, lost));
    }
    parts.push(scoreTable(others, found), movesTable());
    parts.push(element("h3", {}, "Your rounds so far"), roundsTable());
    at("score").replaceChildren(...parts);
  }

  async function finish(justNow) {
    const round = game.number;
    const others = await GameData.load(`others-${game.index.rounds[round]}`).catch(() => null);
    if (round !== game.number || !over()) return; // another round was opened meanwhile
    const found = result(others);
    if (others && !GameData.recall(key("score"))) { // the first play counts: then it is known
      const told = (rival) => [found.lead[rival], found.against[rival].verdict];
      GameData.remember(key("score"), Object.fromEntries(RIVALS.map((r) => [r, told(r)])));
    }
    game.shown = at("replay-slider").max = at("replay-slider").value = game.index.budget;
    const uncover = () => {
      at("bet").hidden = true;
      drawScore(others, found);
      at("end").hidden = false;
      if (justNow) at("uncovered").focus();
    };
    drawMap();
    if (!justNow || !others) return uncover();
    at("bet").hidden = false;
    at("uncovered").focus();
    const answer = (lasts) => () => {
      game.bet = lasts;
      uncover();
    };
    at("bet-yes").onclick = answer(true);
    at("bet-no").onclick = answer(false);
  }

  // Rounds

  function remembered() {
    const kept = GameData.recall(key("trials")), { sizes } = game.scale;
    const inside = (c, i) => Number.isInteger(c) && c >= 0 && c < sizes[i];
    const fits = (cell) => Array.isArray(cell) && cell.length === 2 && cell.every(inside);
    return Array.isArray(kept) && kept.every(fits) ? kept.slice(0, game.index.budget) : [];
  }

  async function openRound(wanted) {
    const turn = ++game.opening, { rounds, problems, budget } = game.index;
    const number = Object.hasOwn(rounds, wanted) ? wanted : "1";
    const round = await GameData.load(`round-${number}`).catch(() => null);
    if (turn !== game.opening) return;
    if (!round) {
      at("round").value = game.number ?? number;
      return tell(`The file of round ${number} could not be loaded.`);
    }
    GameData.load(`others-${rounds[number]}`).catch(() => {}); // for the end of the round
    const problem = problems[rounds[number]];
    const size = (knob) => Math.round((knob.high - knob.low) / knob.step) + 1;
    Object.assign(game, {
      number, problem, opponents: round.moves, cells: GameData.unpack(round.table),
      scale: GameDrawing.scale(problem.knobs.map(size)), shown: Infinity, bet: null,
    });
    game.tries = remembered();
    GameData.remember("hyperparameter-sweeps-game-last", number);
    at("round").value = number;
    const model = problem.title.split(",")[0];
    at("goal").textContent = `Each trial fits a ${model} and gives its error (${problem.score}). `
      + `Lower is better; the lowest of ${budget} counts.`;
    at("end").hidden = at("bet").hidden = true;
    drawForm();
    drawAll();
    if (over()) await finish(false);
    const made = game.tries.length ? `You have made ${game.tries.length} of ${budget} trials.`
      : `You have ${budget} trials.`;
    tell(wanted && wanted !== number ? `There is no round ${wanted}; this is round 1.`
      : `Round ${number}: ${problem.title}. ${made}`);
  }

  const asked = () => new URLSearchParams(location.hash.slice(1)).get("round");
  const begin = () => {
    at("round").scrollIntoView();
    at("knob-0").focus({ preventScroll: true });
  };

  function roundOptions({ rounds, problems }) {
    return Object.entries(rounds).map(([number, problem]) => {
      const again = rounds[number - 1] === problem ? ", again with other luck" : "";
      const words = `${number}: ${problems[problem].title}${again}`;
      return element("option", { value: number }, words);
    });
  }

  // A click on the map aims; a second one at the same place tries, as Enter does in the form. What
  // is dragged aims all the while.
  function cellUnder(event) {
    const toMap = at("map").getScreenCTM().inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(toMap);
    return game.scale.cellAt(point.x, point.y);
  }
  const aim = (cell) => cell.forEach((c, i) => setKnob(i, c));

  function clicked(event) {
    if (over()) return;
    const cell = cellUnder(event), { sizes } = game.scale, { aimed, dragged } = game;
    Object.assign(game, { dragged: false, aimed: dragged ? null : cell });
    const near = (c, i) => Math.abs(c - aimed[i]) <= 0.5 + 0.02 * sizes[i];
    if (aimed && !dragged && cell.every(near)) return at("form").requestSubmit();
    aim(cell);
  }

  function dragged(event) {
    if (over() || event.buttons !== 1 || !game.pressed) return;
    const [x, y] = game.pressed;
    if (Math.hypot(event.clientX - x, event.clientY - y) < 5 && !game.dragged) return;
    game.dragged = true;
    aim(cellUnder(event));
  }

  function listen() {
    at("round").addEventListener("change", (e) => { location.hash = `round=${e.target.value}`; });
    at("form").addEventListener("submit", tryIt);
    at("map").addEventListener("pointerdown", (event) => {
      Object.assign(game, { pressed: [event.clientX, event.clientY], dragged: false });
    });
    at("map").addEventListener("pointermove", dragged);
    at("map").addEventListener("click", clicked);
    at("replay-slider").addEventListener("input", (event) => {
      game.shown = +event.target.value;
      drawMap();
    });
    for (const player of PLAYERS) at(`show-${player}`).addEventListener("change", drawMap);
    at("again").addEventListener("click", () => {
      GameData.remember(key("trials"), []);
      openRound(game.number).then(begin);
    });
    at("next").addEventListener("click", () => {
      const following = `${+game.number + 1}`;
      const next = Object.hasOwn(game.index.rounds, following) ? following : "1";
      history.pushState(null, "", `#round=${next}`);
      openRound(next).then(begin);
    });
    addEventListener("hashchange", () => { // other anchors lead to the text below
      if (asked() || !location.hash) openRound(asked() ?? "1");
    });
  }

  async function start() {
    game.index = await GameData.load("index");
    at("round").replaceChildren(...roundOptions(game.index));
    const steps = game.index.colours.filter((_, i) => i % 4 === 0).join(", ");
    at("key-colours").style.background = `linear-gradient(to right, ${steps})`;
    listen();
    await openRound(asked() ?? GameData.recall("hyperparameter-sweeps-game-last") ?? "1");
    if (!game.problem) throw new Error("no round could be opened");
    document.getElementById("game").classList.remove("game-waiting");
    at("wait").hidden = true;
  }

  document.addEventListener("DOMContentLoaded", () => start().catch(() => {
    at("wait").textContent = "The game's files, in _static/game/rounds, could not be loaded.";
  }));
})();
