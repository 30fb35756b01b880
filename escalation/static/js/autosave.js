// What is being typed saves itself: <form data-keep>, and in it the words and the offer of components/kept.html.
// The server keeps it; where it cannot be reached this browser does until it can, for a week at most, and offers it.
(() => {
  const pauseMs = 3000, mostMs = 20000, againMs = 30000;

  const shelf = (act) => { try { return act(localStorage); } catch (refused) { return null; } };
  const read = (key) => shelf((all) => JSON.parse(all.getItem(key)));
  const write = (key, kept) => shelf((all) => { all.setItem(key, JSON.stringify(kept)); return true; });
  const drop = (key) => shelf((all) => all.removeItem(key));

  const putBack = (form, text) => {
    const given = new URLSearchParams(text);
    [...form.elements].forEach((field) => {
      if (!field.name || field.type === "hidden") return;
      const values = given.getAll(field.name);
      if (/radio|checkbox/.test(field.type)) field.checked = values.includes(field.value);
      else if (field.options) [...field.options].forEach((option) => { option.selected = values.includes(option.value); });
      else if (values.length) [field.value] = values;
    });
  };

  document.querySelectorAll("form[data-keep]").forEach((form) => {
    const line = form.querySelector("[data-whose]"), offer = form.querySelector("[data-offer]");
    const { whose, now, saved, words } = line.dataset;
    const [offline, signedOut, refused, lost] = words.split("|");
    const lagMs = Date.now() - now;
    const address = () => form.getAttribute("action");
    const key = () => `keep:${whose}:${address()}`;
    let timer, flight, since, isSent;

    const typed = () => {
      const all = new URLSearchParams(new FormData(form));
      form.querySelectorAll("[type=hidden], .files input").forEach((field) => all.delete(field.name));
      return `${all}`;
    };
    const keepHere = (sent) => write(key(), { at: Date.now() - lagMs, text: typed(), sent });
    const plan = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms); };
    const fail = (why) => {
      since = since || Date.now();
      line.textContent = keepHere() ? why : lost;
    };
    const fill = (name, value) => { if (value) form.querySelector(`[name=${name}]`).value = value; };

    const send = async (text, isAgain) => {
      const body = new URLSearchParams(new FormData(form));
      body.set("do", "keep");
      body.set("keeper", whose);
      const answer = await fetch(address(), {
        method: "POST", body, signal: flight.signal, keepalive: text.length < 6e4, headers: { "X-Requested-With": "keep" },
      });
      if (answer.status > 499) throw answer;
      const { said, version, draft, token } = await answer.json().catch(() => ({}));
      fill("version", version);
      fill("csrf_token", token);
      if (draft && draft !== address()) {
        drop(key());
        form.setAttribute("action", draft);
        history.replaceState(null, "", draft);
        document.querySelectorAll("[hreflang]").forEach((link) => { link.pathname = draft; });
      }
      if (said) {
        line.textContent = said;
        if (text !== typed()) return plan(pauseMs);
        since = 0;
        return offer.hidden && drop(key());
      }
      return (version || token) && !isAgain ? send(text, true) : fail(answer.status === 401 ? signedOut : refused);
    };
    const save = async () => {
      if (!since || isSent) return;
      clearTimeout(timer);
      if (flight) { keepHere(); return; }
      flight = new AbortController();
      try {
        await send(typed());
      } catch (broken) {
        if (!isSent) { fail(offline); plan(againMs); }
      }
      flight = 0;
    };

    form.addEventListener("input", () => {
      isSent = 0;
      since = since || Date.now();
      plan(Math.min(pauseMs, since + mostMs - Date.now()));
    });
    form.addEventListener("focusout", save);
    window.addEventListener("online", save);
    document.addEventListener("visibilitychange", save);
    form.addEventListener("submit", () => {
      isSent = 1;
      clearTimeout(timer);
      if (flight) flight.abort();
      // What the server has already needs no copy here. A click on a page that is still there: the sending was stopped.
      if (since) keepHere(location.pathname);
      document.addEventListener("click", () => { isSent = 0; if (since) { keepHere(); save(); } }, { once: true });
    });

    const kept = read(key());
    if (!kept) return;
    if (kept.text === typed() || kept.at < saved) { drop(key()); return; }
    write(key(), { ...kept, sent: "" });
    form.prepend(offer);
    offer.hidden = false;
    offer.addEventListener("click", ({ target }) => {
      if (target.type !== "button") return;
      offer.hidden = true;
      if (target.value) { putBack(form, kept.text); since = 1; save(); } else drop(key());
    });
  });
})();
