// What this page may ask, read from its own policy; and where to go for what it may not.

import { byId, make } from '../dom.ts';

function sourceMatches(source: string, url: URL): boolean {
  if (source === `${url.protocol}`) return true;
  const [, scheme, wild = '', host = '', port = ''] =
    /^(https?:)\/\/(\*\.)?([^:/]+)(?::(\*|\d+))?$/.exec(source) ?? [];
  if (scheme !== url.protocol) return false;
  const isPort = port === '*' || port === url.port;
  return isPort && (wild ? url.hostname.endsWith(`.${host}`) : url.hostname === host);
}

/** Whether a page at `home` with this policy may ask `url`; one without a policy may ask anybody. */
export function policyAllows(policy: string | null, url: URL, home: URL): boolean {
  const sources = /(?:^|;)\s*connect-src ([^;]*)/
    .exec(policy ?? '')?.[1]
    ?.trim()
    .split(/\s+/);
  if (!sources) return true;
  return (
    (url.origin === home.origin && sources.includes("'self'")) || sources.some((s) => sourceMatches(s, url))
  );
}

/** Whether this page may ask `url`. */
export function mayAsk(url: URL): boolean {
  const meta = document.querySelector('meta[http-equiv="Content-Security-Policy"]');
  return policyAllows(meta?.getAttribute('content') ?? null, url, new URL(document.baseURI));
}

/** The same page under a policy that lets it ask any address. */
export function openPageLink(): HTMLAnchorElement {
  return make('a', {
    className: 'link',
    href: 'any-address.html',
    textContent: 'the page that may ask any address',
  });
}

/** Says under a form for addresses where others than the hub's can be loaded from, and keeps what would be refused from being tried. */
export function explainReach(form: HTMLFormElement, input: HTMLInputElement): void {
  if (mayAsk(new URL('https://any.invalid/'))) return;
  const note = make(
    'p',
    { id: 'reach' },
    'This page can ask its own site and the model hub alone. For other addresses, open ',
    openPageLink(),
    '.',
  );
  form.append(note);
  input.setAttribute('aria-describedby', note.id);
  form.addEventListener(
    'submit',
    (event) => {
      if (!URL.canParse(input.value) || mayAsk(new URL(input.value))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      note.setAttribute('role', 'alert');
      note.dataset['refused'] = '';
    },
    { capture: true },
  );
}

export function setUpReach(): void {
  explainReach(byId('model-url-form', HTMLFormElement), byId('model-url', HTMLInputElement));
}
