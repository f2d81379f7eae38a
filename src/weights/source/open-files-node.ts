// A model source -> its files, in Node: folders of the disk besides URLs.

import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Molmo2Error } from '../../errors.ts';
import { openHub } from '../fetch/hub.ts';
import { localFiles, tooLarge } from '../files/local-files.ts';
import { largestSmallFile, type ModelFiles } from '../files/model-files.ts';
import { modelNames } from './catalogue.ts';
import { fileUrl, type ModelSource } from './model-source.ts';
import type { OnWait } from '../fetch/retry.ts';
import { embeddedFiles } from './embedded-files.ts';
import { nameAdvice } from './near-names.ts';
import { remoteFiles } from '../fetch/remote-files.ts';

/** `onWait` is told why nothing happens for a while. */
export function openFiles(source: ModelSource, onWait?: OnWait): ModelFiles {
  switch (source.kind) {
    case 'urls':
      return embeddedFiles(
        diskFiles(source.label, (name) => {
          const url = source.urls[name];
          return url ? fileURLToPath(url) : null;
        }),
        source.urls,
      );
    case 'folder-url':
      return source.base.startsWith('file:')
        ? folderFiles(source.label, fileURLToPath(source.base))
        : remoteFiles(source.label, (name) => fileUrl(source.base, name), onWait);
    case 'hub':
      return openHub(source.address, { policy: { onWait } });
    case 'files':
      return localFiles(source.label, source.files);
    case 'kept':
      return localFiles(source.label, {}); // its small files are kept as well
    case 'path':
      return folderFiles(source.label, source.path);
  }
}

function folderFiles(label: string, folder: string): ModelFiles {
  const files = diskFiles(label, (name) => join(folder, name));
  const check = checkFolder(label, folder);
  check.catch(() => {}); // reported by the first read
  return {
    label,
    names: async () => (await check, readdir(folder)),
    byteLength: async (name) => (await check, files.byteLength?.(name) ?? null),
    read: async (name, signal) => (await check, files.read(name, signal)),
    readRange: async (name, start, end, signal) => (await check, files.readRange(name, start, end, signal)),
  };
}

async function checkFolder(label: string, folder: string): Promise<void> {
  const info = await stat(folder).catch(() => null);
  if (info?.isDirectory()) return;
  throw new Molmo2Error(
    'unknown-model',
    `"${label}" is neither a model's name (${modelNames.join(', ')}) nor a folder on this machine.${nameAdvice(label)} Give the folder that holds config.json and the .safetensors files.`,
  );
}

function diskFiles(label: string, pathOf: (name: string) => string | null): ModelFiles {
  return {
    label,
    async read(name) {
      const path = pathOf(name);
      if (path === null) return null;
      try {
        const byteLength = await regularBytes(path);
        if (byteLength > largestSmallFile) throw tooLarge(label, name, byteLength);
        return new Uint8Array(await readFile(path));
      } catch (cause) {
        if (isMissing(cause)) return null;
        throw cause instanceof Molmo2Error ? cause : unreadable(label, name, cause);
      }
    },
    async byteLength(name) {
      const path = pathOf(name);
      return path === null ? null : regularBytes(path).catch(() => null);
    },
    async readRange(name, start, end) {
      const path = pathOf(name);
      const missing = () =>
        new Molmo2Error(
          'bad-checkpoint',
          `${label} has no ${name}. Put all files of the checkpoint into one folder.`,
        );
      if (path === null) throw missing();
      const refuse = (cause: unknown): never => {
        throw isMissing(cause) ? missing() : unreadable(label, name, cause);
      };
      const byteLength = await regularBytes(path).catch(refuse);
      const file = await open(path).catch(refuse);
      try {
        // Whatever a header claims, no more memory is taken than the file has bytes.
        const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
        let done = 0;
        while (done < bytes.byteLength) {
          const { bytesRead } = await file.read(bytes, done, bytes.byteLength - done, start + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.slice(0, done);
      } finally {
        await file.close();
      }
    },
  };
}

/** A file's length. Throws for what is no file: a pipe may never end, and a device has no end. */
async function regularBytes(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isFile()) throw new Error('it is no regular file');
  return info.size;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function unreadable(label: string, name: string, cause: unknown): Molmo2Error {
  return new Molmo2Error(
    'bad-checkpoint',
    `${name} of ${label} could not be read (${String(cause)}). Check the file and its permissions.`,
    { cause },
  );
}
