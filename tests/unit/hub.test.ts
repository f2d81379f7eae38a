import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hubAddress, openHub, type Hub, type HubOptions } from '../../src/weights/fetch/hub.ts';
import { startHub, type HubServer } from './hub-server.ts';

const weights = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 3));
const file = 'model.safetensors';
const now = 1_800_000_000_000; // a whole second, which is all that an HTTP date tells

let server: HubServer;
let waits: number[];

beforeEach(async () => {
  server = await startHub('allenai/Molmo2-4B', [
    ['config.json', Buffer.from('{"a":1}')],
    [file, weights],
  ]);
  waits = [];
});
afterEach(() => server.close());

function open({ text = 'hf:allenai/Molmo2-4B', token = null as string | null, ...options }: HubOptions & { text?: string; token?: string | null } = {}): Hub {
  const address = hubAddress(text, { endpoint: server.endpoint, token });
  if (!address) throw new Error(`${text} is no address`);
  return openHub(address, {
    ...options,
    policy: { ...options.policy, failures: 3, stallMs: 300, sleep: async (ms) => void waits.push(ms), random: () => 0.5 },
  });
} // prettier-ignore

const part = (start: number, end: number) => new Uint8Array(weights.subarray(start, end));

describe('an address on the hub', () => {
  test.each([
    ['hf:allenai/Molmo2-4B', 'allenai/Molmo2-4B', 'main'],
    ['hf:a/b@v1.0', 'a/b', 'v1.0'],
    ['hf:a/b@refs/pr/3', 'a/b', 'refs/pr/3'],
  ])('%s is understood', (text, repo, revision) => {
    expect(hubAddress(text)).toEqual({ endpoint: 'https://huggingface.co', repo, revision, token: null });
  });

  test.each(['hf:', 'hf:a', 'hf:a/b/c', 'hf:../b', 'hf:a/b@', 'hf:a/b@../x', 'hf:a/b?x', 'hf:a/b c'])(
    '%s is refused with an example',
    (text) => {
      expect(() => hubAddress(text)).toThrow(/Write hf:OWNER\/NAME/);
    },
  );

  test.each([
    [{ endpoint: 'localhost:1' }, /^options\.hub\.endpoint must be an address .+ got "localhost:1"\.$/],
    [{ endpoint: 'ftp://x' }, /^options\.hub\.endpoint must be an address/],
    [{ token: 'two words' }, /^options\.hub\.token has characters that no token has/],
    [{ token: 'line\n' }, /^options\.hub\.token has characters/],
  ])('needs settings that can be used: %o', (hub, message) => {
    expect(() => hubAddress('hf:a/b', hub)).toThrow(TypeError);
    expect(() => hubAddress('hf:a/b', hub)).toThrow(message);
  });

  test('is nothing without hf:', () => {
    expect(hubAddress('some/folder')).toBe(null);
  });
});

describe('files of the hub', () => {
  test('are read whole and in ranges; a file that does not exist is null', async () => {
    const hub = open();
    expect(new TextDecoder().decode((await hub.read('config.json'))!)).toBe('{"a":1}');
    expect(await hub.readRange(file, 10, 5000)).toEqual(part(10, 5000));
    expect(await hub.readRange(file, 99_990, 100_100)).toEqual(part(99_990, 100_000));
    expect((await hub.version(file))?.byteLength).toBe(100_000);
    expect(await hub.read('nothing.json')).toBe(null);
    expect(await hub.version('nothing.json')).toBe(null);
    await expect(hub.readRange('nothing.bin', 0, 1)).rejects.toMatchObject({ code: 'bad-checkpoint' });
    expect(waits).toEqual([]);
  });

  test('are all of the commit that the first answer named', async () => {
    const hub = open();
    await hub.read('config.json');
    await hub.readRange(file, 0, 10);
    const paths = server.seen.filter((one) => one.server === 'hub').map(({ path }) => path);
    expect(paths[0]).toContain('/resolve/main/');
    expect(paths[1]).toContain(`/resolve/${server.commit}/`);
    expect(hub.address().revision).toBe(server.commit);
  });

  test('in the store are asked for there, until its address expires', async () => {
    const hub = open();
    for (let i = 0; i < 4; i++) await hub.readRange(file, i, i + 10);
    expect(server.seen.filter((one) => one.server === 'hub')).toHaveLength(1);
    let expired = true;
    server.misbehave = (_, response, seen) => {
      if (seen.server !== 'store' || !expired) return false;
      expired = false;
      response.writeHead(403).end();
      return true;
    };
    expect(await hub.readRange(file, 50, 60)).toEqual(part(50, 60));
    expect(server.seen.filter((one) => one.server === 'hub')).toHaveLength(2);
  });

  test('are asked for with the token at the hub and never at the store', async () => {
    server.token = 'secret';
    const hub = open({ token: 'secret' });
    await hub.read('config.json');
    await hub.readRange(file, 0, 10);
    await hub.readRange(file, 10, 20);
    const tokens = server.seen.map((one) => [one.server, one.authorization]);
    expect(tokens).toEqual([
      ['hub', 'Bearer secret'],
      ['hub', 'Bearer secret'],
      ['store', undefined],
      ['store', undefined],
    ]);
  });

  test.each<[string, string | null, RegExp]>([
    ['no token', null, /answered 401 .*set hub: \{ token \} to a token that may read it/],
    [
      'the wrong token',
      'other',
      /answered 401 .*accept its terms, or set hub: \{ token \} to a token that may read it/,
    ],
  ])('that need a token say what to do with %s', async (_, token, message) => {
    server.token = 'secret';
    const reading = open({ token }).read('config.json');
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ code: 'network' });
    await expect(reading).rejects.not.toThrow(/secret|other/);
    expect(waits).toEqual([]);
  });

  test.each([
    ['hf:allenai/None', /no such repository/],
    ['hf:allenai/Molmo2-4B@v9', /no such revision/],
  ])('of %s are told to be nowhere', async (text, message) => {
    const reading = open({ text }).read('config.json');
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ code: 'unknown-model' });
  });
});

describe('a hub that misbehaves', () => {
  /** Does something to the first `times` answers of the store. */
  function first(times: number, answer: (response: import('node:http').ServerResponse) => void): void {
    let left = times;
    server.misbehave = (_, response, seen) => {
      if (seen.server !== 'store' || left === 0) return false;
      left -= 1;
      answer(response);
      return true;
    };
  }

  test.each<[string, (response: import('node:http').ServerResponse) => void]>([
    ['breaks the connection', (response) => response.destroy()],
    ['answers 500', (response) => response.writeHead(500).end()],
    ['answers 429', (response) => response.writeHead(429).end()],
    ['ends before the last byte', (response) => response.writeHead(206, { 'Content-Range': 'bytes 0-99/100000' }).end('short')],
    ['cuts off the body', (response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 0-99/100000', 'Content-Length': 100 }).write('short');
      setTimeout(() => response.destroy(), 20);
    }],
    ['sends more than was asked for', (response) => response.writeHead(206, { 'Content-Range': 'bytes 0-99/100000' }).end('long'.repeat(99))],
    ['sends other bytes than were asked for', (response) => response.writeHead(206, { 'Content-Range': 'bytes 5-104/100000' }).end('x'.repeat(100))],
    ['says no range', (response) => response.writeHead(206).end('x'.repeat(100))],
    ['says NaN for the length', (response) => response.writeHead(206, { 'Content-Range': 'bytes 0-99/NaN' }).end('x'.repeat(100))],
    ['says nothing', () => {}],
    ['stalls within the body', (response) => response.writeHead(206, { 'Content-Range': 'bytes 0-99/100000' }).write('x')],
  ])('%s twice is asked again, then gives the right bytes', async (_, answer) => {
    first(2, answer);
    expect(await open().readRange(file, 0, 100)).toEqual(part(0, 100));
    expect(waits).toEqual([375, 750]);
  }); // prettier-ignore

  test('that goes on answering 500 ends in one error with the number of attempts', async () => {
    first(100, (response) => response.writeHead(500).end());
    const reading = open().readRange(file, 0, 100);
    await expect(reading).rejects.toThrow(/after 4 attempts \(the hub's file store answered 500 .*\)/);
    await expect(reading).rejects.toMatchObject({ code: 'network' });
    expect(waits).toHaveLength(3);
  });

  test('that is flooded is obeyed, and the error says what to do', async () => {
    first(100, (response) => response.writeHead(429, { 'Retry-After': '7' }).end());
    await expect(open().readRange(file, 0, 100)).rejects.toThrow(/too many requests: wait some minutes .*hub: \{ token \}/);
    expect(waits).toEqual([7000, 7000, 7000]);
  }); // prettier-ignore

  test.each<[string, number, string, RegExp]>([
    ['429', 429, '300', /answered 429 Too Many Requests and asks to wait 300 s\. That is too many requests/],
    [
      '503',
      503,
      '61',
      /answered 503 Service Unavailable and asks to wait 61 s\. Try again after that time\.$/,
    ],
    ['a date', 429, new Date(now + 3_600_000).toUTCString(), /asks to wait 3600 s\./],
    ['more than any clock', 503, '999999999', /asks to wait 999999999 s\./],
  ])('that asks for more patience than there is (%s) is left at once', async (_, status, after, message) => {
    first(100, (response) => response.writeHead(status, { 'Retry-After': after }).end());
    const reading = open({ policy: { now: () => now } }).readRange(file, 0, 100);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ code: 'network' });
    expect(waits).toEqual([]);
  });

  test('that sends a sign-in page in place of a file is told by its address', async () => {
    server.misbehave = (_, response, seen) => {
      if (seen.path === '/login')
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<html>');
      else response.writeHead(302, { Location: '/login' }).end();
      return true;
    };
    const words = `could not be fetched: ${server.endpoint} answered with a web page in its place. Sign in there`;
    await expect(open().read('config.json')).rejects.toThrow(
      `config.json of hf:allenai/Molmo2-4B@main ${words}`,
    );
    await expect(open().readRange(file, 0, 10)).rejects.toThrow(words);
    expect(waits).toEqual([]);
  });

  test('that asks for less is obeyed in full, and only waits that a person notices are told', async () => {
    const told: string[] = [];
    const afters = ['60', '1', new Date(now + 30_000).toUTCString()];
    let at = 0;
    first(3, (response) => response.writeHead(429, { 'Retry-After': afters[at++] }).end());
    expect(
      await open({ policy: { now: () => now, onWait: (text) => told.push(text) } }).readRange(file, 0, 100),
    ).toEqual(part(0, 100));
    expect(waits.map((ms) => Math.round(ms / 1000))).toEqual([60, 1, 30]);
    const words = "The hub's file store answered 429 Too Many Requests; asking again in";
    expect(told[0]).toBe(`${words} 60 s.`);
    expect(told).toHaveLength(2);
  });

  test.each<[string, () => void]>([
    ['of the same length', () => server.files.set(file, Buffer.from(weights.toReversed()))],
    ['of another length', () => server.files.set(file, weights.subarray(0, 90_000))],
  ])('whose file becomes one %s is noticed', async (_, change) => {
    const hub = open();
    await hub.readRange(file, 0, 100);
    change();
    await expect(hub.readRange(file, 100, 200)).rejects.toThrow(/model\.safetensors of .+ changed on the hub while it was read/); // prettier-ignore
  });

  test('whose file is not the one that was seen earlier is noticed at the first read', async () => {
    const version = await open().version(file);
    server.files.set(file, Buffer.from(weights.toReversed()));
    await expect(open({ versions: new Map([[file, version!]]) }).readRange(file, 0, 10)).rejects.toThrow(/changed on the hub/); // prettier-ignore
  });

  test('that ignores ranges is told apart, before the whole file is read', async () => {
    first(100, (response) => response.writeHead(200, { 'Content-Length': 1e12 }).write('x'));
    await expect(open().readRange(file, 0, 100)).rejects.toThrow(/sent all of model\.safetensors when asked for a part/); // prettier-ignore
  });

  test('is left at once when the signal is aborted', async () => {
    const stop = new AbortController();
    first(100, () => setTimeout(() => stop.abort(new Error('enough')), 20));
    const startMs = performance.now();
    await expect(open().readRange(file, 0, 100, stop.signal)).rejects.toThrow('enough');
    expect(performance.now() - startMs).toBeLessThan(200);
  });
});
