// Dragging the plan into another order, with a mouse or a finger. The arrows beside each item do the same without this.
(() => {
  "use strict";
  let dragged = null;
  let next = null; // what stood behind it before

  const grips = () => document.querySelectorAll("[data-grip]").forEach((grip) => { grip.hidden = false; });
  document.addEventListener("DOMContentLoaded", grips);
  document.addEventListener("htmx:afterSwap", grips);

  const end = () => {
    const item = dragged;
    dragged = null;
    item.classList.remove("dragged");
    return item;
  };
  const takeBack = () => {
    if (!dragged) return;
    const item = end();
    item.parentElement.insertBefore(item, next);
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target instanceof Element && event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault(); // selects no text
    grip.setPointerCapture(event.pointerId);
    dragged = grip.closest("li");
    next = dragged.nextElementSibling;
    dragged.classList.add("dragged");
  });
  document.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    for (const other of dragged.parentElement.children) {
      const box = other.getBoundingClientRect();
      if (other === dragged || event.clientY < box.top || event.clientY > box.bottom) continue;
      if (event.clientY < box.top + box.height / 2) other.before(dragged);
      else other.after(dragged);
      break;
    }
  });
  document.addEventListener("pointerup", () => {
    if (!dragged) return;
    const item = end();
    if (item.nextElementSibling === next) return;
    const form = item.querySelector("form.order");
    form.elements.before.value = item.nextElementSibling
      ? item.nextElementSibling.dataset.item
      : item.parentElement.dataset.behind;
    form.querySelector("[value=before]").click();
  });
  document.addEventListener("pointercancel", takeBack);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") takeBack();
  });
})();
