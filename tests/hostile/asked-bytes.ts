// How much memory a reader asks for. Constructors of buffers are wrapped, so that what is asked for counts at once, also
// where the system gives no page of it before it is written to; the process's largest size tells of everything else, such
// as lists and texts, and the memory of sharp.

import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { collectGarbage, watchPeak } from './process-peak.ts';

let asked = 0;

const wrapped = [
  ...['ArrayBuffer', 'DataView', 'Uint8Array', 'Uint8ClampedArray', 'Int8Array', 'Uint16Array', 'Int16Array'],
  ...['Uint32Array', 'Int32Array', 'Float32Array', 'Float64Array', 'BigUint64Array', 'BigInt64Array'],
];

/** Bytes that `new Name(...args)` takes; views of a buffer take none. */
function bytesOf(bytesPerElement: number, [first]: readonly unknown[]): number {
  if (typeof first === 'number') return first > 0 ? first * bytesPerElement : 0;
  if (typeof first !== 'object' || first === null || 'maxByteLength' in first || first instanceof ArrayBuffer)
    return 0;
  const length = 'length' in first && typeof first.length === 'number' ? first.length : 0;
  return length * bytesPerElement;
}

/** From here on everything that is asked for is counted, until the returned function is called. */
export function countAsked(): () => void {
  const scope = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
  const undo: (() => void)[] = [];
  for (const name of wrapped) {
    const real = scope[name];
    if (!real) throw new Error(`there is no ${name}`);
    const perElement = (real as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    const counting: typeof real = new Proxy(real, {
      construct(target, args: unknown[], newTarget) {
        asked += bytesOf(perElement, args);
        return Reflect.construct(target, args, newTarget === counting ? target : newTarget) as object;
      },
    });
    const { prototype } = real as unknown as { prototype: { constructor: unknown } };
    const use = (constructor: typeof real) => (prototype.constructor = scope[name] = constructor);
    use(counting);
    undo.push(() => use(real));
  }
  const { arrayBuffer } = Blob.prototype;
  Blob.prototype.arrayBuffer = function (this: Blob) {
    asked += this.size;
    return arrayBuffer.call(this);
  };
  undo.push(() => (Blob.prototype.arrayBuffer = arrayBuffer));
  const { alloc, allocUnsafe } = Buffer;
  Buffer.alloc = (size, ...rest) => {
    asked += size;
    return alloc(size, ...rest);
  };
  Buffer.allocUnsafe = (size) => {
    asked += size;
    return allocUnsafe(size);
  };
  undo.push(() => Object.assign(Buffer, { alloc, allocUnsafe }));
  return () => undo.forEach((back) => back());
}

export interface Taken {
  /** Bytes of buffers that were asked for. */
  readonly asked: number;
  /** Bytes by which the process was larger, at most, than when it began. */
  readonly grown: number;
  readonly elapsedMs: number;
}

/** Bytes of objects and buffers that are there now, garbage among them. */
const heldBytes = () => process.memoryUsage().heapUsed + process.memoryUsage().external;

/** Runs `work`, whatever it ends with, and says what it took. */
export async function measured(work: () => unknown): Promise<Taken> {
  const before = { asked, ms: performance.now() };
  const grown = watchPeak();
  await work();
  return {
    asked: asked - before.asked,
    grown: grown(),
    elapsedMs: performance.now() - before.ms,
  };
}

/**
 * Bytes that `work` takes when it runs again, from a heap without garbage: whether it was `work` that made the process grow, or what a long run had
 * left. Pages that V8 kept from the first time do not count in the process's size, but what is on them does.
 */
export async function takenAgain(work: () => unknown): Promise<number> {
  collectGarbage();
  await setTimeout(200); // threads of V8's own give pages back
  const held = heldBytes();
  const { grown } = await measured(work);
  return Math.max(grown, heldBytes() - held);
}
