// The page under fingers: everything that can be pressed is large enough, in every state that has buttons of its own. And the first load,
// which no key takes away.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage } from './demo-site.ts';
import {
  ask,
  chooseFiles,
  expectWorking,
  offeredSample,
  type OnePage,
  openOnePage,
  sampleQuestion,
  untilReady,
} from './demo-steps.ts';

let opened: OnePage;
let page: Page;

beforeAll(async () => {
  opened = await openOnePage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  ({ page } = opened);
});
afterAll(() => opened?.close());

/** What is less than 44 CSS pixels wide or high, of all that can be pressed; labels, and room around a chip, belong to it. */
function smallTargets(): Promise<string[]> {
  return page.evaluate(() => {
    const least = 43.9;
    const isInSentence = (element: Element): boolean =>
      element.matches('p .link, .notices a, [role=option]') && !element.closest('footer');
    const roomOf = (element: Element): { width: number; height: number } => {
      const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
      const { content, position, top, left } = getComputedStyle(element, '::after');
      if (content === 'none' || position !== 'absolute') return { width, height };
      return { width: width - 2 * Number.parseFloat(left), height: height - 2 * Number.parseFloat(top) };
    };
    const small: string[] = [];
    const look = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        if (!element.matches('button, select, input, textarea, summary, a[href]')) continue;
        if (!element.checkVisibility({ visibilityProperty: true }) || isInSentence(element)) continue;
        if (element.matches('.visually-hidden')) continue; // another button stands for it
        const { width, height } = roomOf(element);
        const name = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
        if (width < least || height < least)
          small.push(`${element.tagName} ${element.id} ${name}: ${width.toFixed(1)} x ${height.toFixed(1)}`);
      }
    };
    look(document);
    return small;
  });
}

/** Opens what is folded. */
async function unfold(within = 'main, footer'): Promise<void> {
  for (const summary of await page.locator(within).locator('details:not([open]) > summary').all())
    if (await summary.isVisible()) await summary.click();
}

test('everything that can be pressed is 44 pixels wide and high', async () => {
  await page.click(offeredSample({ kind: 'video', says: 'tracks' }).button);
  await page.waitForSelector('body[data-state="ready"] #turns [data-state="answered"]');
  await page.click('.edit-tools button:has-text("Correct")');
  await unfold();
  expect(await smallTargets(), 'a clip is corrected').toEqual([]);
  const picture = sampleQuestion({ kind: 'image', says: 'points' });
  await chooseFiles(page, picture.files);
  for (let i = 0; i < 2; i++) await ask(page, picture.question);
  await page.click('#compare');
  await unfold();
  expect(await smallTargets(), 'two answers are compared').toEqual([]);
  await page.click('#leave-comparison');
  await page.click('#model-button');
  await page.waitForSelector('#model-dialog[open]');
  await unfold('#model-dialog');
  expect(await smallTargets(), 'the model menu').toEqual([]);
  await page.keyboard.press('Escape');
});

test('Esc in the first load does not leave a page without a model', async () => {
  const { page: fresh, errors } = await openPage(opened.browser, opened.site.url);
  for (let i = 0; i < 5; i++) {
    await fresh.keyboard.press('Escape');
    await fresh.waitForTimeout(100);
  }
  await untilReady(fresh);
  await expectWorking(fresh);
  expect(errors).toEqual([]);
  await fresh.context().close();
});
