// <nn2-question>: choices as radio buttons, the reason at once. What was chosen stays in this browser and is sent nowhere.

const PREFIX = "nn2-question:";

/** The key under which a page's choices are kept. */
export const keyOf = (page) => PREFIX + page;

/** What was chosen on a page: {name of the question: index of the choice}. Anything unreadable counts as nothing. */
export function readChoices(storage, page) {
  try {
    const kept = JSON.parse(storage.getItem(keyOf(page)) ?? "{}");
    return Object.fromEntries(Object.entries(kept).filter(([, choice]) => Number.isInteger(choice) && choice >= 0));
  } catch {
    return {};
  }
}

/** Keep one choice, or forget the page's where name is undefined. A browser that keeps nothing is no error. */
export function keepChoice(storage, page, name, choice) {
  try {
    if (name === undefined) storage.removeItem(keyOf(page));
    else storage.setItem(keyOf(page), JSON.stringify({ ...readChoices(storage, page), [name]: choice }));
  } catch {
    // storage is full or forbidden: the answer still shows, and is forgotten with the page
  }
}

/** One line on how far the reader is: questions is [{name, right}]. */
export function progress(questions, chosen) {
  const right = questions.filter(({ name, right }) => chosen[name] === right).length;
  const answered = questions.filter(({ name }) => name in chosen).length;
  if (answered === 0) return "";
  const rest = questions.length - answered;
  return `${right} of ${questions.length} right${rest ? `, ${rest} still open` : ""}.`;
}

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

const Base = globalThis.HTMLElement ?? class {};

class Question extends Base {
  connectedCallback() {
    if (this.made) return;
    this.made = true;
    this.right = Number(this.dataset.right);
    const answer = this.querySelector("details.question-answer");
    const reasons = [...answer.querySelectorAll(":scope > ol > li")];
    const choices = this.querySelector("ol.question-choices");
    const text = this.querySelector(".question-text");
    text.id ||= `question-text-${this.dataset.name}`;
    choices.setAttribute("role", "radiogroup");
    choices.setAttribute("aria-labelledby", text.id);
    this.radios = [...choices.children].map((item, index) => {
      const radio = element("input", { type: "radio", name: `question-${this.dataset.name}` });
      radio.addEventListener("change", () => this.choose(index, true));
      item.setAttribute("role", "presentation");
      const letter = element("span", { textContent: `(${"abcde"[index]})` }); // a name, where the choice is all formula
      const label = element("label", {}, radio, letter, element("span", {}, ...item.childNodes));
      const verdict = element("strong");
      const reason = element("div", { className: "question-reason", hidden: true }, verdict, ...reasons[index].childNodes);
      item.append(label, element("div", { role: "status" }, reason));
      return { radio, item, reason, verdict };
    });
    answer.remove();
    const chosen = readChoices(this.storage, this.dataset.page)[this.dataset.name];
    if (chosen < this.radios.length) this.choose(chosen, false);
    queueMicrotask(() => Question.report(this.dataset.page));
  }

  get storage() {
    try {
      return globalThis.localStorage;
    } catch {
      return undefined;
    }
  }

  choose(index, keep) {
    this.radios.forEach(({ radio, item, reason, verdict }, other) => {
      const isChosen = other === index;
      radio.checked = isChosen;
      reason.hidden = !isChosen;
      item.classList.toggle("is-right", isChosen && other === this.right);
      item.classList.toggle("is-wrong", isChosen && other !== this.right);
      verdict.textContent = other === this.right ? "Right. " : "Not quite. ";
    });
    if (!keep) return;
    keepChoice(this.storage, this.dataset.page, this.dataset.name, index);
    Question.report(this.dataset.page);
  }

  /** The line and the button after the page's last question. */
  static report(page) {
    const all = [...document.querySelectorAll("nn2-question")];
    const last = all.at(-1);
    const chosen = Object.fromEntries(
      all.map((one) => [one.dataset.name, one.radios?.findIndex(({ radio }) => radio.checked) ?? -1]).filter(([, at]) => at >= 0),
    );
    let line = document.querySelector(".question-progress");
    if (!line) {
      const clear = element("button", { type: "button", textContent: "Clear my answers" });
      clear.addEventListener("click", () => {
        keepChoice(last.storage, page, undefined);
        all.forEach((one) => one.choose(-1, false));
        Question.report(page);
        all[0].radios[0].radio.focus();
      });
      line = element("div", { className: "question-progress" }, element("span", { role: "status" }), clear);
      last.after(line);
    }
    const said = progress(all.map((one) => ({ name: one.dataset.name, right: Number(one.dataset.right) })), chosen);
    line.firstChild.textContent = said;
    line.hidden = said === "";
  }
}

globalThis.customElements?.define("nn2-question", Question);
