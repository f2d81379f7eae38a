import { expect, test } from 'vitest';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { cropPlan, placesOf } from '../../src/engine/packing/crop-batches.ts';
import { packsOf } from '../../src/engine/packing/packs.ts';

test('batches of crops are full but the last, and no crop is overwritten before its picture is pooled', () => {
  const random = seededRandom(3);
  for (let run = 0; run < 200; run++) {
    const batch = 1 + Math.floor(random() * 16);
    const units = Array.from({ length: 1 + Math.floor(random() * 20) }, () => ({
      crops: 1 + Math.floor(random() * 25),
      tokens: 1 + Math.floor(random() * 100),
    }));
    const { batches, places, mostTokens } = cropPlan(units, batch);
    const total = units.reduce((sum, { crops }) => sum + crops, 0);
    expect(batches.slice(0, -1).every(({ crops }) => crops.length === batch)).toBe(true);
    expect(batches.flatMap(({ crops }) => crops)).toHaveLength(total);
    // What lies in the ring, batch by batch.
    const ring = new Map<number, string>();
    let next = 0;
    let place = 0;
    for (const { crops, completed } of batches) {
      expect(place + crops.length).toBeLessThanOrEqual(places);
      crops.forEach(({ unit, crop }, i) => ring.set(place + i, `${unit}.${crop}`));
      place = (place + batch) % places;
      let tokens = 0;
      for (const unit of completed) {
        expect(unit).toBe(next++);
        const first = units.slice(0, unit).reduce((sum, one) => sum + one.crops, 0);
        const own = placesOf(first, units[unit]!.crops, places).map((at) => ring.get(at));
        expect(own).toEqual(own.map((_, crop) => `${unit}.${crop}`));
        tokens += units[unit]!.tokens;
      }
      expect(tokens).toBeLessThanOrEqual(mostTokens);
    }
    expect(next).toBe(units.length);
  }
});

test('packs hold as many questions as decode together, within a budget of tokens, in their order', () => {
  const tokens = [10, 20, 90, 5, 200, 7, 1, 1];
  const items = tokens.map((count, i) => ({ tokens: count, i }));
  const packs = packsOf(items, 3, 100).map((pack) => pack.map(({ i }) => i));
  expect(packs).toEqual([[0, 1], [2, 3], [4], [5, 6, 7]]);
});
