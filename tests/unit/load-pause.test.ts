import { expect, test } from 'vitest';
import { LoadPause, untilResumed } from '../../src/load-pause.ts';
import { bundleChunks } from '../../src/weights/bundle/bundle-chunks.ts';
import { localFiles } from '../../src/weights/files/local-files.ts';
import { localChunks } from '../../src/weights/open/local-bundle.ts';
import { smallRecipe, testBundle } from '../faults/test-bundle.ts';

test('what is paused waits until it is resumed or ended', async () => {
  const pausing = new LoadPause();
  await untilResumed(pausing, undefined); // not paused
  pausing.pause();
  let done = false;
  const waiting = untilResumed(pausing, undefined).then(() => (done = true));
  await new Promise((soon) => setTimeout(soon, 5));
  expect(done).toBe(false);
  pausing.resume();
  await waiting;

  pausing.pause();
  const abort = new AbortController();
  const ended = untilResumed(pausing, abort.signal);
  abort.abort(new Error('not wanted any more'));
  await expect(ended).rejects.toThrow('not wanted any more');
  await expect(untilResumed(pausing, abort.signal)).rejects.toThrow('not wanted any more');
});

test('listeners are told of changes alone, until they leave', () => {
  const pausing = new LoadPause();
  const heard: boolean[] = [];
  const leave = pausing.onChange((paused) => heard.push(paused));
  pausing.resume();
  pausing.pause();
  pausing.pause();
  leave();
  pausing.resume();
  expect(heard).toEqual([true]);
});

test('a bundle that is paused is read no further, and goes on to the same bytes', async () => {
  const { chunkBytes } = smallRecipe;
  const { files, manifest } = await testBundle(smallRecipe);
  const folder = Object.entries(files).map(([name, bytes]) => [name, new File([bytes], name)]);
  const pausing = new LoadPause();
  const asked: number[] = [];
  const source = localChunks(localFiles('m', Object.fromEntries(folder)));
  const counted = {
    ...source,
    read: (...[chunk, job]: Parameters<typeof source.read>) => {
      asked.push(chunk.number);
      return source.read(chunk, job);
    },
  };
  const options = { chunkBytes, maxBytes: chunkBytes, pausing };
  const read: number[] = [];
  let wasHeld = 0;
  for await (const { shard, index } of bundleChunks(counted, manifest, options)) {
    read.push(shard * 1000 + index);
    if (read.length !== 2) continue;
    pausing.pause();
    setTimeout(() => {
      wasHeld = asked.length;
      pausing.resume();
    }, 20);
  }
  expect(wasHeld).toBeLessThanOrEqual(3);
  expect(asked.length).toBeGreaterThan(wasHeld);
  expect(read).toEqual([...read].toSorted((a, b) => a - b));
});
