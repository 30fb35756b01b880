// Lets the offer to undo go when its time is over, and says how much is left: <aside data-undo data-seconds="10">.
(() => {
  const toast = document.querySelector("[data-undo]");
  if (!toast) return;
  const shown = toast.querySelector("[data-undo-left]");
  const spoken = toast.querySelector("[data-undo-said]");
  const words = shown.textContent;
  const endsAt = performance.now() + toast.dataset.seconds * 1000;
  let said = Infinity;

  const leave = () => {
    const main = document.getElementById("main");
    if (toast.contains(document.activeElement) && main) main.focus({ preventScroll: true });
    document.querySelectorAll("[data-undo-link]").forEach((link) => link.remove());
    document.documentElement.classList.remove("has-toast");
    toast.remove();
  };

  const tick = () => {
    const left = Math.ceil((endsAt - performance.now()) / 1000);
    if (left <= 0) {
      if (!toast.querySelector("form[data-sent]")) leave();
      return;
    }
    shown.textContent = words.replace("{n}", left);
    shown.hidden = false;
    if (said - left >= 5) {
      said = left;
      spoken.textContent = spoken.dataset.undoSaid.replace("{n}", left);
    }
    setTimeout(tick, 250);
  };

  setTimeout(tick, 100);
})();
