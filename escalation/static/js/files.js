// The script that sends files is fetched once somebody chooses one, or leaves one out: <div data-files="address">.
(() => {
  document.querySelectorAll("[data-files]").forEach((box) => {
    box.addEventListener("change", async () => (await import(box.dataset.files)).begin(box));
  });
})();
