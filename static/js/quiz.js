// The quiz without waiting: tells the state of saving, tries again until the server has answered, and takes keys.
// Saving itself is htmx's; without this file and without htmx the same form posts and goes on.
(() => {
  "use strict";
  const RETRY_SECONDS = [1, 2, 4, 8, 15, 30];
  let saves = 0; // of this page: lets the server tell a late save from a new one
  let tries = 0;
  let timer = 0;
  let unsaved = false;

  const form = () => document.getElementById("answer");
  const autosave = () => document.querySelector("[data-autosave]");
  const state = (name) => {
    const mark = document.getElementById("save");
    if (mark) mark.dataset.state = name;
  };
  const isOurs = (event) => form() && form().contains(event.detail.elt);

  document.addEventListener("htmx:configRequest", (event) => {
    if (!isOurs(event)) return;
    saves += 1;
    event.detail.parameters.set("page_save", String(saves));
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event)) return;
    window.clearTimeout(timer);
    unsaved = true;
    state("saving");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event)) return;
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    if (status >= 200 && status < 400) {
      tries = 0;
      unsaved = false;
    } else if (status === 409 || status === 422) {
      tries = 0; // the page says what to do; what was typed is still in it
    } else if (status === 401) {
      retry(event.detail.elt, true);
    } else if (status === 403) {
      retry(event.detail.elt, true);
    } else if (status === 404 || status === 400) {
      state("lost");
    } else {
      state("failed");
      retry(event.detail.elt, false);
    }
  });

  // A logged-out page can't save: ask for a fresh form token now and then, until the person is logged in again.
  const retry = (elt, needsToken) => {
    const seconds = RETRY_SECONDS[Math.min(tries, RETRY_SECONDS.length - 1)];
    tries += 1;
    window.clearTimeout(timer);
    timer = window.setTimeout(async () => {
      if (needsToken && !(await freshToken())) return retry(elt, true);
      again(elt);
    }, seconds * 1000);
  };
  const again = (elt) => {
    if (!document.contains(elt)) return;
    if (elt === form()) elt.requestSubmit(lastButton || undefined);
    else window.htmx.trigger(elt, "retry");
  };
  const freshToken = async () => {
    try {
      const response = await fetch(window.location.href, { headers: { Accept: "text/html" } });
      if (!response.ok) return false;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("#answer [name=csrfmiddlewaretoken]");
      if (!fresh || !form()) return false;
      form().querySelector("[name=csrfmiddlewaretoken]").value = fresh.value;
      return true;
    } catch {
      return false;
    }
  };
  window.addEventListener("online", () => {
    if (unsaved && autosave()) again(autosave());
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && tries > 0) event.preventDefault();
  });

  let lastButton = null;
  document.addEventListener("submit", (event) => {
    if (event.target === form()) lastButton = event.submitter;
  }, true);
  // A new question: its heading is read out, and typing starts there.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target && event.detail.target.id === "quiz") {
      saves = 0;
      // A choice made before htmx knew the new page: save it now.
      const early = document.querySelector("#answer input[name=step]:checked");
      if (early && !early.defaultChecked) again(autosave());
      const heading = document.getElementById("question");
      if (heading) {
        heading.focus({ preventScroll: true });
        document.title = document.title.replace(/^.*( – )/, `${heading.textContent}$1`);
      }
    }
  });

  const press = (value) => {
    const button = form().querySelector(`.foot button[name=go][value=${value}]`);
    if (button) button.click();
  };
  document.addEventListener("keydown", (event) => {
    if (!form() || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target;
    if (at.closest("textarea, select, input:not([type=radio])")) return;
    const value = event.key === "n" ? "no_chance" : event.key;
    const radio = /^[0-5]$|^no_chance$/.test(value) && form().querySelector(`input[name=step][value="${value}"]`);
    if (radio) {
      event.preventDefault();
      radio.focus();
      if (!radio.checked) {
        radio.checked = true;
        radio.dispatchEvent(new Event("change", { bubbles: true }));
      }
    } else if (event.key === "ArrowRight") {
      event.preventDefault();
      press(form().querySelector(".foot button[value=next]") ? "next" : "check");
    } else if (event.key === "ArrowLeft") {
      event.preventDefault();
      press("previous");
    }
  });
})();
