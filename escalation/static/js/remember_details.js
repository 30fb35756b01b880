// A folded part that the reader opened stays open on the next page of the same kind: <details data-remember="name">.
(() => {
  document.querySelectorAll("details[data-remember]").forEach((details) => {
    const key = `details:${details.dataset.remember}`;
    try {
      if (sessionStorage.getItem(key) === "open") details.open = true;
      details.addEventListener("toggle", () => sessionStorage.setItem(key, details.open ? "open" : "shut"));
    } catch (refused) {
      // Storage may be switched off; the part then simply starts as the server drew it.
    }
  });
})();
