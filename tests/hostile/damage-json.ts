// JSON as someone who means harm would write it, or a broken disk: places of a value changed, or the text itself.

export type Random = (below: number) => number;

/** xorshift: the same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

/** Values that someone who means harm would write; texts that begin with # stand for what JSON.stringify cannot write. */
export const hostile: readonly unknown[] = [
  -1, -256, 0, 1, 0.5, 3, 255, 256, 512, 2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53, 2 ** 63, 1e300, -1e300, 1e-300,
  '#1e999', '#-1e999', '#-0', '#NaN', '#Infinity', '#0x10', '#01', '#1_000', null, true, false, '', '0', '8388608',
  '../weights.bin', '..', '/etc/passwd.bin', 'C:\\x.bin', 'a/b.bin', 'weights-1.bin', 'a\0.bin', 'x'.repeat(5000), '%2e%2e%2fx.bin',
  '__proto__', 'constructor', 'toString', 'lm_head.weight', 'f32', 'F32', 'F16', 'BF16', 'F64', 'q4', 'q8', 'rows', 'tile64',
  [], {}, [[]], [1, 2, 3], [0, 0], [-4, 4], [4, -4], [2 ** 31, 2 ** 31], [2 ** 53, 4], [1e200, 1e200], ['#1e999', 4],
  Array.from({ length: 300 }, () => 1), { __proto__: null }, { length: 2 ** 32 },
]; // prettier-ignore

interface Place {
  readonly holder: Record<string | number, unknown>;
  readonly key: string | number;
}

/** Every place of a JSON value. */
function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const holder = value as Record<string | number, unknown>;
    found.push({ holder, key });
    placesOf(holder[key], found);
  }
  return found;
}

/** Changes one place of the value. */
function changeValue(value: unknown, random: Random): void {
  const places = placesOf(value);
  if (places.length === 0) return;
  const { holder, key } = one(random, places);
  const before = holder[key];
  switch (random(8)) {
    case 7:
      // A second one of a tensor, with or without another name.
      if (Array.isArray(holder) && typeof before === 'object' && before !== null)
        holder.splice(Number(key), 0, { ...structuredClone(before), ...(random(2) && { name: 'other', file: 'other.bin' }) });
      break;
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(before));
      else holder[JSON.stringify(one(random, hostile))] = structuredClone(before);
      break;
    case 2:
      holder[key] = structuredClone(one(random, places).holder[one(random, places).key]);
      break;
    case 3:
      // Near misses: what is nearly right gets further than what is plainly wrong.
      holder[key] = typeof before === 'number' ? before + one(random, [-256, -4, -1, 1, 4, 256, before]) : before;
      break;
    default:
      holder[key] = structuredClone(one(random, hostile));
  }
} // prettier-ignore

/** Changes the text without regard for what it means. */
function changeText(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const length = random(40);
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
  const noise = Uint8Array.from({ length: random(20) }, () => random(256));
  switch (random(6)) {
    case 0:
      return head.slice();
    case 1:
      return Buffer.concat([head, noise, middle, tail]);
    case 2:
      return Buffer.concat([head, tail]);
    case 3:
      return Buffer.concat([head, ...Array.from({ length: random(200) }, () => middle), tail]);
    case 4:
      return Buffer.concat([head, Buffer.from('[{"a":'.repeat(random(400))), middle, tail]);
    default:
      return Buffer.concat([head, Buffer.from(one(random, ['{', '}', '[', ']', ',', ':', '"', '\\', '\0', '\ufeff', 'e9', '-', '.'])), tail]);
  }
} // prettier-ignore

/** A damaged form of `value`, as bytes. */
export function damaged(value: unknown, random: Random): Uint8Array {
  const copy = structuredClone(value);
  for (let i = random(4); i > 0; i--) changeValue(copy, random);
  const text = JSON.stringify(copy).replaceAll(/"#([^"]*)"/g, '$1');
  let bytes: Uint8Array = new TextEncoder().encode(text);
  if (random(3) === 0) for (let i = random(3) + 1; i > 0; i--) bytes = changeText(bytes, random);
  return bytes;
}
