// Elements without markup. Nothing on this page is ever parsed as HTML: data reaches the document as text nodes
// and as attributes whose names are spelled in this folder.

const SVG = "http://www.w3.org/2000/svg";

/** The element of this document with that id. */
export const byId = (id) => document.getElementById(id);

/**
 * A new HTML element. `props` are attributes; three names are special: `text` (its text), `on` (an object of
 * listeners) and `class`. An attribute whose value is null, undefined or false is left out. Children that are null
 * or false are left out, strings become text nodes.
 */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** A new SVG element, by the rules of `el`. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** Sets a node's text, and touches the document only if it differs from what was set here before. */
export function setText(node, text) {
  if (node.shown === text) return;
  node.shown = text;
  node.textContent = text;
}

/** Sets or, for null and "", removes an attribute, and touches the document only if it differs. */
export function setAttr(node, name, value) {
  if (value === null || value === "") {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [type, run] of Object.entries(value)) node.addEventListener(type, run);
    else node.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}
