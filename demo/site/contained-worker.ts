// Workers under the page's own content security policy. A static host sends no policy with the script of a worker, and one that is
// started from its address would have none: it could ask any server. Started from a blob: of the page, it has the page's.
// Imported before anything that starts a worker. It asks for the page itself, to see whether its host sends a policy of its own.

const { Worker: Plain } = globalThis;

class ContainedWorker extends Plain {
  constructor(url: string | URL, options?: WorkerOptions) {
    const address = new URL(url, document.baseURI).href;
    const script = new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' });
    const own = URL.createObjectURL(script);
    super(own, { ...options, type: 'module' });
    // By its first message or error it has read the script.
    for (const sign of ['message', 'error'])
      this.addEventListener(sign, () => URL.revokeObjectURL(own), { once: true });
  }
}

/** The policy that the host sends with its files; the worker's script has it, too. */
async function hostPolicy(): Promise<string | null> {
  try {
    const { headers } = await fetch(document.URL, { cache: 'force-cache' });
    return headers.get('content-security-policy');
  } catch {
    return null; // without a network, and nothing is kept
  }
}

// The development server's pages say nothing of what they may ask.
if (document.querySelector('meta[http-equiv="Content-Security-Policy"]')) {
  const policy = await hostPolicy();
  if (policy === null || /worker-src[^;]*\bblob:/.test(policy)) globalThis.Worker = ContainedWorker;
}

export {};
