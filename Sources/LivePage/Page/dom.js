// Creates elements without markup. No data on this page is ever parsed as HTML: it enters the document as text nodes
// and as attributes whose names are literals in this folder.

const SVG = "http://www.w3.org/2000/svg";

/** Returns the element with an id. */
export const byId = (id) => document.getElementById(id);

/**
 * Creates an HTML element. `props` are attributes, except `text` (its text) and `on` (an object of listeners by event).
 * Attributes that are null, undefined or false are left out. Children that are null, undefined or false are left out;
 * strings become text nodes.
 */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Creates an SVG element, with the arguments of `el`. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** Sets a node's text; changes the document only if the text differs from the last one set here. */
export function setText(node, text) {
  if (node.lastText === text) return;
  node.lastText = text;
  node.textContent = text;
}

/** Sets an attribute, or removes it for null and ""; changes the document only if the value differs. */
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
    else if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else node.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}
