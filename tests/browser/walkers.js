// Looks at one drawn page as a strict reader would, and returns what is wrong with it: one function a rule.
// Evaluated in the page by tests/browser/walkers.py; `wanted` is {language, rules}.
(wanted) => {
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
  const checkContrast = (element, style, ground) => {
    const under = ground || behind(element);
    const ink = colour(style.color);
    const found = ratio(over({ ...ink, a: ink.a * opacity(element) }, under), under);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (found < (isLarge ? 3 : 4.5)) say("contrast", element, `has ${found.toFixed(2)} of ${isLarge ? 3 : 4.5}`);
  };

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.data.trim() && isShown(node.parentElement)) texts.push(node);
  }
  const controls = [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, summary")].filter(isShown);

  const contrast = () => {
    new Set(texts.map((node) => node.parentElement)).forEach((element) => {
      if (!element.closest(":disabled")) checkContrast(element, getComputedStyle(element));
    });
    controls.filter((one) => one.matches("input, select, textarea")).forEach((one) => checkContrast(one, getComputedStyle(one)));
    document.querySelectorAll("body *").forEach((element) => {
      if (!isShown(element)) return;
      for (const pseudo of ["::before", "::after"]) {
        const style = getComputedStyle(element, pseudo);
        if (/^"..*"$/.test(style.content)) checkContrast(element, style);
      }
    });
    if (texts.length < 5) faults.push("contrast: nearly no text was looked at");
  };

  const overflow = () => {
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
  const targets = () => {
    controls.forEach((one) => {
      const box = (one.closest(".choice") || one).getBoundingClientRect();
      if (Math.min(box.width, box.height) < 43.5) say("target", one, `is ${Math.round(box.width)} × ${Math.round(box.height)} px, 44 are asked`);
    });
    [...document.querySelectorAll("a[href]")].filter(isShown).forEach((one) => {
      const box = boxOf(one);
      const isPlain = getComputedStyle(one).display === "inline";
      const high = isPlain ? Math.max(box.height, parseFloat(getComputedStyle(one).lineHeight)) : box.height;
      const least = one.closest("nav") || one.matches(".button, .back, .brand, .person") ? 44 : 24;
      if (high < least - 0.5) say("target", one, `is ${Math.round(high)} px high, ${least} are asked`);
    });
  };

  const structure = () => {
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
    const first = text.match(/\p{L}/u);
    return first && !/\p{Script=Arabic}/u.test(first[0]) && !["Français", "English"].includes(text.trim());
  };
  const scars = () => {
    const own = (element) => element.closest("bdi, code, [lang]:not(html), [dir]:not(html)");
    texts.filter((node) => strange(node.data) && !own(node.parentElement)).forEach((node) => say("scar", node.parentElement, `is not Arabic: ${node.data.trim().slice(0, 40)}`));
    document.querySelectorAll("option").forEach((one) => {
      if (strange(one.text) && !own(one)) say("scar", one, `is not Arabic: ${one.text}`);
    });
    document.querySelectorAll("[aria-label]").forEach((one) => {
      if (strange(one.getAttribute("aria-label"))) say("scar", one, `is named ${one.getAttribute("aria-label")}`);
    });
  };

  const readScript = () => {
    if (wanted.language === "ar") scars();
  };
  const rules = { contrast, overflow, structure, targets, scars: readScript };
  wanted.rules.forEach((rule) => rules[rule]());
  return faults;
}
