// Repairs to the stock theme for those who read by keyboard or screen reader. No requests.
// A page opened as a file may not read others, as the search does for its excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

document.addEventListener("DOMContentLoaded", () => {
  // The search shows what a page says, and not its menus or code.
  if (typeof Search !== "undefined") Search.htmlToText = (html) => {
    const article = new DOMParser().parseFromString(html, "text/html").querySelector("article");
    article?.querySelectorAll("pre, script, style, h1, .headerlink").forEach((e) => e.remove());
    return article?.textContent ?? "";
  };

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
  });
  reach();
  addEventListener("load", reach);
  addEventListener("resize", reach);
  addEventListener("toggle", reach, true); // a <details> was opened

  // On paper every solution is open.
  addEventListener("beforeprint", () => all("details", (e) => (e.open = true)));
});
