// What a tuning run found, as text that is kept, and under which key. A key names everything that a driver's update or
// another adapter changes; an entry that does not fit its key, or is damaged, counts as none.

import * as v from 'valibot';
import type { Capabilities } from '../../gpu/capabilities.ts';
import type { AdapterInfo } from '../../gpu/adapter.ts';

/** Variants by class of work. */
export type TunedChoices = Readonly<Record<string, string>>;

/** Goes up when a variant's name stays and its kernel or the classes of work change. */
const version = 2;

const entry = v.object({
  version: v.literal(version),
  key: v.string(),
  choices: v.record(v.string(), v.string()),
});

/** `build` is the browser, or Node, with its version. */
export function tuningKey(adapter: AdapterInfo, capabilities: Capabilities, build: string): string {
  const { vendor, architecture, description } = adapter;
  return JSON.stringify([vendor, architecture, description, capabilities, build]);
}

export function entryText(key: string, choices: TunedChoices): string {
  return JSON.stringify({ version, key, choices });
}

/** Null where the text is no entry of this version and key. */
export function choicesOf(key: string, text: string): TunedChoices | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const read = v.safeParse(entry, parsed);
  return read.success && read.output.key === key ? read.output.choices : null;
}
