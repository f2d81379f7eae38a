// Which picture an overlay lies over.

import { isTarget, type Target } from './target-box.ts';

/** The element that the attribute `for` names, or the picture inside the overlay; null where there is none (yet). */
export function findTarget(host: HTMLElement): Target | null {
  const id = host.getAttribute('for');
  if (id !== null) {
    const root = host.getRootNode();
    const named = root instanceof Document || root instanceof ShadowRoot ? root.getElementById(id) : null;
    return isTarget(named) ? named : null;
  }
  const child = host.querySelector('img, video, canvas');
  return isTarget(child) ? child : null;
}
