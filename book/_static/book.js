// Repairs to the stock theme for those who read by keyboard or screen reader. No requests.
// A page opened as a file may not read others, as the search does for its excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search !== "undefined") searchInSections();

  const all = (selector, repair) => document.querySelectorAll(selector).forEach(repair);

  // The visible words of a button are its name: a second, different one confuses voice control.
  all("button.search-button-field, details.hide summary", (e) => e.removeAttribute("aria-label"));
  // The book's name stands outside every landmark.
  all(".bd-sidebar-primary .sidebar-primary-items__start", (e) => {
    e.setAttribute("role", "navigation");
    e.setAttribute("aria-label", "Book");
  });
  // Entries of a list, whatever their outdated role says.
  all(".citation-list", (e) => e.removeAttribute("role"));
  all("[role=doc-biblioentry]", (e) => e.removeAttribute("role"));
  all(".task-list-item-checkbox", (e) => e.setAttribute("aria-label", e.parentElement.textContent.trim()));

  // What scrolls sideways can be reached by keyboard.
  const boxes = "pre, .output, .text_html, div.math, .pst-scrollable-table-container";
  const reach = () => all(boxes, (e) => {
    if (e.scrollWidth > e.clientWidth) e.tabIndex = 0;
    const cue = () => e.classList.toggle("more-right", e.scrollWidth - e.scrollLeft > e.clientWidth + 2);
    cue();
    e.onscroll = cue;
  });
  reach();
  addEventListener("load", reach);
  addEventListener("resize", reach);
  addEventListener("toggle", reach, true); // a <details> was opened

  // On paper every solution is open.
  addEventListener("beforeprint", () => all("details", (e) => (e.open = true)));
});

// The search shows what a page says, and not its menus, formulas or code, and leads to the section.
function searchInSections() {
  const article = (html) => {
    const found = new DOMParser().parseFromString(html, "text/html").querySelector("article");
    found?.querySelectorAll("pre, script, style, svg, h1, .headerlink, .math").forEach((e) => e.remove());
    // Or the last word of a block and the first of the next would be one.
    found?.querySelectorAll("p, li, td, th, h2, h3, h4, dt, dd, summary, figcaption").forEach((e) => e.append(" "));
    return found;
  };
  Search.htmlToText = (html, anchor) => {
    const found = article(html), part = anchor ? found?.querySelector(`[id="${anchor.slice(1)}"]`) : null;
    return (part ?? found)?.textContent ?? "";
  };
  const sectionOf = (html, words) => {
    const holds = (section) => words.every((word) => section.textContent.toLowerCase().includes(word));
    const sections = [...(article(html)?.querySelectorAll("section section[id]") ?? [])].filter(holds);
    return sections.find((section) => !sections.some((other) => other !== section && section.contains(other)));
  };
  const summary = Search.makeSearchSummary;
  Search.makeSearchSummary = (html, words, anchor) => {
    const section = anchor ? null : sectionOf(html, [...words]);
    const made = summary(html, words, section ? `#${section.id}` : anchor);
    // The words that were cut at its ends go.
    if (made) made.textContent = made.textContent.replace(/^\.\.\.\S*\s+/, "… ").replace(/\s\S*(\.\.\.|[^.?!])$/, " …");
    if (made && section) queueMicrotask(() => {
      const link = made.closest("li")?.querySelector("a");
      if (link) link.href += `#${section.id}`;
    });
    return made;
  };
}
