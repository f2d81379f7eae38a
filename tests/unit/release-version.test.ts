import { expect, test } from 'vitest';
import { releaseProblem } from '../../scripts/release-version.ts';

const changelog =
  '# Changelog\n\n## 0.2.0 (2026-03-01)\n\n### Added\n\n- Things.\n\n## 0.1.0 (2026-01-05)\n\n- More.\n';
const claim = { version: '0.2.0', packageVersion: '0.2.0', changelog, today: '2026-03-01' };

test('a version that package.json and CHANGELOG.md agree on may be released', () => {
  expect(releaseProblem(claim)).toBeNull();
  expect(releaseProblem({ ...claim, changelog: changelog.replace(/\n## 0\.1\.0[^]*/, '\n') })).toBeNull();
});

test.each<[string, Partial<typeof claim>, RegExp]>([
  ['is no version', { version: 'v0.2' }, /no version/],
  ['is not the one of package.json', { packageVersion: '0.1.0' }, /package\.json says 0\.1\.0/],
  ['has no heading', { changelog: changelog.replace('0.2.0', '0.3.0') }, /no heading for 0\.2\.0/],
  ['is called unreleased', { changelog: changelog.replace('2026-03-01', 'unreleased') }, /unreleased.*2026-03-01/],
  ['was released on another day', { today: '2026-03-02' }, /dates 0\.2\.0 to 2026-03-01, and today is 2026-03-02/],
  ['has two headings', { changelog: `${changelog}\n## 0.2.0 (2026-03-01)\n` }, /2 headings/],
  ['is not the first', { changelog: changelog.replace('# Changelog', '# Changelog\n\n## 0.3.0 (unreleased)\n') }, /begins with 0\.3\.0/],
  ['does not follow the one before', { changelog: changelog.replace('0.1.0', '0.10.0') }, /0\.10\.0 before 0\.2\.0/],
  ['says nothing', { changelog: changelog.replace('- Things.', '') }, /says nothing/],
  ['stands beside a heading of another form', { changelog: `${changelog}\n## Older\n` }, /heading "## Older"/],
])('a version that %s is refused', (_, changes, message) => {
  expect(releaseProblem({ ...claim, ...changes })).toMatch(message);
}); // prettier-ignore
