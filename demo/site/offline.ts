// Has the site kept for visits without a network, and tells of a new version. It is used when the visitor says so, never in the
// middle of an answer.

import { pageState } from '../page-state.ts';
import { byId, make } from '../dom.ts';

const hourMs = 3_600_000;

/** Resolves when the first model is there and nothing is asked: the download of the site comes after the first answer. */
function untilQuiet(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (pageState() !== 'ready') return;
      observer.disconnect();
      resolve();
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { attributeFilter: ['data-state'] });
    look();
  });
}

function tellKept(): void {
  const note = byId('offline', HTMLElement);
  note.textContent = 'Kept by this browser: this page works without a network.';
}

/** Asks the waiting worker to take over. The number of other tabs that keep it from doing so. */
function askToTakeOver(waiting: ServiceWorker): Promise<number> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', ({ data }) => resolve(Number(data)));
    port1.start();
    waiting.postMessage('take over', [port2]);
  });
}

function tellNewVersion(waiting: ServiceWorker): void {
  document.querySelector('.site-note')?.remove();
  const words = make('p', { textContent: 'There is a new version of this page.' });
  const use = make('button', { type: 'button', className: 'button primary', textContent: 'Use it' });
  const later = make('button', { type: 'button', className: 'button quiet', textContent: 'Later' });
  const note = make('section', { className: 'site-note' }, words, use, later);
  note.setAttribute('role', 'status');
  later.addEventListener('click', () => note.remove());
  use.addEventListener('click', () => {
    if (pageState() === 'busy') {
      words.textContent = 'An answer is being written. Use the new version after it, or cancel the answer.';
      return;
    }
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    void askToTakeOver(waiting).then((others) => {
      if (others > 0)
        words.textContent = `Close the other ${others === 1 ? 'tab' : `${others} tabs`} of this page first: they have the version before.`;
    });
  });
  document.body.append(note);
}

function follow(registration: ServiceWorkerRegistration): void {
  const look = () => {
    if (registration.waiting && navigator.serviceWorker.controller) tellNewVersion(registration.waiting);
    else if (registration.active) tellKept(); // all files are there by then
  };
  registration.addEventListener('updatefound', () =>
    registration.installing?.addEventListener('statechange', look),
  );
  registration.installing?.addEventListener('statechange', look);
  look();
  let askedMs = performance.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || performance.now() - askedMs < hourMs) return;
    askedMs = performance.now();
    registration.update().catch(() => {}); // without a network there is nothing new
  });
}

/** Nothing to do for the development server, whose files change, and where browsers keep nothing (http:// elsewhere). */
export async function setUpOffline(): Promise<void> {
  if (!import.meta.env.IS_BUILT || !('serviceWorker' in navigator)) return;
  await untilQuiet();
  try {
    follow(await navigator.serviceWorker.register(new URL('sw.js', document.baseURI)));
  } catch {
    // A browser that is told to keep nothing: the page works, with a network.
  }
}
