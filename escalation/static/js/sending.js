// Sends a file as it is chosen and shows how far it is: components/files.html.
// What could not be sent stays chosen on this device, and goes with the form itself, as it does without scripts.
export const begin = (box) => {
  if (box.dataset.begun) return;
  box.dataset.begun = "yes";
  const find = (what) => box.querySelector(what);
  const form = box.closest("form"), input = find("[type=file]"), list = find("ul") || document.createElement("ul");
  const [remove, most] = box.dataset.words.split("|");
  const later = form.querySelector("[data-whose]")?.dataset.words.split("|")[0] || "";
  const make = (kind, facts) => Object.assign(document.createElement(kind), facts);
  const bar = make("progress", { max: 1 }), said = make("p", { className: "small" });
  said.setAttribute("role", "status");
  if (!list.parentNode) input.before(list);
  box.append(said);

  const ask = (name, value) => new Promise((done) => {
    const body = new FormData(), line = new XMLHttpRequest();
    ["csrf_token", "idempotency_key"].forEach((field) => body.set(field, form.querySelector(`[name=${field}]`).value));
    body.set("do", "attach");
    body.set(name, value);
    line.open("POST", form.getAttribute("action"));
    line.responseType = "json";
    line.upload.onprogress = ({ loaded, total }) => { bar.value = loaded / total; };
    line.onloadend = () => done(line.status === 200 && line.response);
    line.send(body);
  });
  const say = (words, isFault) => {
    said.textContent = words;
    said.classList.toggle("error", isFault);
  };
  const dress = (item, id) => {
    const button = make("button", { type: "button", className: "button button-plain", textContent: remove });
    button.ariaLabel = `${remove} ${item.querySelector("bdi").textContent}`;
    button.addEventListener("click", async () => {
      const told = await ask("leave_out", id);
      if (told) show(told); else say(later, true);
      input.focus();
    });
    item.append(" ", button);
    return item;
  };
  const draw = ({ id, name, size, url }) => {
    const item = make("li", {}), link = make("a", { href: url });
    link.append(make("bdi", { dir: "auto", textContent: name }));
    item.append(link, " ", make("small", { textContent: size }));
    return dress(item, id);
  };
  const show = ({ files, refused }) => {
    list.replaceChildren(...files.map(draw));
    say("", false);
    return refused;
  };
  const send = async () => {
    const problems = [];
    let isWhole = true;
    input.after(bar);
    for (const file of input.files) {
      bar.value = 0;
      // What cannot be taken is not sent: the words under the question say how large a file may be.
      if (file.size > most) { problems.push(`${file.name}: ${find(".help").textContent}`); continue; }
      bar.ariaLabel = file.name;
      say(`${file.name}…`, false);
      const told = await ask("files", file);
      if (told) problems.push(...show(told)); else isWhole = false;
    }
    bar.remove();
    if (isWhole) input.value = ""; else problems.push(later);
    say(problems.join(" "), problems.length > 0);
  };

  list.querySelectorAll("li").forEach((item) => {
    const choice = item.querySelector("label"), { value, checked } = choice.firstElementChild;
    choice.remove();
    dress(item, value);
    if (checked) item.lastElementChild.click();
  });
  input.addEventListener("change", send);
  if (input.files.length) send();
};
