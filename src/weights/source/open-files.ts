// A model source -> its files, in a page or worker. The Node twin is open-files-node.ts.

import { invariant } from '../../errors.ts';
import { openHub } from '../fetch/hub.ts';
import { localFiles } from '../files/local-files.ts';
import type { ModelFiles } from '../files/model-files.ts';
import { fileUrl, type ModelSource } from './model-source.ts';
import { embeddedFiles } from './embedded-files.ts';
import type { OnWait } from '../fetch/retry.ts';
import { remoteFiles } from '../fetch/remote-files.ts';

/** `onWait` is told why nothing happens for a while. */
export function openFiles(source: ModelSource, onWait?: OnWait): ModelFiles {
  switch (source.kind) {
    case 'urls':
      return embeddedFiles(
        remoteFiles(source.label, (name) => source.urls[name] ?? null, onWait),
        source.urls,
      );
    case 'folder-url':
      return remoteFiles(source.label, (name) => fileUrl(source.base, name), onWait);
    case 'hub':
      return openHub(source.address, { policy: { onWait } });
    case 'files':
      return localFiles(source.label, source.files);
    case 'kept':
      return localFiles(source.label, {}); // its small files are kept as well
    case 'path':
      return invariant(false, 'a page has no paths') as never;
  }
}
