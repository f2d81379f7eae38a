// An overlay on the test's page, and what it draws.

import { expect } from 'vitest';
import type { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';

export function picture(width: number, height: number): Promise<HTMLImageElement> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const img = new Image();
  img.src = canvas.toDataURL();
  return img.decode().then(() => img);
}

export function overlayOver(target: HTMLElement): MolmoOverlay {
  const overlay = document.createElement('molmo-overlay');
  overlay.setAttribute('labels', 'none');
  overlay.append(target);
  document.body.append(overlay);
  return overlay;
}

export const paint = () =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

export function once(target: EventTarget, type: string): Promise<unknown> {
  return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
}

export function canvasOf(overlay: MolmoOverlay): HTMLCanvasElement {
  const canvas = overlay.shadowRoot?.querySelector('canvas');
  if (!canvas) throw new Error('the overlay has no canvas');
  return canvas;
}

/** Centre of everything that is drawn, in CSS pixels of the viewport; null where nothing is. */
export function inkCentre(overlay: MolmoOverlay): { x: number; y: number } | null {
  const canvas = canvasOf(overlay);
  const ctx = canvas.getContext('2d');
  if (!ctx || canvas.width === 0 || canvas.height === 0) return null;
  const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < canvas.width * canvas.height; i++)
    if ((data[4 * i + 3] ?? 0) > 250) {
      count++;
      sumX += (i % canvas.width) + 0.5;
      sumY += Math.floor(i / canvas.width) + 0.5;
    }
  if (count === 0) return null;
  const rect = canvas.getBoundingClientRect();
  return {
    x: rect.left + (sumX / count / canvas.width) * rect.width,
    y: rect.top + (sumY / count / canvas.height) * rect.height,
  };
}

export function expectNear(
  actual: { x: number; y: number } | null,
  x: number,
  y: number,
  tolerance = 1,
): void {
  expect(actual).not.toBeNull();
  expect(Math.abs((actual?.x ?? Infinity) - x), `x is ${actual?.x}, expected ${x}`).toBeLessThan(tolerance);
  expect(Math.abs((actual?.y ?? Infinity) - y), `y is ${actual?.y}, expected ${y}`).toBeLessThan(tolerance);
}

/** The colours of the canvas of dots around a place of the target, `radius` CSS pixels away, as [r, g, b, a]. */
export function coloursAround(
  overlay: MolmoOverlay,
  x: number,
  y: number,
  radius: number,
  count = 48,
): number[][] {
  const canvas = canvasOf(overlay);
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  const ctx = canvas.getContext('2d');
  return Array.from({ length: count }, (_, i) => {
    const angle = (i / count) * 2 * Math.PI;
    const at = [x + radius * Math.cos(angle), y + radius * Math.sin(angle)].map((v) => Math.floor(v * scale));
    return [...(ctx?.getImageData(at[0] ?? 0, at[1] ?? 0, 1, 1).data ?? [])];
  });
}
