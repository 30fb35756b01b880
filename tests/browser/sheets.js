// Finds the rules of sheets a page does not load that would apply to something on it; tests/browser/sheets.py asks.
(sheets) => {
  const STATES = /::[\w-]+|:(hover|focus-visible|focus|active)\b/g;
  const loaded = new Set([...document.styleSheets].filter((sheet) => sheet.href).map((sheet) => sheet.href.split("/").pop()));
  const selectors = (rules) => [...rules].flatMap((rule) => rule.selectorText ? rule.selectorText.split(/, ?(?![^(]*\))/) : selectors(rule.cssRules || []));
  const read = (text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return selectors(sheet.cssRules);
  };
  const here = new Set();
  const missed = [];
  for (const name of loaded) for (const selector of read(sheets[name])) here.add(selector);
  for (const [name, text] of Object.entries(sheets)) {
    if (loaded.has(name)) continue;
    for (const selector of read(text)) {
      if (!here.has(selector) && document.querySelector(selector.replace(STATES, ""))) missed.push(`${name}: ${selector}`);
    }
  }
  return missed;
}
