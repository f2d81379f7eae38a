// Asks the browser not to throw kept models away when the disk fills up.

import { byteCount } from '../files/byte-count.ts';

let asked: Promise<boolean> | null = null;

/**
 * Asks once per page; later calls give the first answer. Only the page's own thread can ask, and some browsers then ask the
 * user. False where the browser refuses or cannot.
 */
export function askToPersist(): Promise<boolean> {
  asked ??= ask();
  return asked;
}

async function ask(): Promise<boolean> {
  if (typeof navigator === 'undefined') return false; // Node, where nothing is kept
  const { storage } = navigator as Partial<Navigator>;
  try {
    return (await storage?.persisted?.()) === true || (await storage?.persist?.()) === true;
  } catch {
    return false;
  }
}

/** What a refusal means, where it matters: the room that is left is less than what the model takes. Else null. */
export function persistenceNotice(
  persisted: boolean,
  name: string,
  byteLength: number,
  room: { readonly usage: number; readonly quota: number } | null,
): string | null {
  if (persisted || !room || room.quota - room.usage >= byteLength) return null;
  return `The browser may delete the kept model ${name} (${byteCount(byteLength)}) when the disk fills up: it has set aside ${byteCount(room.quota)} for this site, of which ${byteCount(room.usage)} are used.`;
}
