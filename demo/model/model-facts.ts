// What the page says about the model that is loaded.

import type { ModelInfo } from '../../src/index.ts';
import { byId, make } from '../dom.ts';
import { duration, plural } from '../format.ts';
import { choiceName } from './choice-name.ts';
import { builtIn, type ModelChoice } from '../session.ts';

function parameters(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)} billion` : `${(count / 1e6).toFixed(1)} million`;
}

/** The name for people; the format only where it was surely used, as a bundle has its own. */
function modelName(info: ModelInfo, choice: ModelChoice): string {
  const isNamed = choice === builtIn || (typeof choice.model === 'string' && choice.weights);
  return isNamed ? choiceName(choice) : info.model;
}

/** Names the model, the device it runs on, and anything worth knowing about either. */
export function showModel(info: ModelInfo | null, choice: ModelChoice): void {
  byId('model-name', HTMLElement).textContent = info ? modelName(info, choice) : 'no model';
  byId('model-note', HTMLElement).hidden = info !== null && choice !== builtIn;
  const device = byId('device', HTMLElement);
  device.textContent = '';
  showNotices(info?.notices ?? []);
  if (!info) return;
  byId('max-frames', HTMLInputElement).placeholder = String(info.maxFrames);
  byId('max-crops', HTMLInputElement).placeholder = String(info.maxCrops);
  const { adapter } = info;
  const name = adapter.description || [adapter.vendor, adapter.architecture].filter(Boolean).join(' ');
  device.textContent = [
    `${name || 'unnamed graphics adapter'}${adapter.isFallbackAdapter ? ' (software rendering: slow)' : ''}`,
    adapter.architecture === 'wasm' ? 'without WebGPU' : 'WebGPU',
    `${parameters(info.parameters)} weights, loaded in ${duration(info.loadMs)}`,
  ].join(' · ');
}

/** Open from the start: a notice that nobody reads is none. */
function showNotices(notices: readonly string[]): void {
  const box = byId('notices-box', HTMLDetailsElement);
  box.hidden = notices.length === 0;
  box.open = notices.length > 0;
  byId('notices-title', HTMLElement).textContent = plural(notices.length, 'notice');
  const lines = notices.map((text) => make('li', { textContent: text }));
  byId('notices', HTMLElement).replaceChildren(...lines);
}
