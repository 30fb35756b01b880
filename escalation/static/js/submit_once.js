// A second tap on a slow line must not send a form twice. The button keeps its name and value: it is disabled after the send began.
(() => {
  const retryAfterMs = 15000;
  const buttonsOf = (form) => form.querySelectorAll("button:not([type=button]), input[type=submit]");

  const release = (form) => {
    delete form.dataset.sent;
    buttonsOf(form).forEach((button) => { button.disabled = false; });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => buttonsOf(form).forEach((button) => { button.disabled = true; }), 0);
    setTimeout(release, retryAfterMs, form);
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });
})();
