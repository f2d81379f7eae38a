// The content security policies of the built pages. Browsers enforce them: whatever happens in a page, it can ask no server but
// those that are named here. docs/demo-site.md says what they permit.

import type { Plugin } from 'vite';

/** The model hub, and the stores that it sends to where large files lie. */
export const hubHosts = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];

/** What a page may ask beside its own site. */
type Reach = 'nobody' | 'hub' | 'anybody';

// A bundle that is tried out lies on the own machine, without https.
const reaches: Readonly<Record<Reach, readonly string[]>> = {
  nobody: [],
  hub: hubHosts,
  anybody: ['https:', 'http://localhost:*', 'http://127.0.0.1:*'],
};

interface PagePolicy {
  readonly reach: Reach;
  /** The page shows reports in a frame; they are documents of their own, with styles inside. */
  readonly reports?: boolean;
  /** The page may compute in WebAssembly, where there is no WebGPU. */
  readonly fallback?: boolean;
}

/** The directives, as the attribute of a meta element. */
export function policyText({ reach, reports = false, fallback = false }: PagePolicy): string {
  const directives: Readonly<Record<string, readonly string[]>> = {
    'default-src': ["'none'"],
    'script-src': ["'self'", ...(fallback ? ["'wasm-unsafe-eval'"] : [])],
    // From blob: a worker has the policy of its page (demo/site/contained-worker.ts); 'self' is the service worker.
    'worker-src': ["'self'", 'blob:'],
    'style-src': ["'self'", ...(reports ? ["'unsafe-inline'"] : [])],
    'img-src': ["'self'", 'blob:', 'data:'],
    'media-src': ["'self'", 'blob:'],
    'connect-src': ["'self'", 'blob:', ...reaches[reach]],
    ...(reports ? { 'frame-src': ['blob:'] } : {}),
    'form-action': ["'none'"],
    'base-uri': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ');
}

const pages: Readonly<Record<string, PagePolicy>> = {
  'index.html': { reach: 'hub', fallback: true },
  'bench/index.html': { reach: 'nobody' },
  'eval/index.html': { reach: 'hub', reports: true },
};

/** The same page under a policy for models and media at any address; a visitor who wants that goes there knowingly. */
export const openPage = 'any-address.html';

const charset = '<meta charset="utf-8" />';
const metaOf = (policy: PagePolicy) =>
  `<meta http-equiv="Content-Security-Policy" content="${policyText(policy)}" />`;

/** Writes each built page's policy into it, before anything that it is about. */
export function pagePolicies(): Plugin {
  return {
    name: 'page-policies',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const [name, policy] of Object.entries(pages)) {
        const page = bundle[name];
        if (page?.type !== 'asset') throw new Error(`The build has no ${name} to write a policy into.`);
        const html = String(page.source);
        if (!html.includes(charset)) throw new Error(`${name} has no ${charset}.`);
        const under = (own: PagePolicy) => html.replace(charset, `${charset}\n    ${metaOf(own)}`);
        page.source = under(policy);
        if (name === 'index.html')
          this.emitFile({
            type: 'asset',
            fileName: openPage,
            source: under({ reach: 'anybody', fallback: true }),
          });
      }
    },
  };
}
