// How fragments take the place of what they replace: what people typed and opened, and what other modules own, stays.
const kept = (node) => node instanceof Element && node.hasAttribute("data-kept");
const isWriting = (node) => node.hasAttribute("data-kept-while-writing") && Boolean(node.form?.elements.text?.value);
const own = (node) => node instanceof Element && node.hasAttribute("data-own");
const isOpened = (name, element) =>
  (name === "open" && element instanceof HTMLDetailsElement) ||
  (name === "aria-expanded" && element.hasAttribute("data-menu-button"));

Object.assign(Idiomorph.defaults, { restoreFocus: true });
Object.assign(Idiomorph.defaults.callbacks, {
  beforeNodeMorphed: (old) => !own(old) && !(old instanceof HTMLDialogElement && old.open),
  beforeNodeRemoved: (node) => !kept(node) && !(node instanceof Element && node.hasAttribute("data-drawn")),
  beforeAttributeUpdated: (name, element) =>
    !(kept(element) && ["value", "checked"].includes(name)) &&
    !(name === "value" && isWriting(element)) &&
    !isOpened(name, element) &&
    name !== "data-held",
});
