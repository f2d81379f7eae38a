// What goes wrong, in which order: seeded, so that a failure can be repeated by its number.

import { seeded } from '../kernels/random.ts';

/** One thing that goes wrong with one answer. `at` is the part of the body (0 to 1) after which it happens. */
export type Fault =
  | { readonly kind: 'honest' }
  /** The connection breaks. */
  | { readonly kind: 'cut'; readonly at: number }
  /** Nothing comes any more, and the connection stays. */
  | { readonly kind: 'stall'; readonly at: number }
  /** The body ends as if it were complete. */
  | { readonly kind: 'short'; readonly at: number }
  /** Content-Length promises more than comes. */
  | { readonly kind: 'long-length' }
  /** The whole file, whatever was asked for. */
  | { readonly kind: 'ignore-range' }
  /** The body is right and Content-Range says another place. */
  | { readonly kind: 'wrong-range' }
  /** Content-Range says another length of the file. */
  | { readonly kind: 'wrong-total' }
  | { readonly kind: 'flip'; readonly at: number }
  /** The answer comes from another version of the file. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string };

export interface Schedule {
  /** One per request for a shard, in the order of arrival. */
  readonly faults: readonly Fault[];
  /** What all later requests meet. */
  readonly after: Fault;
}

export const honest: Schedule = { faults: [], after: { kind: 'honest' } };

/** Faults that make the bytes wrong; the rest only keep them from coming. */
export const falseKinds: ReadonlySet<Fault['kind']> = new Set([
  'flip',
  'changed',
  'wrong-range',
  'wrong-total',
]);

/** What a schedule may end in: `loads` and `fails` where it is certain, else `either`. */
export function expectedEnd({ faults, after }: Schedule): 'loads' | 'fails' | 'either' {
  if (after.kind === 'status' || after.kind === 'stall' || falseKinds.has(after.kind)) return 'fails';
  if (faults.some((fault) => fault.kind === 'status' && fault.status === 404)) return 'fails';
  // One chunk may meet them all: it is fetched 3 times, and 6 failures in a row are borne.
  const wrong = faults.filter(({ kind }) => falseKinds.has(kind)).length;
  return wrong <= 2 && faults.length <= 6 && after.kind === 'honest' ? 'loads' : 'either';
}

export function seededSchedule(seed: number): Schedule {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const fault = (): Fault => {
    const at = random();
    return pick<() => Fault>([
      () => ({ kind: 'honest' }),
      () => ({ kind: 'cut', at }),
      () => ({ kind: 'cut', at }),
      () => ({ kind: 'stall', at }),
      () => ({ kind: 'short', at }),
      () => ({ kind: 'long-length' }),
      () => ({ kind: 'ignore-range' }),
      () => ({ kind: 'wrong-range' }),
      () => ({ kind: 'wrong-total' }),
      () => ({ kind: 'flip', at }),
      () => ({ kind: 'changed' }),
      () => ({ kind: 'status', status: pick([429, 500, 503]), retryAfter: pick(['1', '0', 'soon']) }),
      () => ({ kind: 'status', status: pick([404, 500, 502, 429]) }),
    ])();
  };
  const faults = Array.from({ length: Math.floor(random() * 12) }, fault);
  return { faults, after: random() < 0.75 ? { kind: 'honest' } : fault() };
}
