// Notices whatever may move a picture on the page or change its size.

import type { Target } from './target-box.ts';

/** A media query on the density fires once it changes, and then names the density before. */
function watchDensity(changed: () => void, signal: AbortSignal): void {
  const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  const listener = (): void => {
    changed();
    watchDensity(changed, signal);
  };
  query.addEventListener('change', listener, { once: true, signal });
}

/** Calls `changed` until `signal` aborts. */
export function watchTarget(
  host: HTMLElement,
  target: Target,
  changed: () => void,
  signal: AbortSignal,
): void {
  const sizes = new ResizeObserver(changed);
  sizes.observe(target);
  sizes.observe(host);
  for (const type of ['load', 'loadedmetadata', 'resize']) target.addEventListener(type, changed, { signal });
  const looks = new MutationObserver(changed);
  looks.observe(target, { attributes: true, attributeFilter: ['class', 'style', 'width', 'height'] });
  // Colours and font of the overlay are properties of its style.
  looks.observe(host, { attributes: true, attributeFilter: ['class', 'style'] });
  signal.addEventListener(
    'abort',
    () => {
      sizes.disconnect();
      looks.disconnect();
    },
    { once: true },
  );
  addEventListener('resize', changed, { signal });
  watchDensity(changed, signal);
}
