// The model that was chosen last, remembered for the next visit.

import { builtIn, type ModelChoice } from '../session.ts';

export interface LastModel {
  readonly choice: ModelChoice;
  /** False where the visit ended before it was loaded. */
  readonly loaded: boolean;
}

const key = 'molmo2-model';
const formats = ['f32', 'f16', 'q8', 'q4'] as const;

/** Null where it was the built-in one, or a folder, which a page cannot open again by itself. */
export function lastModel(): LastModel | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Record<string, unknown> | null;
    const { model, isUrl, weights, loaded } = kept ?? {};
    if (typeof model !== 'string') return null;
    const format = formats.find((name) => name === weights);
    const named = isUrl === true ? new URL(model) : model;
    return { choice: { model: named, ...(format && { weights: format }) }, loaded: loaded === true };
  } catch {
    return null; // the browser keeps nothing for this page, or something else wrote there
  }
}

export function rememberModel(choice: ModelChoice, loaded: boolean): void {
  const { model, weights } = choice;
  const isUrl = model instanceof URL;
  const isNamed = isUrl || typeof model === 'string';
  try {
    if (choice === builtIn || !isNamed) localStorage.removeItem(key);
    else
      localStorage.setItem(
        key,
        JSON.stringify({ model: isUrl ? model.href : model, isUrl, weights, loaded }),
      );
  } catch {
    // A page that may keep nothing begins with the built-in model each time.
  }
}
