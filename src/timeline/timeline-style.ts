// How a time line looks: colours follow the text around it.

import { upperPx } from './paint-timeline.ts';

const css = `
  :host { display: block; container-type: inline-size; font: 400 0.8125rem/1.3 system-ui, sans-serif; user-select: none; -webkit-user-select: none; }
  :host([hidden]) { display: none; }
  * { box-sizing: border-box; }
  [part=box] { display: grid; grid-template-columns: var(--molmo-names-width, 9rem) minmax(0, 1fr); position: relative; }
  @container (max-width: 32rem) { [part=box] { grid-template-columns: 7rem minmax(0, 1fr); } }
  [part=head] { display: flex; flex-direction: column; justify-content: space-between; gap: 2px; height: ${upperPx}px; padding-right: 6px; min-width: 0; }
  output { font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  [part=tools] { display: flex; gap: 2px; }
  button, input { font: inherit; color: inherit; }
  [part=tools] button { flex: 1; min-width: 0; height: 26px; padding: 0; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px; background: none; cursor: pointer; }
  [part=tools] button[aria-pressed=true] { background: color-mix(in srgb, currentColor 18%, transparent); }
  [part=tools] button:disabled { opacity: 0.4; cursor: default; }
  :focus-visible { outline: 3px solid var(--molmo-focus, #3b82f6); outline-offset: 1px; }
  [part=body] { position: relative; min-width: 0; }
  canvas { display: block; width: 100%; }
  [part=slider] { position: absolute; inset: 0 0 auto; height: ${upperPx}px; cursor: pointer; touch-action: none; }
  [part=lanes] { grid-column: 1 / -1; display: grid; grid-template-columns: subgrid; align-content: start; height: var(--molmo-lanes-height, auto); max-height: var(--molmo-lanes-height, 10rem); scrollbar-width: none; overflow-y: auto; overscroll-behavior: contain; }
  [part=lanes] canvas { cursor: pointer; touch-action: pan-y; }
  ul { margin: 0; padding: 0; list-style: none; min-width: 0; }
  li { display: flex; align-items: center; gap: 4px; height: var(--row); padding-right: 6px; }
  li button { flex: none; width: 26px; height: var(--row); padding: 0; border: 0; background: none; cursor: pointer; display: grid; place-items: center; }
  li button::before { content: ''; width: 14px; height: 14px; border-radius: 50%; border: 2px solid var(--color); background: var(--color); box-shadow: 0 0 0 1px #fff; }
  li button[aria-pressed=false]::before { background: none; }
  li button[aria-pressed=false] ~ * { opacity: 0.5; }
  li input { flex: 1; min-width: 0; width: 100%; height: var(--row); padding: 0 4px; border: 1px solid transparent; border-radius: 5px; background: none; text-overflow: ellipsis; }
  li input:hover, li input:focus { border-color: color-mix(in srgb, currentColor 35%, transparent); }
  @media (pointer: coarse) { [part=tools] button { height: 44px; } [part=box] { grid-template-columns: 9rem minmax(0, 1fr) !important; } li button { width: 44px; } }
  small { opacity: 0.75; font-variant-numeric: tabular-nums; }
  [part=over] { position: absolute; inset: 0 0 20px auto; pointer-events: none; overflow: clip; overflow-clip-margin: 10px; }
  [part=playhead], [part=hover] { position: absolute; top: 0; bottom: 0; left: 0; width: 2px; margin-left: -1px; background: var(--molmo-playhead, #e0246f); will-change: transform; }
  [part=playhead]::before { content: ''; position: absolute; top: 0; left: -5px; border: 6px solid transparent; border-top-color: var(--molmo-playhead, #e0246f); border-bottom: 0; }
  [part=hover] { background: currentColor; opacity: 0.4; }
  [part=range] { position: absolute; top: 0; bottom: 0; left: 0; background: color-mix(in srgb, var(--molmo-range, #3b82f6) 20%, transparent); border-block: 2px solid var(--molmo-range, #3b82f6); }
  [part=from], [part=until] { position: absolute; top: 0; width: 14px; height: ${upperPx}px; margin-left: -7px; pointer-events: auto; cursor: ew-resize; touch-action: none; }
  [part=from]::before, [part=until]::before { content: ''; position: absolute; inset: 0 4px; border-radius: 3px; background: var(--molmo-range, #3b82f6); }
  [part=preview] { position: absolute; bottom: calc(100% + 6px); padding: 3px; border-radius: 6px; background: #141312; color: #fff; text-align: center; pointer-events: none; z-index: 5; font-variant-numeric: tabular-nums; }
  [part=preview] canvas { width: auto; max-width: 12rem; height: 90px; margin: 0 auto 2px; border-radius: 4px; }
  [part=scroll] { grid-column: 2; width: 100%; margin: 2px 0 0; height: 18px; accent-color: currentColor; }
  [hidden] { display: none !important; }
  /* Its place is kept, so that zooming moves nothing. */
  [part=scroll][hidden] { display: block !important; visibility: hidden; }
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
