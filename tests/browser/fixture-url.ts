/** The address of a file under tests/fixtures, as the test server gives it to a page or a worker. */
export function fixtureUrl(name: string): string {
  return new URL(`/tests/fixtures/${name}`, self.location.origin).href;
}
