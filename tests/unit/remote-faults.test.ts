// What a question for a server ends with where it cannot be asked, and where the server or the network misbehaves: the right answer or one
// clear error.

import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RemoteInput, RemoteOptions } from '../../src/adapters/remote/remote.ts';
import type { AskEvent, AskOptions, MediaInfo } from '../../src/api.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { pictureHeader } from '../../src/media/picture/picture-header.ts';
import { questionLike, type WantedQuestion } from '../sample-questions.ts';
import type { VllmFault } from '../vllm-server.ts';
import {
  answered,
  answerOf,
  ask,
  engineEvents,
  failure,
  file,
  index,
  remote,
  says,
  server,
  useServer,
} from './remote-support.ts';
import { integer, pick, seeded } from './text-support.ts';

useServer();

describe('what is refused before anything is sent', () => {
  const video = new Uint8Array(10);
  const size = { width: 2, height: 2 };
  test.each<[RemoteInput, AskOptions, RegExp]>([
    [{ prompt: '' }, {}, /prompt is empty/],
    [{ prompt: 'Look at <|image|> here' }, {}, /"<\|image\|>".*is no text for a server/],
    [{ video, prompt: 'a' }, {}, /"size": \{ width, height \}/],
    [{ video, size, prompt: 'a', startSec: 1 }, {}, /"startSec" cannot be told to a server/],
    [{ video, size, image: video, prompt: 'a' }, {}, /about pictures or about a video/],
    [{ image: new Uint8Array(20), prompt: 'a' }, {}, /Picture 1 cannot be decoded/],
    [{ prompt: 'a', point: { timeSec: 0, x: 1, y: 1 } }, {}, /belong to a video/],
    [{ messages: [{ role: 'user', content: [{ type: 'image' }] }] }, {}, /more image parts than/],
    [{ prompt: 'a', messages: [] }, {}, /exclude each other/],
    [{ prompt: 'a' }, { trace: {} }, /options.trace is of the engine/],
    [{ prompt: 'a' }, { kv: 'f16' }, /options.kv is of the engine/],
    [{ prompt: 'a' }, { temperature: NaN }, /options.temperature must be 0 or more, got NaN/],
    [{ prompt: 'a' }, { logitBias: { 3: 200 } }, /logitBias\[3\] must be from -100 to 100/],
    [{ prompt: 'a' }, { expect: 'points' }, /"points" is a grammar of the engine on this machine/],
    [{ prompt: 'a' }, { expect: { regExp: /a/i } }, /has the flags "i"/],
  ])('%o with %o', async (input, options, message) => {
    await expect(ask(input, options)).rejects.toThrow(message);
    expect(server.requests).toEqual([]);
  });

  test('a video that is too large, frames of two sizes', async () => {
    const large = ask({ video, size, prompt: 'a' }, {}, remote({ mostVideoBytes: 9 }));
    expect((await failure(large)).code).toBe('media-too-large');
    const [a = '', b = ''] = ['one crop', 'wide'].map((form) => questionLike(index, { form } as WantedQuestion).sample.media[0]);
    await expect(ask({ video: { frames: [file(a), file(b)], timestamps: [0, 1] }, prompt: 'a' })).rejects.toThrow(/frame 2 is .* the first is 168 x 168/);
  }); // prettier-ignore

  test.each<[Partial<RemoteOptions>, RegExp]>([
    [{ baseURL: 'localhost:8000' }, /address of the server must begin with http/],
    [{ baseURL: 'http://me:pw@localhost/v1' }, /holds a name or password/],
    [{ apiKey: 'a b' }, /key of the server is empty or has blanks/],
    [{ model: '' }, /model of the server has no name/],
    [{ silenceMs: 0 }, /options.silenceMs must be a number above 0/],
  ])('%o', (options, message) => {
    expect(() => remote(options)).toThrow(message);
  });
});

describe('a server that misbehaves', () => {
  const text = '<points coords="1 1 500 500 2 100 100">dot</points>';
  const [name = ''] = questionLike(index, { form: 'one crop' }).sample.media;
  const input = { image: file(name), prompt: 'Point.' };
  beforeEach(() => says(text));

  test.each<VllmFault[]>([
    [
      { kind: 'status', status: 429, retryAfter: '0' },
      { kind: 'status', status: 503 },
    ],
    [{ kind: 'refuses' }, { kind: 'reset', after: 0 }],
    [
      { kind: 'end', after: 0 },
      { kind: 'garbage', after: 0 },
    ],
    [
      { kind: 'error', after: 0 },
      { kind: 'half-chunk', after: 0 },
    ],
  ])('is asked again as long as nothing came: %o, %o', async (...faults) => {
    server.faults = faults;
    const events = await ask(input);
    expect(answered(events).text).toBe(text);
    expect(server.requests).toHaveLength(3);
    const waits = events.flatMap((event) => (event.type === 'progress' ? (event.waiting ?? []) : []));
    expect(waits).toHaveLength(2);
    expect(waits[0]).toMatch(/^The server gave no answer \(.*\); asking again at once\.$/);
  });

  test.each(['reset', 'end', 'garbage', 'error', 'abort', 'half-chunk'] as const)(
    'is not asked again once something came: %s',
    async (kind) => {
      server.faults = [{ kind, after: 2 }];
      const events: AskEvent[] = [];
      const asking = (async () => {
        for await (const event of remote().ask(input)) events.push(event);
      })();
      const error = await failure(asking);
      expect(error.code).toBe('network');
      expect(error.message).toMatch(
        /^The server at http:.* gave no answer: .* in the middle of its answer\. Try again/,
      );
      expect(events.filter(({ type }) => type === 'text')).toHaveLength(2);
      expect(server.requests).toHaveLength(1);
    },
  );

  test.each<[VllmFault, string, RegExp]>([
    [{ kind: 'status', status: 401 }, 'network', /answered 401: no\. Check apiKey/],
    [{ kind: 'status', status: 404, message: 'The model `molmo2` does not exist.' }, 'unknown-model', /in place of "molmo2"/],
    [{ kind: 'status', status: 404, message: 'Not Found' }, 'network', /Check baseURL/],
    [{ kind: 'status', status: 400, message: "This model's maximum context length is 4096 tokens." }, 'context-full', /maxNewTokens/],
    [{ kind: 'status', status: 400, message: 'top_k must be -1' }, 'bad-request', /top_k must be -1\. Change/],
    [{ kind: 'status', status: 422, message: 'Failed to fetch media from URL: HTTP 404 error' }, 'media-unreadable', /pass its bytes/],
    [{ kind: 'status', status: 413, message: '' }, 'media-too-large', /URL of the video/],
    [{ kind: 'status', status: 429, retryAfter: '3600' }, 'network', /asks to wait 3600 s/],
    [{ kind: 'error', after: 0, status: 400 }, 'bad-request', /answered 400: EngineCore/],
    [{ kind: 'redirect' }, 'network', /it redirects to http:.*Nothing was sent there/],
    [{ kind: 'web-page' }, 'network', /no stream of events.*Check baseURL/],
    [{ kind: 'no-stream' }, 'network', /no stream of events.*Check baseURL/],
  ])('%o is one error: %s', async (fault, code, message) => {
    server.faults = [fault];
    const error = await failure(ask(input, {}, remote({ apiKey: 'secret-key' })));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(server.requests).toHaveLength(1);
    expect(server.strangerSaw).toEqual([]);
  }); // prettier-ignore

  test('is given up after so many requests, and its words show no key', async () => {
    server.key = 'another';
    const wrong = await failure(ask(input, {}, remote({ apiKey: 'secret-key' })));
    expect(wrong.message).toMatch(/Unauthorized: Bearer \(the key\)/);
    server.key = null;
    server.faults = Array.from({ length: 9 }, () => ({
      kind: 'status',
      status: 500,
      message: 'of secret-key',
    }));
    const error = await failure(ask(input, {}, remote({ apiKey: 'secret-key', attempts: 3 })));
    expect(error.message).toMatch(/answered 500: of \(the key\) \(attempt 3\)/);
    expect(`${error.message}${error.stack}`).not.toContain('secret-key');
    expect(server.requests).toHaveLength(4);
    const gone = await failure(ask(input, {}, remote({ baseURL: 'http://127.0.0.1:1/v1', attempts: 2 })));
    expect(gone.message).toMatch(
      /(ECONNREFUSED|bad port).*\(attempt 2\)\. Check baseURL and that the server runs/,
    );
  });

  test.each([
    [0, /said nothing for 0.1 s\. Raise the option firstTokenMs/],
    [2, /said nothing for 0.1 s in the middle of its answer\. Raise the option silenceMs/],
  ])('that falls silent after %i pieces is given up', async (after, message) => {
    server.faults = [{ kind: 'silence', after }];
    const limits = after === 0 ? { firstTokenMs: 100 } : { silenceMs: 100 };
    expect((await failure(ask(input, {}, remote(limits)))).message).toMatch(message);
    expect(server.requests).toHaveLength(1);
  });

  test.each(['reset', 'silence', 'garbage'] as const)(
    'that breaks off behind a whole answer has answered: %s',
    async (kind) => {
      server.faults = [{ kind, after: answerOf(text).pieces.length + 1 }];
      expect(answered(await ask(input, {}, remote({ silenceMs: 100 }))).points).toHaveLength(2);
      expect(server.requests).toHaveLength(1);
    },
  );

  test('is not taken for silent while its asker is busy', async () => {
    const events: AskEvent[] = [];
    for await (const event of remote({ silenceMs: 200 }).ask(input)) {
      if (event.type === 'text' && !events.some(({ type }) => type === 'text'))
        await new Promise((resolve) => setTimeout(resolve, 400));
      events.push(event);
    }
    expect(answered(events).text).toBe(text);
  });

  test('an abort ends a question at once with its own reason, wherever it is', async () => {
    for (const after of [0, 2]) {
      server.faults = [{ kind: 'silence', after }];
      const controller = new AbortController();
      const seen = after === 0 ? 'prefill' : 'text';
      const asking = (async () => {
        for await (const event of remote().ask(input, { signal: controller.signal }))
          if (event.type === seen || ('stage' in event && event.stage === seen))
            setTimeout(() => controller.abort(new Error('enough')), 20);
      })();
      await expect(asking).rejects.toThrow('enough');
    }
    server.faults = [{ kind: 'status', status: 503, retryAfter: '20' }];
    const waiting = ask(input, { signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toThrow(/timeout/i);
    await expect(ask(input, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    const left = remote().ask(input);
    for await (const event of left) if (event.type === 'text') break;
    await expect.poll(() => server.open.now).toBe(0);
  });

  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  test.each(seeds)('seed %i: the right answer, or one clear error', async (seed) => {
    const random = seeded(seed + 1);
    const anyFault = (): VllmFault => {
      const after = integer(random, 8);
      return pick<VllmFault>(random, [
        { kind: 'status', status: pick(random, [408, 429, 500, 502, 503]), retryAfter: pick(random, ['0', 'soon', '99']) },
        { kind: 'status', status: pick(random, [400, 401, 404, 413, 501]) },
        ...(['redirect', 'web-page', 'no-stream', 'refuses'] as const).map((kind) => ({ kind })),
        ...(['reset', 'end', 'silence', 'garbage', 'error', 'abort', 'half-chunk'] as const).map((kind) => ({ kind, after })),
        ...(['bytewise', 'crlf', 'comments', 'without-usage', 'without-done', 'in-one'] as const).map((kind) => ({ kind })),
      ]);
    }; // prettier-ignore
    server.faults = Array.from({ length: 1 + integer(random, 5) }, anyFault);
    const events: AskEvent[] = [];
    let error: unknown = null;
    try {
      for await (const event of remote({ apiKey: 'secret-key', firstTokenMs: 300, silenceMs: 300 }).ask(input)) events.push(event); // prettier-ignore
    } catch (reason) {
      error = reason;
    }
    const whole = engineEvents(text, shownAs(input.image)).events;
    const words = (list: readonly AskEvent[]) =>
      list.flatMap((event) => (event.type === 'text' ? event.text : [])).join('');
    const found = (list: readonly AskEvent[]) => list.filter(({ type }) => type === 'point');
    if (error === null) {
      expect(words(events)).toBe(text);
      expect(found(events)).toEqual(found(whole));
      expect(answered(events).points).toHaveLength(2);
    } else {
      expect(error).toBeInstanceOf(Molmo2Error);
      const { message } = error as Molmo2Error;
      expect(message).toMatch(/^The server at http:\S+ gave no answer: .+\. [A-Z].+\.$/);
      expect(message).not.toContain('secret-key');
      expect(text.startsWith(words(events))).toBe(true);
      expect(found(whole).slice(0, found(events).length)).toEqual(found(events));
    }
    expect(server.requests.length).toBeLessThanOrEqual(4);
    expect(server.strangerSaw).toEqual([]);
    await expect.poll(() => server.open.now).toBe(0);
  });

  function shownAs(image: URL): MediaInfo {
    const { width, height } = pictureHeader(new Uint8Array(readFileSync(image)), 'it');
    return { kind: 'images', sizes: [{ width, height }], timestamps: [], durationSec: null };
  }
});
