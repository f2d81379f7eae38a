// How the parts of an overlay lie over each other.

const css = `
  :host { display: inline-block; position: relative; isolation: isolate; }
  :host([hidden]) { display: none; }
  :host([floating]) { position: absolute; inset: 0 auto auto 0; width: 0; height: 0; pointer-events: none; }
  :host([over-mark]) { cursor: pointer; }
  :host([over-mark][editable]) { cursor: grab; }
  ::slotted(:is(img, video, canvas)) { display: block; max-width: 100%; }
  :host([editable]) ::slotted(*) { touch-action: none; -webkit-user-drag: none; }
  canvas, [part=marks] { position: absolute; pointer-events: none; }
  [part=canvas] { z-index: 2; }
  [part=trails] { z-index: 1; }
  [part=marks] { z-index: 3; inset: 0; overflow: hidden; outline-offset: -3px; }
  [part=marks]:focus-visible { outline: 3px solid #fff; box-shadow: inset 0 0 0 6px #0a62c4; }
  [part=marks] > * { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  p { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
`;

/** A constructed sheet is allowed where a content security policy forbids inline styles; each document needs its own. */
export function adoptStyle(host: HTMLElement): void {
  const root = host.shadowRoot;
  const view = host.ownerDocument.defaultView;
  if (!root || !view || root.adoptedStyleSheets.length > 0) return;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
}
