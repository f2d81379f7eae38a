import { expect, test } from 'vitest';

test('the overlay module loads where there is no page', async () => {
  expect(globalThis.HTMLElement).toBeUndefined();
  const { MolmoOverlay } = await import('../../src/overlay/molmo-overlay.ts');
  expect(MolmoOverlay.observedAttributes).toContain('dot-size');
});
