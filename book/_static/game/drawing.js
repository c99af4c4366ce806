// Elements, tables and pictures. Nothing here knows of rounds or players' turns: what is drawn is
// handed in, with `scale` for the map of a problem (made by GameDrawing.scale).
const GameDrawing = {
  element: TryParts.html,
  svg: TryParts.svg,

  table(caption, head, rows) {
    const { element } = GameDrawing;
    const titles = head.map((title) => element("th", { scope: "col" }, title));
    const row = ([first, ...rest]) => element("tr", {},
      element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell)));
    const table = element("table", { class: "table" }, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...titles)),
      element("tbody", {}, ...rows.map(row)));
    return element("div", { class: "pst-scrollable-table-container", tabindex: 0 }, table);
  },

  // Where the cells of a map lie in its picture: 480 by 300, with room for the axes.
  scale(sizes) {
    const left = 58, right = 456, top = 10, bottom = 254;
    return {
      sizes, left, right, top, bottom, width: right - left, height: bottom - top,
      x: (cell) => left + ((cell + 0.5) / sizes[0]) * (right - left),
      y: (cell) => bottom - ((cell + 0.5) / sizes[1]) * (bottom - top),
      cellAt: (x, y) => [(x - left) / (right - left), (bottom - y) / (bottom - top)].map(
        (share, i) => Math.min(Math.max(Math.floor(share * sizes[i]), 0), sizes[i] - 1)),
    };
  },

  axes(svg, scale, knobs) {
    const { svg: draw } = GameDrawing;
    const { left, right, top, bottom, width, height } = scale;
    svg.append(draw("rect", { x: left, y: top, width, height, class: "game-frame" }));
    knobs.forEach((knob, i) => {
      const decades = Array.from({ length: knob.high - knob.low + 1 }, (_, k) => knob.low + k);
      const quarters = [knob.low, ...[1, 2, 3, 4].map((quarter) => (quarter * knob.high) / 4)];
      for (const tick of knob.log ? decades : quarters) {
        const cell = (tick - knob.low) / knob.step, label = knob.log ? `1e${tick}` : `${tick}`;
        const at = i ? { x: left - 6, y: scale.y(cell) + 4, "text-anchor": "end" }
          : { x: scale.x(cell), y: bottom + 16, "text-anchor": "middle" };
        svg.append(draw("text", at, label));
      }
    });
    const middle = { x: (left + right) / 2, y: 292, "text-anchor": "middle" };
    svg.append(draw("text", middle, knobs[0].name));
    const beside = { x: 14, y: bottom / 2, transform: `rotate(-90 14 ${bottom / 2})` };
    svg.append(draw("text", { ...beside, "text-anchor": "middle" }, knobs[1].name));
  },

  // Every cell, as an image that is stretched over the frame.
  picture(scale, colourOf) {
    const [width, height] = scale.sizes;
    const canvas = GameDrawing.element("canvas", { width, height });
    const pen = canvas.getContext("2d");
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        pen.fillStyle = colourOf([x, y]);
        pen.fillRect(x, height - 1 - y, 1, 1);
      }
    }
    return GameDrawing.svg("image", {
      x: scale.left, y: scale.top, width: scale.width, height: scale.height,
      href: canvas.toDataURL(), preserveAspectRatio: "none", style: "image-rendering: pixelated",
    });
  },

  // A player's mark: told apart by shape as well as by colour.
  mark(player, x, y, size, fill) {
    const half = size * 0.85;
    const shape = {
      you: ["circle", { cx: x, cy: y, r: size }],
      random: ["rect", { x: x - half, y: y - half, width: 2 * half, height: 2 * half }],
      Bayesian: ["path", {
        d: `M${x},${y - size * 1.2}L${x + size * 1.1},${y + size * 0.8}H${x - size * 1.1}Z`,
      }],
    }[player];
    return GameDrawing.svg(shape[0], { ...shape[1], class: "game-mark", fill });
  },

  // Best so far of each player against trials: lines are {name, colour, values}; values of
  // `Infinity` are not drawn.
  bestSoFar(lines, trials, say, words) {
    const { svg: draw } = GameDrawing, bottom = 150, left = 62, right = 372;
    const known = lines.flatMap((line) => line.values.slice(2)).filter(Number.isFinite);
    const all = lines.flatMap((line) => line.values).filter(Number.isFinite);
    const low = Math.min(...all, Infinity), high = Math.max(...(known.length ? known : all), low);
    const svg = draw("svg", { viewBox: "0 0 480 196", role: "img", class: "game-figure",
      "aria-label": words });
    const x = (i) => left + (i / trials) * (right - left);
    const y = (v) => bottom - 10 - (high > low ? Math.min((v - low) / (high - low), 1) : 0) * 112;
    svg.append(draw("path", { d: `M${left},20V${bottom}H${right}`, class: "game-frame" }));
    svg.append(draw("text", { x: left, y: 12 }, all.length ? "lowest error so far"
      : "After your first trial: the lowest error so far, of all three"));
    let last = Infinity;
    const ends = (line) => line.values.at(-1) ?? Infinity;
    [...lines].sort((a, b) => ends(a) - ends(b)).forEach(({ name, colour, values }) => {
      if (!values.length) return;
      const step = (v, i) => `${i ? `H${x(i + 1)}V` : `M${x(1)},`}${y(v)}`;
      const stroke = colour ? { stroke: colour } : {};
      svg.append(draw("path", { d: `${values.map(step).join("")}H${x(values.length) + 4}`,
        class: `game-line game-line-${name}`, ...stroke }));
      last = Math.min(y(values.at(-1)) + 4, last - 15);
      svg.append(draw("text", { x: x(values.length) + 10, y: last }, name));
    });
    for (const i of [1, 10, trials]) {
      svg.append(draw("text", { x: x(i), y: bottom + 16, "text-anchor": "middle" }, `${i}`));
    }
    if (all.length) {
      for (const value of high > low ? [low, high] : [low]) {
        const beside = { x: left - 6, y: y(value) + 4, "text-anchor": "end" };
        svg.append(draw("text", beside, say(value)));
      }
    }
    const middle = { x: (left + right) / 2, y: bottom + 36, "text-anchor": "middle" };
    svg.append(draw("text", middle, "trials"));
    return svg;
  },

  // A row a rival: a dot for each other map, a bar for the interval, a band for the margin.
  intervals(rows, margin, say, words) {
    const { svg: draw } = GameDrawing;
    const ends = rows.flatMap(({ found }) => [...found.gaps, found.low, found.high]);
    const far = Math.max(...ends.filter(Number.isFinite).map(Math.abs), margin, 1);
    const x = (value) => 270 + (value / far) * 150;
    const svg = draw("svg", { viewBox: "0 0 480 150", role: "img", class: "game-figure",
      "aria-label": words });
    svg.append(draw("rect", { x: x(-margin), y: 8, width: x(margin) - x(-margin), height: 100,
      class: "game-margin" }));
    svg.append(draw("line", { x1: x(0), x2: x(0), y1: 8, y2: 108, class: "game-zero" }));
    rows.forEach(({ name, colour, found }, i) => {
      const y = 34 + 48 * i;
      svg.append(draw("text", { x: 100, y: y - 2, "text-anchor": "end" }, name));
      svg.append(draw("text", { x: 100, y: y + 13, "text-anchor": "end" }, found.verdict));
      found.gaps.forEach((gap, k) => svg.append(draw("circle", {
        cx: x(gap), cy: y - 8 + ((2 * k) % 5 - 2) * 2.5, r: 3, fill: colour, class: "game-mark",
      })));
      if (Number.isFinite(found.low)) {
        svg.append(draw("line", { x1: x(found.low), x2: x(found.high), y1: y + 11, y2: y + 11,
          class: "game-interval" }));
        svg.append(draw("circle", { cx: x(found.mean), cy: y + 11, r: 4, class: "game-middle" }));
      }
    });
    for (const value of [-far, 0, far]) {
      svg.append(draw("text", { x: x(value), y: 124, "text-anchor": "middle" }, say(value)));
    }
    const under = { x: x(0), y: 142, "text-anchor": "middle" };
    svg.append(draw("text", under, "← yours better · yours less theirs · theirs better →"));
    return svg;
  },
};
