// Whether a version may be released, by what package.json and CHANGELOG.md say of it. Pure.

export interface ReleaseClaim {
  /** What is to be released. */
  readonly version: string;
  /** The version in package.json. */
  readonly packageVersion: string;
  readonly changelog: string;
  /** Today, as 2026-01-31. */
  readonly today: string;
}

const semver = /^(\d+)\.(\d+)\.(\d+)(?:-[\da-z.-]+)?$/;
const heading = /^## (\S+) \(([^)]*)\)$/;

/** Numbers of a version; what is in front of a release comes before it. */
function order(version: string): readonly number[] {
  const numbers = (semver.exec(version) ?? []).slice(1, 4).map(Number);
  return [...numbers, version.includes('-') ? 0 : 1];
}

function isBefore(a: string, b: string): boolean {
  const [one, other] = [order(a), order(b)];
  const at = one.findIndex((value, i) => value !== other[i]);
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
}

/** What keeps the version from being released and what to do about it, one sentence; null where nothing does. */
export function releaseProblem({ version, packageVersion, changelog, today }: ReleaseClaim): string | null {
  if (!semver.test(version)) return `"${version}" is no version. Write it as 1.2.3.`;
  if (packageVersion !== version)
    return `package.json says ${packageVersion}. Set it to ${version}, and package-lock.json with it: npm version --no-git-tag-version ${version}`;
  const lines = changelog.split('\n');
  const headings = lines.filter((line) => line.startsWith('## '));
  const odd = headings.find((line) => !heading.test(line));
  if (odd !== undefined) return `CHANGELOG.md has the heading "${odd}". Write "## 1.2.3 (2026-01-31)".`;
  const releases = headings.map((line) => {
    const [, name = '', date = ''] = heading.exec(line) ?? [];
    return { name, date };
  });
  const found = releases.filter(({ name }) => name === version);
  if (found.length > 1) return `CHANGELOG.md has ${found.length} headings for ${version}. Join them.`;
  const [first, second] = releases;
  const [own] = found;
  if (!own || !first)
    return `CHANGELOG.md has no heading for ${version}. Write "## ${version} (${today})" above its lines.`;
  if (own.date === 'unreleased')
    return `CHANGELOG.md calls ${version} unreleased. Write "## ${version} (${today})".`;
  if (own.date !== today)
    return `CHANGELOG.md dates ${version} to ${own.date}, and today is ${today}. Either it was released then, or the date is wrong.`;
  if (first.name !== version)
    return `CHANGELOG.md begins with ${first.name}, not with ${version}. Put what is released first.`;
  if (second && !isBefore(second.name, version))
    return `CHANGELOG.md has ${second.name} before ${version}, which does not follow it. Choose a later version.`;
  const body = lines.slice(lines.findIndex((line) => line.startsWith(`## ${version} `)) + 1);
  const end = body.findIndex((line) => line.startsWith('## '));
  const says = body.slice(0, end < 0 ? undefined : end).some((line) => line.startsWith('- '));
  return says ? null : `CHANGELOG.md says nothing about ${version}. Tell users what changed.`;
}
