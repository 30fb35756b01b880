// Says how much of a limited text is used: <p class="counter" data-counts="field-id" hidden></p> beside a field with maxlength.
(() => {
  document.querySelectorAll("[data-counts]").forEach((counter) => {
    const field = document.getElementById(counter.dataset.counts);
    if (!field || field.maxLength < 1) return;
    const show = () => { counter.textContent = `${field.value.length} / ${field.maxLength}`; };
    counter.dir = "ltr";
    counter.hidden = false;
    field.addEventListener("input", show);
    show();
  });
})();
