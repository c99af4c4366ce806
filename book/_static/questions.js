// Quizzes to answer and guesses to mark, made from the page's own text; without scripts its folds
// stay. What was answered is remembered in this browser, page by page.
(() => {
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const kept = (name, value) => {
    const key = `${location.pathname.split("/").pop()} ${name}`;
    try {
      if (value !== undefined) localStorage.setItem(key, value);
      return localStorage.getItem(key);
    } catch {
      return null; // a browser that keeps nothing
    }
  };

  // A question is a bold paragraph that begins with its number; its options are the folds below.
  function questions(section) {
    const found = [];
    for (const element of section.children) {
      if (element.matches("p") && /^\d+\. /.test(element.querySelector("strong")?.textContent ?? ""))
        found.push({ asked: element, options: [] });
      else if (element.matches("details") && found.length) found.at(-1).options.push(element);
    }
    return found.filter((question) => question.options.length > 1);
  }

  function quiz(section) {
    const all = questions(section);
    if (!all.length) return;
    const score = make("p", { className: "quiz-score", role: "status" });
    const right = all.map(() => null);
    const count = () => {
      const done = right.filter((r) => r !== null).length;
      score.textContent = done ? `${right.filter(Boolean).length} of ${all.length} right` + (done < all.length ? ` so far, ${all.length - done} to go.` : ".") : "";
    };
    section.querySelector("p").textContent = "Choose an answer to each question, and check it.";
    all.forEach((question, i) => {
      const form = make("form", { className: "quiz", autocomplete: "off" });
      const group = make("fieldset", {}, make("legend", {}, ...question.asked.childNodes));
      const said = make("div", { className: "quiz-said", role: "status" });
      question.options.forEach((option, k) => {
        const input = make("input", { type: "radio", name: `question-${i}`, value: k, required: true });
        group.append(make("label", {}, input, " ", ...option.querySelector("summary").childNodes));
      });
      group.append(make("button", { className: "quiz-check" }, "Check"), said);
      form.append(group);
      const answer = (k) => {
        const reason = [...question.options[k].childNodes].filter((n) => n.nodeName !== "SUMMARY").map((n) => n.cloneNode(true));
        right[i] = /^\s*Right/.test(question.options[k].textContent.replace(/^\s+/, ""))
          || reason.some((n) => /^\s*Right\b/.test(n.textContent));
        said.replaceChildren(make("strong", {}, right[i] ? "✓ Right." : "✗ Not this one."), ...reason);
        said.className = `quiz-said ${right[i] ? "quiz-right" : "quiz-wrong"}`;
        const first = said.querySelector("p");
        if (first) first.innerHTML = first.innerHTML.replace(/^\s*(Right|No): (.)/, (_, word, letter) => letter.toUpperCase());
        kept(`question ${i}`, k);
        count();
      };
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        answer(Number(new FormData(form).get(`question-${i}`)));
      });
      question.asked.replaceWith(form);
      question.options.forEach((option) => option.remove());
      const before = kept(`question ${i}`);
      if (before !== null && question.options[before]) {
        form.querySelectorAll("input")[before].checked = true;
        answer(Number(before));
      }
    });
    section.append(score);
    count();
  }

  // A guess is a paragraph that asks for one. The next output waits until it is marked, and with it
  // the cells right below, unless the text goes on to something else first.
  function guess(paragraph, i) {
    const answered = paragraph.nextElementSibling?.matches(".cell") || /^Before you run/.test(paragraph.querySelector("strong").textContent);
    if (!answered) return;
    let cell = paragraph.nextElementSibling;
    while (cell && !cell.matches(".cell:has(.cell_output)")) cell = cell.nextElementSibling ?? cell.closest("section")?.nextElementSibling?.firstElementChild ?? null;
    if (!cell) return;
    const output = cell.querySelector(".cell_output");
    const below = [];
    for (let next = cell.nextElementSibling; next?.matches(".cell"); next = next.nextElementSibling) below.push(next);
    const wait = (yes) => {
      output.classList.toggle("guess-waits", yes);
      below.forEach((later) => later.classList.toggle("guess-later", yes));
    };
    const field = make("input", { type: "text", id: `guess-${i}`, autocomplete: "off" });
    const said = make("p", { className: "guess-said", role: "status" });
    const form = make("form", { className: "guess" }, make("label", { htmlFor: field.id }, "Your guess"), field,
      make("button", {}, "Mark it, and show the answer"));
    const link = make("a", { href: `#guess-answer-${i}` }, "Marked: see the answer below ↓");
    const show = (text) => {
      said.textContent = text ? `You guessed: ${text}` : "";
      wait(false);
      output.id ||= `guess-answer-${i}`;
      link.hash = output.id;
      form.append(link);
      if (!said.isConnected) output.after(said);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      kept(`guess ${i}`, field.value);
      show(field.value);
    });
    paragraph.after(form);
    const before = kept(`guess ${i}`);
    if (before !== null) {
      field.value = before;
      show(before);
    } else wait(true);
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("section#check-yourself").forEach(quiz);
    [...document.querySelectorAll(".bd-article p")]
      .filter((p) => /^Before you /.test(p.querySelector("strong")?.textContent ?? "") && /guess/i.test(p.textContent))
      .forEach(guess);
  });
})();
