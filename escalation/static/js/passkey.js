// Lets the device make or show a passkey, and sends what it says with the form around the button: components/proof.html.
(() => {
  if (!window.PublicKeyCredential) return;

  const bytesOf = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
  };
  const textOf = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (keys) => (keys || []).map((key) => ({ ...key, id: bytesOf(key.id) }));

  const challengeFor = async (form, address) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrf_token.value },
    });
    if (!answer.ok) throw new Error(answer.status);
    const options = await answer.json();
    options.challenge = bytesOf(options.challenge);
    options.allowCredentials = withBytes(options.allowCredentials);
    options.excludeCredentials = withBytes(options.excludeCredentials);
    if (options.user) options.user.id = bytesOf(options.user.id);
    return options;
  };

  const wordsOf = ({ id, type, response }) => {
    const said = { clientDataJSON: textOf(response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[part]) said[part] = textOf(response[part]);
    }
    return JSON.stringify({ id, rawId: id, type, response: said, clientExtensionResults: {} });
  };

  const prepare = (box) => {
    const form = box.closest("form"), button = box.querySelector("button"), status = box.querySelector("[role=status]");
    const isAdding = "adds" in box.dataset;
    box.hidden = false;
    box.nextElementSibling.hidden = true;
    button.addEventListener("click", async (event) => {
      if (isAdding && !form.elements.name.value.trim()) return;
      event.preventDefault();
      button.disabled = true;
      status.textContent = status.dataset.waiting;
      try {
        const publicKey = await challengeFor(form, box.dataset.passkey);
        const made = await navigator.credentials[isAdding ? "create" : "get"]({ publicKey });
        form.elements[box.dataset.target].value = wordsOf(made);
        form.requestSubmit();
      } catch (refused) {
        status.textContent = status.dataset.failed;
        button.disabled = false;
      }
    });
  };

  document.querySelectorAll("[data-passkey]").forEach(prepare);
})();
