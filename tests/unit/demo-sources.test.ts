// The words and numbers of the page's other sources: cameras, screens and addresses.

import { expect, test } from 'vitest';
import { captureFault, captureProblem, type CaptureFault } from '../../demo/sources/capture-problem.ts';
import { Rate } from '../../demo/sources/live-asking.ts';
import { ageText, spoken } from '../../demo/sources/live-view.ts';
import { addressIn } from '../../demo/sources/web-address.ts';

test('every way in which a camera or a screen is not shown has words of its own', () => {
  const faults: CaptureFault[] = ['insecure', 'unsupported', 'refused', 'refused-by-system', 'missing', 'in-use', 'ended', 'unknown']; // prettier-ignore
  const texts = (['camera', 'screen'] as const).flatMap((kind) =>
    faults.map((fault) => captureProblem(kind, fault, new Error('odd'))),
  );
  expect(new Set(texts.map(({ title }) => title)).size).toBe(texts.length);
  expect(new Set(texts.map(({ message }) => message)).size).toBe(texts.length - 1); // both unknown ones say what the browser said
  for (const { title, message, help } of texts) {
    expect(`${title} ${message} ${help.join(' ')}`).not.toMatch(/Error|getUserMedia|undefined|null/);
    expect(help.length).toBeGreaterThan(0);
  }
});

test('what a browser throws is one of them', () => {
  const faults =
    ['NotAllowedError', 'NotFoundError', 'OverconstrainedError', 'NotReadableError', 'SecurityError', 'TypeError'] // prettier-ignore
      .map((name) => captureFault(new DOMException('No.', name)));
  expect(faults).toEqual(['refused', 'missing', 'missing', 'in-use', 'insecure', 'unknown']);
  expect(captureFault(new DOMException('Permission denied by system', 'NotAllowedError'))).toBe(
    'refused-by-system',
  );
  expect(captureFault('odd')).toBe('unknown');
});

test('a text is an address where it is nothing else', () => {
  expect(addressIn(' https://example.com/a%20b.mp4?x=1\n')?.href).toBe('https://example.com/a%20b.mp4?x=1');
  expect(addressIn('HTTP://example.com/x')?.protocol).toBe('http:');
  for (const text of ['', 'see https://example.com', 'https://', 'ftp://example.com/x', 'javascript:alert(1)', 'https://a b'])
    expect(addressIn(text), text).toBeNull();
}); // prettier-ignore

test('answers and their age read as people speak', () => {
  expect(spoken('Counting the <points coords="1 1 500 500">red star</points> shows a total of 1.')).toBe(
    'Counting the red star shows a total of 1.',
  );
  expect(ageText(449, null)).toBe('The dots are 400 ms old.');
  expect(ageText(1260, 2.26)).toBe('The dots are 1.3 s old. 2.3 answers a second.');
  expect(ageText(9000, 0.125)).toBe('The dots are 9.0 s old. An answer every 8.0 s.');
});

test('the rate is that of the last few answers', () => {
  const rate = new Rate();
  expect(rate.add(0)).toBeNull();
  expect(rate.add(500)).toBe(2);
  for (let ms = 1000; ms < 10_000; ms += 1000) rate.add(ms);
  expect(rate.add(10_000)).toBe(1);
});
