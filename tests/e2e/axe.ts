// What axe finds on the page as it is now.

import axeCore from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

interface Found {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** No rule of axe is broken, those for good practice and for labels included. */
export async function expectNoViolations(page: Page, state: string): Promise<void> {
  // Not as an element: the page's policy forbids scripts inside it.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeCore.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Found[] }> };
    };
    const options = { rules: { 'label-content-name-mismatch': { enabled: true } } };
    return (await axe.run(options)).violations;
  });
  const said = violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary ?? ''}`).join(' | ')}`,
  );
  expect(said, `axe, ${state}`).toEqual([]);
}
