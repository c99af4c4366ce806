// What the game and the things to try share: elements, numbers from text, and a box beside a figure.
const TryParts = {
  filled(element, attributes, inside) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  },
  html: (tag, attributes = {}, ...inside) =>
    TryParts.filled(document.createElement(tag), attributes, inside),
  svg: (tag, attributes = {}, ...inside) =>
    TryParts.filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, inside),

  // Whole numbers of two bytes, packed as base64.
  unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Uint16Array(bytes.buffer);
  },

  // Round numbers along an axis, three to six of them.
  ticks(low, high) {
    const rough = (high - low) / 4, ten = 10 ** Math.floor(Math.log10(rough));
    const step = ten * [1, 2, 5, 10].find((times) => times * ten >= rough * 0.8);
    const found = [];
    for (let at = Math.ceil(low / step); at * step <= high; at++) found.push(at * step);
    return found;
  },

  // Each label stands together with its control and what that says, up to the next label or button.
  grouped(controls) {
    let group = null;
    for (const part of [...controls.children]) {
      if (part.tagName === "LABEL") controls.insertBefore(group = TryParts.html("span", { class: "try-control" }), part);
      if (part.tagName === "BUTTON") group = null;
      group?.append(part);
    }
  },

  // A box below the cell of a figure, or the figure; nothing where the page has no such figure.
  beside(figure, heading, ...inside) {
    inside.filter((element) => element.className === "try-controls").forEach(TryParts.grouped);
    const found = document.getElementById(figure), place = found?.closest(".cell") ?? found;
    place?.after(TryParts.html("div", { class: "try" }, TryParts.html("p", { class: "try-title" }, heading), ...inside));
    return Boolean(place);
  },
};
