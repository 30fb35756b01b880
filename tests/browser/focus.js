// Looks at the element that has the focus: can its reader see where they are? Null when the focus left the page.
() => {
  const here = document.activeElement;
  if (!here || here === document.body || here === document.documentElement) return null;
  const marks = [getComputedStyle(here), getComputedStyle(here, "::after")];
  const isMarked = marks.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  const box = here.getBoundingClientRect();
  const bars = [...document.querySelectorAll(".dock, .stick")].filter((bar) => !bar.contains(here)).map((bar) => bar.getBoundingClientRect());
  const isUnder = bars.some((bar) => bar.height && box.top < bar.bottom - 4 && box.top > bar.top - Math.min(box.height, 28));
  const isOutside = box.bottom < 1 || box.top > innerHeight - 1 || box.right < 1 || box.left > innerWidth - 1;
  const name = `<${here.tagName.toLowerCase()}> "${(here.innerText || here.name || "").trim().slice(0, 40)}"`;
  const faults = [];
  if (!isMarked) faults.push(`focus: ${name} shows no mark`);
  if (isUnder) faults.push(`focus: ${name} is hidden under the bar`);
  if (isOutside) faults.push(`focus: ${name} is outside the window`);
  return faults;
}
