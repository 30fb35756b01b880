// What readers who change the page ask of it: wider spacing, no motion, colours of their own.
const stopped = (element) => {
  for (let one = element; one; one = one.parentElement) {
    if (["sticky", "fixed"].includes(getComputedStyle(one).position)) return one;
  }
  return null;
};
const block = (element) => {
  let one = element;
  while (getComputedStyle(one).display === "inline") one = one.parentElement;
  return one;
};
const lines = () => texts.flatMap((node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return [...range.getClientRects()].filter((box) => box.width > 1).map((box) => ({ node, box }));
});

// WCAG 1.4.12 and 1.4.4: no word is cut off, leaves its box or lies on another, however wide the spacing.
rules.clipping = () => {
  const cut = new Set();
  texts.forEach((node) => {
    for (let one = node.parentElement; one && one !== document.body; one = one.parentElement) {
      const style = getComputedStyle(one);
      const isCut = (way, inner, outer) => ["hidden", "clip"].includes(style[way]) && inner > outer + 1;
      if (isCut("overflowX", one.scrollWidth, one.clientWidth) || isCut("overflowY", one.scrollHeight, one.clientHeight)) cut.add(one);
    }
  });
  cut.forEach((one) => say("clipping", one, "cuts off its text"));
  const all = lines().map((line) => ({ ...line, layer: stopped(line.node.parentElement) }));
  all.forEach(({ node, box }) => {
    const frame = block(node.parentElement).getBoundingClientRect();
    const middle = (box.top + box.bottom) / 2;
    if (box.left < frame.left - 2 || box.right > frame.right + 2 || middle < frame.top || middle > frame.bottom) {
      say("clipping", node.parentElement, "leaves its box");
    }
  });
  // Arabic letters reach far above and below their line: two lines lie on each other when their middles do.
  const band = ({ top, bottom, height }) => ({ top: top + height * 0.35, bottom: bottom - height * 0.35 });
  all.forEach((one, at) => all.slice(at + 1).forEach((other) => {
    if (one.layer !== other.layer || one.node === other.node) return;
    const [a, b] = [band(one.box), band(other.box)];
    const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
    if (Math.min(a.bottom, b.bottom) > Math.max(a.top, b.top) && across > 2) say("clipping", one.node.parentElement, `lies on "${other.node.data.trim().slice(0, 30)}"`);
  }));
};

// WCAG 2.3.3: who asked for less motion sees none.
rules.stillness = () => {
  const seconds = (text) => Math.max(...text.split(",").map((one) => parseFloat(one) * (one.trim().endsWith("ms") ? 0.001 : 1)));
  document.querySelectorAll("*").forEach((element) => {
    for (const pseudo of [null, "::before", "::after"]) {
      const style = getComputedStyle(element, pseudo);
      if (Math.max(seconds(style.transitionDuration), seconds(style.animationDuration)) > 0.01) say("stillness", element, "moves");
      if (style.scrollBehavior !== "auto") say("stillness", element, "glides");
    }
  });
  if (document.getAnimations().some((one) => one.playState === "running")) faults.push("stillness: something is moving");
};

// Forced colours: what can be pressed or filled in has a visible edge, and a picture is seen on its ground.
rules.forced = () => {
  if (!matchMedia("(forced-colors: active)").matches) faults.push("forced: the colours are not forced");
  const edges = ["Top", "Bottom", "Left", "Right"];
  const isSeen = (element, ink) => ink.a > 0 && ratio(over(ink, behind(element)), behind(element)) >= 3;
  [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, .button")].filter(isShown).forEach((one) => {
    if (one.matches("[type=radio], [type=checkbox]")) return;
    const style = getComputedStyle(one);
    const drawn = edges.filter((edge) => style[`border${edge}Style`] !== "none" && parseFloat(style[`border${edge}Width`]) >= 1);
    if (drawn.length < 4 || !drawn.every((edge) => isSeen(one.parentElement, colour(style[`border${edge}Color`])))) say("forced", one, "has no edge");
  });
  [...document.querySelectorAll("svg")].filter(isShown).forEach((one) => {
    if (!isSeen(one, colour(getComputedStyle(one).color))) say("forced", one, "cannot be seen");
  });
  document.querySelectorAll("nav [aria-current=page]").forEach((one) => {
    const other = [...one.parentElement.children].find((sister) => !sister.hasAttribute("aria-current"));
    const edge = (element) => getComputedStyle(element).borderBlockEndColor;
    if (other && edge(other) === edge(one)) say("forced", one, "looks like the others");
  });
};
