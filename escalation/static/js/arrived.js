// What this browser kept of a form is forgotten: once it has arrived, after a week, and when its writer signs out.
(() => {
  const weekMs = 6048e5;
  const came = document.referrer && new URL(document.referrer).pathname;
  const wasRefused = document.querySelector("[data-held]");
  const sweep = (isGone) => {
    try {
      Object.keys(localStorage).filter((key) => key.startsWith("keep:")).forEach((key) => {
        if (isGone(key, JSON.parse(localStorage.getItem(key)))) localStorage.removeItem(key);
      });
    } catch (refused) {
      // Storage may be switched off; then nothing was kept.
    }
  };

  // What was sent from the page before this one, and met no refusal, has arrived.
  sweep((key, { at, sent }) => at < Date.now() - weekMs
    || (sent && !wasRefused && (sent === came || key.endsWith(`:${came}`))));
  document.addEventListener("submit", ({ target }) => {
    if (target.getAttribute("action") === "/sign-out") sweep(() => true);
  });
})();
