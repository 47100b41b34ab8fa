// The quiz without waiting: a choice is saved, shown for a second, and the next question comes. Tells the state of saving,
// tries again until the server has answered, and takes keys. Saving itself is htmx's; without this file and without htmx
// the same form posts and goes on.
(() => {
  "use strict";
  const RETRY_SECONDS = [1, 2, 4, 8, 15, 30];
  const SHOWN_MS = 900; // how long a choice stands there before the next question comes
  let saves = 0; // of this page: lets the server tell a late save from a new one
  let tries = 0;
  let timer = 0;
  let waiting = null; // what still has no answer from the server: the choice with its evidence, or the whole form
  let chosenAt = 0; // when a choice was made that leads on; 0 when none was, or when something else was done since
  let onward = 0; // the timer until then

  const form = () => document.getElementById("answer");
  const autosave = () => document.querySelector("[data-autosave]");
  const state = (name) => {
    const mark = document.getElementById("save");
    if (mark) mark.dataset.state = name;
  };
  // What was sent stays ours when the answer has put the next question in its place, and htmx names a parent.
  const sent = (event) => (event.detail.requestConfig || event.detail).elt;
  const isOurs = (event) => [waiting, form(), autosave()].includes(sent(event));

  document.addEventListener("htmx:configRequest", (event) => {
    if (!isOurs(event)) return;
    saves += 1;
    event.detail.parameters.set("page_save", String(saves));
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event)) return;
    window.clearTimeout(timer);
    window.clearTimeout(onward);
    waiting = event.detail.elt;
    state("saving");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event)) return;
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    if (status >= 200 && status < 400) {
      settled();
      if (chosenAt && sent(event) === autosave()) goOnSoon();
    } else if (status === 409 || status === 422) {
      settled(); // the page says what to do; what was typed is still in it
    } else if (status === 401) {
      retry(sent(event), hereAgain);
    } else if (status === 403) {
      state("failed");
      retry(sent(event), anybody);
    } else if (status === 404 || status === 400) {
      state("lost");
    } else {
      state("failed");
      retry(sent(event));
    }
  });

  const settled = () => {
    window.clearTimeout(timer);
    tries = 0;
    waiting = null;
  };

  // Where a fresh form token comes from. A logged-out page can't save: it asks now and then for itself, until the person
  // is logged in again. A token that is no good says nothing of who is there: any page of ours with a form has another.
  const hereAgain = () => [window.location.href, "#answer [name=csrfmiddlewaretoken]"];
  const anybody = () => [document.getElementById("quiz").dataset.start, "[name=csrfmiddlewaretoken]"];
  const retry = (elt, source) => {
    const seconds = RETRY_SECONDS[Math.min(tries, RETRY_SECONDS.length - 1)];
    tries += 1;
    window.clearTimeout(timer);
    timer = window.setTimeout(async () => {
      if (source && !(await freshToken(...source()))) return retry(elt, source);
      again(elt);
    }, seconds * 1000);
  };
  const again = (elt) => {
    if (!document.contains(elt)) return;
    if (elt === form()) elt.requestSubmit(lastButton || undefined);
    else window.htmx.trigger(elt, "retry");
  };
  const freshToken = async (address, field) => {
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" } });
      if (!response.ok) return false;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector(field);
      if (!fresh || !form()) return false;
      form().querySelector("[name=csrfmiddlewaretoken]").value = fresh.value;
      return true;
    } catch {
      return false;
    }
  };
  window.addEventListener("online", () => {
    if (waiting) again(waiting);
  });
  window.addEventListener("beforeunload", (event) => {
    if (waiting && tries > 0) event.preventDefault();
  });

  // What is being typed is not saved yet, whatever was saved before.
  document.addEventListener("input", (event) => {
    if (event.target.id === "evidence") state("saving");
  });

  let lastButton = null;
  document.addEventListener("submit", (event) => {
    if (event.target === form()) lastButton = event.submitter;
  }, true);

  // A choice: shown at once, saved by htmx, and when the server has it and it was seen, on to what comes next.
  let isReady = false; // before htmx knows the page, the form posts by itself
  document.addEventListener("htmx:load", () => {
    isReady = true;
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("#answer button[name=step]");
    if (!isReady || !button) return;
    event.preventDefault();
    for (const each of form().querySelectorAll("button[name=step]")) {
      each.setAttribute("aria-pressed", String(each === button));
    }
    document.getElementById("step").value = button.value;
    chosenAt = Date.now();
    window.clearTimeout(onward);
    window.htmx.trigger(autosave(), "choose");
  });
  const goOnSoon = () => {
    window.clearTimeout(onward);
    onward = window.setTimeout(() => {
      const link = document.getElementById("go-on");
      if (link.href && chosenAt) link.click();
    }, Math.max(0, chosenAt + SHOWN_MS - Date.now()));
  };
  const stay = () => {
    chosenAt = 0;
    window.clearTimeout(onward);
  };
  // Who opens or writes something stays here.
  document.addEventListener("input", stay);
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("#quiz :is(summary, .foot button, .more button)")) stay();
  });
  const isQuestion = (event) => Boolean(event.detail.target && event.detail.target.id === "quiz");
  // A new question: its heading is read out, and typing starts there. At once, so that no choice loses the focus.
  document.addEventListener("htmx:afterSwap", (event) => {
    const heading = document.getElementById("question");
    if (!isQuestion(event) || !heading) return;
    heading.focus({ preventScroll: true });
    document.title = document.title.replace(/^.*( – )/, `${heading.textContent}$1`);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!isQuestion(event)) return;
    saves = 0;
    stay();
    settled();
  });

  // What the site announces comes with each answer. Put in its place again, it would be read out again.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.id !== "announcement") return;
    event.detail.shouldSwap = target.textContent.trim() !== fragment.textContent.trim();
  });

  // A line of the evidence log becomes part of the note.
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-use]");
    const note = document.getElementById("evidence");
    if (!button || !note) return;
    note.closest("details").open = true;
    note.value = [note.value.trim(), button.dataset.use].filter(Boolean).join("\n").slice(0, note.maxLength);
    note.dispatchEvent(new Event("input", { bubbles: true }));
    note.focus();
  });

  const press = (value) => {
    const button = form().querySelector(`#onward button[name=go][value=${value}]`);
    if (button) button.click();
  };
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    // Only from within the question: typed anywhere else, a letter is meant for something else (WCAG 2.1.4).
    const isWithin = form() && at.closest("#quiz") && !at.closest("[data-no-keys]");
    if (!isWithin || event.ctrlKey || event.metaKey || event.altKey) return;
    if (at.closest("textarea, select, input")) return;
    const value = event.key === "n" ? "no_chance" : event.key;
    const choice = /^[0-9]$|^no_chance$/.test(value) && form().querySelector(`button[name=step][value="${value}"]`);
    if (choice) {
      event.preventDefault();
      choice.focus();
      choice.click();
    } else if (event.key === "ArrowRight") {
      event.preventDefault();
      press("next");
    } else if (event.key === "ArrowLeft") {
      event.preventDefault();
      press("previous");
    }
  });
})();
