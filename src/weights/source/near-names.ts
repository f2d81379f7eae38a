// What a model's name that means nothing was probably meant to be.

import { modelNames } from './catalogue.ts';
import { closest } from './closest.ts';

const repository = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;
const hubHosts = ['huggingface.co', 'www.huggingface.co', 'hf.co'];

/** A sentence of advice with a blank in front of it, or nothing. */
export function nameAdvice(text: string): string {
  const near = closest(text, modelNames);
  if (near !== null) return ` Did you mean ${near}?`;
  return repository.test(text) ? ` Write hf:${text} for that model of the hub.` : '';
}

/** `hf:owner/name[@revision]` of the address of a model's page on the hub; null for all other addresses. */
export function hubPage(address: string, endpoint: string): string | null {
  if (!URL.canParse(address)) return null;
  const { origin, hostname, pathname } = new URL(address);
  const isHub =
    hubHosts.includes(hostname) || (URL.canParse(endpoint) && new URL(endpoint).origin === origin);
  const [owner = '', name = '', what, revision, ...rest] = pathname.split('/').filter((part) => part !== '');
  const isPage = what === undefined || ['tree', 'blob', 'commits', 'discussions'].includes(what);
  if (!isHub || !isPage || !repository.test(`${owner}/${name}`)) return null;
  const named = what === 'tree' && revision !== undefined && rest.length === 0 && revision !== 'main';
  return `hf:${owner}/${name}${named ? `@${revision}` : ''}`;
}
