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

  // A box below the cell of a figure, or the figure; nothing where the page has no such figure.
  beside(figure, heading, ...inside) {
    const found = document.getElementById(figure), place = found?.closest(".cell") ?? found;
    place?.after(TryParts.html("div", { class: "try" }, TryParts.html("p", { class: "try-title" }, heading), ...inside));
    return Boolean(place);
  },
};
