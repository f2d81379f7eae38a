// Reads fixtures in Node and in a browser alike: tests/fixtures is on the disk of one and behind the dev server of the other.

// Kept apart, because Vite rewrites `new URL(..., import.meta.url)` as the address of one file.
const here = import.meta.url;
const fixtures = new URL('./fixtures/', here);

/** The address of a fixture; files of it can be given to the engine as they are. */
export function fixtureUrl(path: string): URL {
  return new URL(path, fixtures);
}

export async function fixtureBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = fixtureUrl(path);
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export async function fixtureJson(path: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await fixtureBytes(path)));
}

/** True where the tests run in a page. */
export const inBrowser = fixtures.protocol !== 'file:';
