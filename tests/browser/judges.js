// Lets the two engines judge one drawn page; tests/browser/judges.py put them into it. Their errors come back in words.
async (tags) => {
  const axe = await window.axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  const ofAxe = axe.violations.flatMap((rule) => rule.nodes.map((node) => `axe ${rule.id}: ${node.target.join(" ")} ${node.failureSummary}`));
  const sniffed = await new Promise((resolve) => window.HTMLCS.process("WCAG2AA", document, () => resolve(window.HTMLCS.getMessages())));
  const ofSniffer = sniffed
    .filter((message) => message.type === window.HTMLCS.ERROR)
    .map((message) => `htmlcs ${message.code}: ${message.element.outerHTML ? message.element.outerHTML.slice(0, 120) : "document"} ${message.msg}`);
  return { faults: [...ofAxe, ...ofSniffer], rules: axe.passes.length + axe.violations.length, messages: sniffed.length };
}
