// Proposes an answer from other answers until the reader writes their own.
// <input data-propose-title="obstacle_type project_name">: the texts of those fields, joined.
// <select name="sector" data-follows="obstacle_type">: the chosen option's data-sector.
(() => {
  const byId = (id) => document.getElementById(id);
  const textOf = (field) => {
    if (field.tagName !== "SELECT") return field.value.trim();
    const option = field.selectedOptions[0];
    return option && option.value ? option.text.trim() : "";
  };

  const propose = (target, sources, answer) => {
    if (!sources.length || sources.includes(null)) return;
    let proposed = target.value && target.value === answer() ? target.value : "";
    const refresh = () => {
      if (target.value && target.value !== proposed) return;
      target.value = answer();
      proposed = target.value;
    };
    sources.forEach((source) => {
      source.addEventListener("input", refresh);
      source.addEventListener("change", refresh);
    });
    refresh();
  };

  document.querySelectorAll("[data-propose-title]").forEach((target) => {
    const sources = target.dataset.proposeTitle.split(" ").map(byId);
    const limit = target.maxLength > 0 ? target.maxLength : 160;
    propose(target, sources, () => sources.map(textOf).filter(Boolean).join(": ").slice(0, limit));
  });

  document.querySelectorAll("[data-follows]").forEach((target) => {
    const source = byId(target.dataset.follows);
    propose(target, [source], () => {
      const option = source.selectedOptions[0];
      return (option && option.getAttribute(`data-${target.name}`)) || "";
    });
  });
})();
