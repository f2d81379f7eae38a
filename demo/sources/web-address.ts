// A picture or a video at an address of the web, fetched because the visitor named it.

import type { ErrorText } from '../trouble/error-help.ts';
import { mayAsk } from '../site/reach.ts';

/** The address that a text is, if it is nothing else. */
export function addressIn(text: string): URL | null {
  const trimmed = text.trim();
  return /^https?:\/\/\S+$/i.test(trimmed) && URL.canParse(trimmed) ? new URL(trimmed) : null;
}

export interface AddressOptions {
  readonly signal: AbortSignal;
  /** Bytes so far, and all of them where the server says. */
  readonly onBytes: (done: number, total: number | null) => void;
}

const save = 'Or save the file on this machine and drop it here.';

function problem(title: string, message: string, ...help: string[]): ErrorText {
  return { title, message, help: [...help, save], code: null };
}

function tells(response: Response, host: string): ErrorText {
  const { status } = response;
  if (status === 404 || status === 410)
    return problem('There is nothing at this address', `${host} answered that it has no such file (${status}).`, 'Check the address.');
  if (status === 401 || status === 403)
    return problem(
      'The site does not give this file out',
      `${host} answered ${status}: the file is for people who are signed in there, or not for other pages.`,
      'This page sends no passwords or cookies.',
    );
  return problem('The site did not give the file', `${host} answered with the status ${status}.`, 'Try again later.');
} // prettier-ignore

/** Whether the server answers at all, though a page may not read what it says. */
async function isReachable(url: URL, signal: AbortSignal): Promise<boolean> {
  return fetch(url, { mode: 'no-cors', method: 'HEAD', credentials: 'omit', signal }).then(
    () => true,
    () => false,
  );
}

/** Browsers tell a page nothing of why a request failed: what it may be is found out by a second one. */
async function whyNot(url: URL, signal: AbortSignal): Promise<ErrorText> {
  if (url.protocol === 'http:' && location.protocol === 'https:')
    return problem(
      'The address is not a secure one',
      'This page was loaded by https, and browsers do not let it read from addresses that begin with http.',
      'Try the same address with https.',
    );
  if (!navigator.onLine)
    return problem('There is no connection', 'This machine is offline.', 'Connect, and try again.');
  if (await isReachable(url, signal))
    return problem(
      `${url.host} does not let other pages read its files`,
      'The file is there, but its site does not say that pages of other sites may read it (the header ' +
        'Access-Control-Allow-Origin is missing). The browser keeps it from this page for that reason, and nothing here can change it.',
    );
  return problem(
    'The site cannot be reached',
    `${url.host} does not answer: the address may be wrong, or the site is down or blocked.`,
    'Check the address and the connection.',
  );
}

function nameOf(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || url.host;
  } catch {
    return last;
  }
}

async function fileOf(response: Response, url: URL, onBytes: AddressOptions['onBytes']): Promise<File> {
  const length = Number(response.headers.get('Content-Length'));
  // What is packed on its way has another length in the end.
  const total = length > 0 && !response.headers.get('Content-Encoding') ? length : null;
  let done = 0;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (chunk, controller) => {
      onBytes((done += chunk.length), total);
      controller.enqueue(chunk);
    },
  });
  // A Blob that the browser makes itself may lie outside the page's memory.
  const blob = await new Response(response.body?.pipeThrough(counted)).blob();
  const [said = ''] = (response.headers.get('Content-Type') ?? '').split(';');
  // Servers that do not know a format say so by a type that means nothing: then the name counts.
  const type = /^(image|video)\//.test(said) ? said : '';
  return new File([blob], nameOf(url), { type });
}

/** The file at an address, or in words for the page why there is none. Throws the signal's reason. */
export async function fetchAddress(url: URL, { signal, onBytes }: AddressOptions): Promise<File | ErrorText> {
  if (!mayAsk(url))
    return problem(
      'This page asks no other sites',
      `It can ask its own site and the model hub alone, so that nothing can leave it; ${url.host} is neither.`,
      'Open the page that may ask any address: its link is below the field for addresses.',
    );
  try {
    const response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', signal });
    if (!response.ok) return tells(response, url.host);
    if (/^(text\/html|application\/xhtml)/.test(response.headers.get('Content-Type') ?? ''))
      return problem(
        'This address is a page, not a picture or a video',
        `${url.host} answered with a web page.`,
        'Open it, press the picture with the right button, and copy the address of the picture itself.',
      );
    return await fileOf(response, url, onBytes);
  } catch {
    signal.throwIfAborted();
    return whyNot(url, signal);
  }
}
