// Sends a file as it is chosen and shows how far it is: <div data-files> in a form, components/files.html.
// What could not be sent stays chosen, and goes with the form itself, as it does without scripts.
(() => {
  document.querySelectorAll("[data-files]").forEach((box) => {
    const find = (what) => box.querySelector(what);
    const form = box.closest("form"), input = find("[type=file]"), list = find("ul"), bar = find("progress");
    const said = find("[role=status]");
    const [remove, sending, tooLarge, later] = box.dataset.words.split("|");

    const ask = (name, value) => new Promise((done) => {
      const body = new FormData(), line = new XMLHttpRequest();
      body.set("csrf_token", form.querySelector("[name=csrf_token]").value);
      body.set("do", "attach");
      body.set(name, value);
      line.open("POST", form.getAttribute("action"));
      line.responseType = "json";
      line.upload.onprogress = ({ loaded, total }) => { bar.value = loaded / total; };
      line.onloadend = () => done(line.status === 200 && line.response);
      line.send(body);
    });
    const make = (kind, facts) => Object.assign(document.createElement(kind), facts);
    const dress = (item, id) => {
      const button = make("button", { type: "button", className: "button button-plain", textContent: remove });
      button.setAttribute("aria-label", `${remove} ${item.querySelector("bdi").textContent}`);
      button.addEventListener("click", async () => {
        const told = await ask("leave_out", id);
        if (told) show(told); else said.textContent = later;
        input.focus();
      });
      item.append(button);
      return item;
    };
    const draw = ({ id, name, size, url }) => {
      const item = make("li", {}), link = make("a", { href: url });
      link.append(make("bdi", { dir: "auto", textContent: name }));
      item.append(link, make("small", { textContent: size }));
      return dress(item, id);
    };
    const show = ({ files, refused }) => {
      list.replaceChildren(...files.map(draw));
      said.textContent = refused.join(" ");
      return refused;
    };

    list.querySelectorAll("li").forEach((item) => {
      const choice = item.querySelector("label");
      dress(item, choice.firstElementChild.value);
      choice.remove();
    });
    input.addEventListener("change", async () => {
      const chosen = [...input.files], problems = [];
      let isWhole = 1;
      bar.hidden = !chosen.length;
      for (const file of chosen) {
        said.textContent = `${sending} ${file.name}`;
        bar.value = 0;
        if (file.size > box.dataset.most) { problems.push(`${tooLarge} ${file.name}`); continue; }
        const told = await ask("files", file);
        if (told) problems.push(...show(told)); else isWhole = 0;
      }
      bar.hidden = true;
      if (isWhole) input.value = ""; else problems.push(later);
      said.textContent = problems.join(" ");
      said.classList.toggle("error", problems.length > 0);
    });
  });
})();
