// What is shown on a drawn page, in which colours, on what ground: the eyes of every rule.
// walkers.py puts these files into one function of `wanted`, {language, rules}; each rule is a name in `rules`.
const rules = {};
let looked = [];
const faults = [];
const say = (rule, element, what) => {
  const words = (element.innerText || element.value || element.getAttribute("aria-label") || "").trim().slice(0, 40);
  faults.push(`${rule}: <${element.tagName.toLowerCase()}${element.className && element.className.baseVal === undefined ? "." + element.className : ""}> "${words}" ${what}`);
};
const isShown = (element) => {
  if (element.closest(".visually-hidden, .skip:not(:focus)")) return false;
  if (!element.checkVisibility({ checkVisibilityCSS: true })) return false;
  return [...element.getClientRects()].some((box) => box.width > 0 && box.height > 0);
};
const colour = (text) => {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  return { r, g, b, a };
};
const over = (top, under) => {
  const mix = (name) => top[name] * top.a + under[name] * (1 - top.a);
  return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
};
const behind = (element) => {
  const layers = [];
  for (let one = element; one; one = one.parentElement) {
    const fill = colour(getComputedStyle(one).backgroundColor);
    if (fill.a > 0) layers.push(fill);
    if (fill.a === 1) break;
  }
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 };
  return layers.reduceRight((under, top) => over(top, under), canvas);
};
const opacity = (element) => {
  let all = 1;
  for (let one = element; one; one = one.parentElement) all *= Number(getComputedStyle(one).opacity);
  return all;
};
const light = ({ r, g, b }) => {
  const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const ratio = (one, other) => {
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};
const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  if (node.data.trim() && isShown(node.parentElement)) texts.push(node);
}
const controls = [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, summary")].filter(isShown);
