// Workers under the page's own content security policy. A static host sends no policy with the script of a worker, and one that is
// started from its address would have none: it could ask any server. Started from a blob: of the page, it has the page's.
// Imported before anything that starts a worker.

const { Worker: Plain } = globalThis;

/** Whether this page says what it may ask; the development server's pages say nothing. */
const hasPolicy = document.querySelector('meta[http-equiv="Content-Security-Policy"]') !== null;

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

if (hasPolicy) globalThis.Worker = ContainedWorker;
