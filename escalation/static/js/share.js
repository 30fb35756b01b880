// Copies the neutral text of a case, or hands it to the telephone's own sharing: components/share.html.
(() => {
  const box = document.querySelector("[data-share]");
  if (!box) return;
  const field = box.querySelector("textarea"), said = box.querySelector("[data-copied]");
  const offer = (name, act) => {
    const button = box.querySelector(`[data-${name}]`);
    button.hidden = false;
    button.addEventListener("click", act);
  };
  offer("copy", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch (refused) {
      field.select();
      document.execCommand("copy");
    }
    said.textContent = said.dataset.copied;
  });
  if (navigator.share) offer("hand", () => navigator.share({ text: field.value }).catch(() => {}));
})();
