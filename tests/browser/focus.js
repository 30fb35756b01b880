// Looks at the element that has the focus: can its reader see where they are, and is it the next one of the page?
// Null when the focus left the page. The first call lists the stops of the page in the order of its source.
(isFirst) => {
  if (isFirst) {
    const asked = "a[href], button, input:not([type=hidden]), select, textarea:not([tabindex='-1']), summary, [tabindex]:not([tabindex='-1'])";
    const groups = new Set();
    window.stops = [...document.querySelectorAll(asked)].filter((one) => {
      if (one.disabled || !one.checkVisibility({ checkVisibilityCSS: true })) return false;
      if (one.type !== "radio") return true;
      const isOther = groups.has(one.name);
      groups.add(one.name);
      return !isOther;
    });
    return { faults: [], stops: window.stops.length };
  }
  const here = document.activeElement;
  if (!here || here === document.body || here === document.documentElement) return null;
  const marks = [getComputedStyle(here), getComputedStyle(here, "::after")];
  const isMarked = marks.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  const box = here.getBoundingClientRect();
  const bars = [...document.querySelectorAll(".dock, .stick")].filter((bar) => getComputedStyle(bar).position === "sticky" && !bar.contains(here)).map((bar) => bar.getBoundingClientRect());
  const isUnder = bars.some((bar) => bar.height && box.top < bar.bottom - 4 && box.top > bar.top - Math.min(box.height, 28));
  const isOutside = box.bottom < 1 || box.top > innerHeight - 1 || box.right < 1 || box.left > innerWidth - 1;
  const name = `<${here.tagName.toLowerCase()}> "${(here.innerText || here.name || "").trim().slice(0, 40)}"`;
  const faults = [];
  if (!isMarked) faults.push(`focus: ${name} shows no mark`);
  if (isUnder) faults.push(`focus: ${name} is hidden under the bar`);
  if (isOutside) faults.push(`focus: ${name} is outside the window`);
  const sameStop = (one) => one === here || (one.type === "radio" && here.type === "radio" && one.name === here.name);
  const at = window.stops.findIndex(sameStop);
  if (at < 0) faults.push(`focus: ${name} is not a stop of the page`);
  return { faults, at, isFolded: here.tagName === "SUMMARY" ? !here.parentElement.open : null };
}
