// What the page calls a model that was chosen. Pure.

import { builtIn, type ModelChoice } from '../session.ts';

/** Short enough for a button: the name, the last part of an address, or the folder. */
export function choiceName(choice: ModelChoice): string {
  if (choice === builtIn) return 'shapes (built in)';
  const { model, weights } = choice;
  if (typeof model === 'string' && model.startsWith('kept:')) return model.slice('kept:'.length);
  if (typeof model === 'string') return weights ? `${model} (${weights})` : model;
  if (model instanceof URL) return model.pathname.split('/').findLast((part) => part !== '') ?? model.host;
  return model[0]?.webkitRelativePath.split('/')[0] || 'the chosen folder';
}
