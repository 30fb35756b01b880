// What a strict reader asks of a drawn page: contrast, widths, targets, structure, one language.
const checkContrast = (element, style, ground) => {
  const under = ground || behind(element);
  const ink = colour(style.color);
  const found = ratio(over({ ...ink, a: ink.a * opacity(element) }, under), under);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (found < (isLarge ? 3 : 4.5)) say("contrast", element, `has ${found.toFixed(2)} of ${isLarge ? 3 : 4.5}`);
};

rules.contrast = () => {
  looked = texts.map((node) => node.data.trim());
  new Set(texts.map((node) => node.parentElement)).forEach((element) => checkContrast(element, getComputedStyle(element)));
  controls.filter((one) => one.matches("input, select, textarea")).forEach((one) => {
    checkContrast(one, getComputedStyle(one));
    if (one.placeholder) checkContrast(one, getComputedStyle(one, "::placeholder"), behind(one));
  });
  document.querySelectorAll("body *").forEach((element) => {
    if (!isShown(element)) return;
    for (const pseudo of ["::before", "::after"]) {
      const style = getComputedStyle(element, pseudo);
      if (/^"..*"$/.test(style.content)) checkContrast(element, style);
    }
  });
  if (texts.length < 5) faults.push("contrast: nearly no text was looked at");
};

rules.overflow = () => {
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= limit) return;
  const wide = [...document.body.querySelectorAll("*")].filter((one) => isShown(one)).filter((one) => {
    const box = one.getBoundingClientRect();
    return box.right > limit + 1 || box.left < -1;
  });
  say("overflow", wide[wide.length - 1] || document.body, `is wider than ${limit} px (${document.documentElement.scrollWidth})`);
};

const boxOf = (element) => {
  const cover = getComputedStyle(element, "::after");
  if (cover.content !== "none" && cover.position === "absolute") return element.offsetParent.getBoundingClientRect();
  return element.getBoundingClientRect();
};
rules.targets = () => {
  controls.forEach((one) => {
    const box = (one.closest(".choice") || one).getBoundingClientRect();
    if (Math.min(box.width, box.height) < 43.5) say("target", one, `is ${Math.round(box.width)} × ${Math.round(box.height)} px, 44 are asked`);
  });
  [...document.querySelectorAll("a[href]")].filter(isShown).forEach((one) => {
    const box = boxOf(one);
    const isPlain = getComputedStyle(one).display === "inline";
    const high = isPlain ? Math.max(box.height, parseFloat(getComputedStyle(one).lineHeight)) : box.height;
    const isOfASentence = isPlain && one.parentElement.innerText.trim().length > one.innerText.trim().length;
    const least = isOfASentence ? 24 : 44;
    if (high < least - 0.5) say("target", one, `is ${Math.round(high)} px high, ${least} are asked`);
  });
};

rules.structure = () => {
  const { documentElement: root } = document;
  if (document.querySelectorAll("h1").length !== 1) say("structure", root, `has ${document.querySelectorAll("h1").length} h1`);
  if (root.lang !== wanted.language) say("structure", root, `says lang=${root.lang}`);
  if (root.dir !== (wanted.language === "ar" ? "rtl" : "ltr")) say("structure", root, `says dir=${root.dir}`);
  if (!document.title.trim() || /^\s*–/.test(document.title)) say("structure", root, "has no title");
  controls.filter((one) => one.matches("input, select, textarea")).forEach((one) => {
    if (!one.labels.length && !one.getAttribute("aria-label")) say("structure", one, "has no label");
  });
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => say("structure", document.getElementById(id), `shares its id ${id}`));
  let before = 1;
  document.querySelectorAll("main h1, main h2, main h3, main h4").forEach((one) => {
    const depth = Number(one.tagName[1]);
    if (depth > before + 1) say("structure", one, `follows an h${before}`);
    before = depth;
  });
};

const strange = (text) => {
  // What is isolated by signs stands for itself, as in a <bdi>.
  const first = text.replace(/\u2068[^\u2069]*\u2069/gu, "").match(/\p{L}/u);
  return first && !/\p{Script=Arabic}/u.test(first[0]) && !["Français", "English"].includes(text.trim());
};
rules.scars = () => {
  if (wanted.language !== "ar") return;
  const own = (element) => element.closest("bdi, code, [lang]:not(html), [dir]:not(html)");
  texts.filter((node) => strange(node.data) && !own(node.parentElement)).forEach((node) => say("scar", node.parentElement, `is not Arabic: ${node.data.trim().slice(0, 40)}`));
  document.querySelectorAll("option").forEach((one) => {
    if (strange(one.text) && !own(one)) say("scar", one, `is not Arabic: ${one.text}`);
  });
  document.querySelectorAll("[aria-label]").forEach((one) => {
    if (strange(one.getAttribute("aria-label"))) say("scar", one, `is named ${one.getAttribute("aria-label")}`);
  });
};
