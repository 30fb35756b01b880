// The script that sends files is fetched once somebody chooses one, or where some wait already: <div data-files="address">.
(() => {
  document.querySelectorAll("[data-files]").forEach((box) => {
    const begin = () => import(box.dataset.files).then((files) => files.begin(box));
    if (box.querySelector("li")) begin();
    box.addEventListener("change", begin);
  });
})();
