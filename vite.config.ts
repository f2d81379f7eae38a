import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { pagePolicies } from './scripts/page-policy.ts';
import { siteWorker } from './scripts/site-worker.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

// A machine without a screen has no browser to open; the address is printed everywhere.
const hasScreen =
  process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);

/** The demo page: `npm start` serves it, `npm run build` writes it to demo-dist/, which any static host can serve. */
export default defineConfig(({ command }) => ({
  root: `${root}demo`,
  base: './',
  cacheDir: `${root}node_modules/.vite`,
  server: { open: hasScreen && !process.env['CI'], fs: { allow: [root] } },
  // Found at once, not when the first video is opened: a page that is in use would be loaded again.
  optimizeDeps: {
    include: ['@huggingface/tokenizers', 'image-dimensions', 'mediabunny', 'valibot'],
    // Finds its own files beside it; only the benchmark's page loads it, and only from this server.
    exclude: ['onnxruntime-web'],
  },
  plugins: [pagePolicies(), siteWorker()],
  worker: { format: 'es' },
  define: {
    // The benchmark's peer is too large for a page that many visit; this server has its files.
    'import.meta.env.BENCH_PEER': JSON.stringify(command === 'serve'),
    // A site whose files do not change can be kept for visits without a network; PROD is false in tests of one.
    'import.meta.env.IS_BUILT': JSON.stringify(command === 'build'),
  },
  build: {
    outDir: `${root}demo-dist`,
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { input: ['', 'bench/', 'eval/'].map((folder) => `${root}demo/${folder}index.html`) },
  },
}));
