// Files that claim more than they are: refused before memory is taken for what they claim, and nothing is waited for that
// never comes.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFiles } from '#weights/source/open-files';
import { modelConfig, processorConfig } from '../../src/read-config.ts';
import { openCheckpoint } from '../../src/weights/checkpoint/checkpoint.ts';
import { localFiles } from '../../src/weights/files/local-files.ts';
import { remoteFiles } from '../../src/weights/fetch/remote-files.ts';
import { openModel } from '../../src/weights/open-model.ts';
import { countAsked, measured } from '../hostile/asked-bytes.ts';
import { validManifest } from './bundle-manifest.ts';
import { editedWeights, folderWith } from './checkpoint-folder.ts';
import { golden, readJson } from './text-support.ts';

const olmo = new URL('checkpoint-olmo/', golden);
const mib = 1024 * 1024;
let stop = () => {};
beforeAll(() => (stop = countAsked()));
afterAll(() => stop());

/** Ends as `work` ends, and fails where that took long or much memory. */
async function cheaply<T>(work: () => Promise<T>): Promise<T> {
  let end: Promise<T> | undefined;
  const { asked, grown, elapsedMs } = await measured(async () => {
    end = work();
    await end.catch(() => {});
  });
  expect(asked).toBeLessThan(80 * mib);
  expect(grown).toBeLessThan(80 * mib);
  expect(elapsedMs).toBeLessThan(5000);
  if (!end) throw new Error('nothing was done');
  return end;
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-claims-'));
  cpSync(fileURLToPath(olmo), folder, { recursive: true });
  return () => rmSync(folder, { recursive: true });
});
const opened = () => openCheckpoint(openFiles({ kind: 'path', label: 'the folder', path: folder }));
const at = (name: string) => join(folder, name);

describe('a checkpoint on the disk', () => {
  test('whose header claims a tensor of gigabytes is refused by the length of the file', async () => {
    const rows = 16_000_000;
    const config = readJson(new URL('config.json', olmo)) as { text_config: { vocab_size: number; hidden_size: number } };
    config.text_config.vocab_size = rows;
    writeFileSync(at('config.json'), JSON.stringify(config));
    const weights = await editedWeights((entries, dataBytes) => {
      const bytes = rows * config.text_config.hidden_size * 4;
      const head = entries['lm_head.weight']!;
      const embedding = entries['model.transformer.wte.embedding']!;
      [head, embedding].forEach((entry, i) => {
        entry.shape[0] = rows;
        entry.dtype = 'F32';
        entry.data_offsets = [dataBytes + i * bytes, dataBytes + (i + 1) * bytes];
      });
    });
    writeFileSync(at('model.safetensors'), weights);
    const load = () => openModel({ kind: 'path', label: 'the folder', path: folder }, { weights: 'f32', cache: false });
    const message = /^model\.safetensors of the folder has \d+ bytes, but tensor "model\.transformer\.wte\.embedding" ends at byte \d{10}/;
    await expect(cheaply(load)).rejects.toThrow(message);
  }); // prettier-ignore

  test('whose header claims to be longer than the file is refused', async () => {
    writeFileSync(at('model.safetensors'), Buffer.from([0, 0, 128, 0, 0, 0, 0, 0, 123, 125]));
    await expect(cheaply(opened)).rejects.toThrow(/its header claims 8388608 bytes/);
  });

  test('reads no more of a tensor than the file has', async () => {
    const files = openFiles({ kind: 'path', label: 'the folder', path: folder });
    const read = () => files.readRange('config.json', 10, 3_000_000_000);
    expect((await cheaply(read)).byteLength).toBeLessThan(10_000);
    expect((await files.readRange('config.json', 1e9, 2e9)).byteLength).toBe(0);
  });

  test.each(['tokenizer.json', 'config.json', 'processor_config.json'])('with a %s of gigabytes is refused', async (name) => {
    truncateSync(at(name), 3_000_000_000);
    await expect(cheaply(opened)).rejects.toThrow(new RegExp(`^${name} of the folder has 3\\.0 GB, more than the 68 MB of any file`));
  }); // prettier-ignore

  test.skipIf(process.platform === 'win32')('with a pipe or a device in place of a file is refused', async () => {
    for (const name of ['config.json', 'model.safetensors']) {
      rmSync(at(name));
      execFileSync('mkfifo', [at(name)]);
      await expect(cheaply(opened)).rejects.toThrow(new RegExp(`${name} of the folder could not be read .+no regular file`));
      rmSync(at(name));
      symlinkSync('/dev/zero', at(name));
      await expect(cheaply(opened)).rejects.toThrow(/no regular file/);
      rmSync(at(name));
      cpSync(fileURLToPath(new URL(name, olmo)), at(name));
    }
    await opened();
  }); // prettier-ignore
});

test('a chosen file that is too long to be what its name says is not read', async () => {
  const file = new File([new Uint8Array(65 * mib)], 'tokenizer.json');
  await expect(localFiles('The folder', { 'tokenizer.json': file }).read('tokenizer.json')).rejects.toThrow(
    /^tokenizer\.json of The folder has 69 MB/,
  );
});

describe('a configuration', () => {
  type Json = Record<string, unknown>;
  const read = (name: string) => readJson(new URL(name, olmo)) as Json;
  const config = (part: string, changes: Json): Json => {
    const json = read('config.json');
    return { ...json, [part]: { ...(json[part] as Json), ...changes } };
  };
  test.each<[string, Json, RegExp]>([
    ['16 million layers', config('text_config', { num_hidden_layers: 1 << 24 }), /num_hidden_layers" is 16777216; must be at most 1024/],
    ['16 million blocks', config('vit_config', { num_hidden_layers: 1 << 24 }), /num_hidden_layers" is 16777216/],
    ['16 million heads', config('text_config', { num_attention_heads: 1 << 24 }), /num_attention_heads"/],
    ['a million layers to look at', config('adapter_config', { vit_layers: Array(1_000_000).fill(0) }), /must have at most 64 entries/],
    ['layers of another rope', config('text_config', { rope_scaling_layers: Array(100_000).fill(0) }), /must have at most 1024 entries/],
    ['more tokens than there are numbers', config('text_config', { additional_vocab_size: 2 ** 53 }), /additional_vocab_size"/],
    ['a value of megabytes', config('text_config', { hidden_size: 'x'.repeat(1_000_000) }), /hidden_size" is "x{199};/],
  ])('of %s is refused', async (_, json, message) => {
    const refused = cheaply(async () => modelConfig(json));
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ code: 'unsupported-model' });
  }); // prettier-ignore

  test('that cuts a picture into millions of crops is refused', async () => {
    const files = {
      image: { ...read('preprocessor_config.json'), max_crops: 1 << 24 },
      video: read('video_preprocessor_config.json'),
      processor: read('processor_config.json'),
    };
    const work = async () => processorConfig(files, modelConfig(read('config.json')));
    await expect(cheaply(work)).rejects.toThrow(/max_crops" is 16777216; must be at most 1024/);
  });
});

test.each([
  '../model.safetensors', '..\\model.safetensors', '/etc/model.safetensors', 'C:model.safetensors', 'a/b.safetensors',
  'file:///x.safetensors', 'https://elsewhere.test/x.safetensors', '//elsewhere.test/x.safetensors', '%2e%2e%2fx.safetensors',
  'x.safetensors?y', 'x.safetensors#y', 'x\0.safetensors', '', '.safetensors/..', { toString: 1 }, '__proto__',
])('an index that names %j is refused', async (name) => {
  const index = new TextEncoder().encode(JSON.stringify({ weight_map: { 'lm_head.weight': name } }));
  await expect(openCheckpoint(folderWith({ 'model.safetensors.index.json': index }))).rejects.toMatchObject({
    code: 'bad-checkpoint',
  });
}); // prettier-ignore

test('a bundle on the disk whose file is shorter than its manifest says is refused before anything else', async () => {
  writeFileSync(at('molmo2.json'), JSON.stringify(validManifest()));
  writeFileSync(at('weights-1.bin'), 'short');
  const open = () => openModel({ kind: 'path', label: 'the folder', path: folder }, { weights: 'q4', cache: false }); // prettier-ignore
  await expect(cheaply(open)).rejects.toMatchObject({
    code: 'bad-bundle',
    message: expect.stringMatching(
      /^weights-1\.bin of the folder has 5 bytes: .+ shorter than the 8389120 bytes/,
    ),
  });
});

describe('a server', () => {
  /** Sends megabytes until the connection ends. */
  async function endless(status: number, headers: Record<string, string>): Promise<{ url: string; sent: () => number; close: () => void }> {
    let sent = 0;
    const server = createServer((_, response) => {
      response.writeHead(status, headers);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(mib))) sent += mib;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, sent: () => sent, close };
  } // prettier-ignore

  test('that sends a part without an end is left when the part is full', async () => {
    const { url, sent, close } = await endless(206, { 'Content-Range': 'bytes 0-99/1000' });
    const files = remoteFiles('m', () => url);
    await expect(cheaply(() => files.readRange('x', 0, 100))).rejects.toMatchObject({ code: 'network' });
    expect(sent()).toBeLessThan(64 * mib);
    expect(await files.byteLength?.('x')).toBe(1000);
    close();
  });
});
