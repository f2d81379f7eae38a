// What was found out, in words: a sentence of advice, and a report to paste into an issue. Pure.

import { byteCount } from '../weights/files/byte-count.ts';
import type {
  ModelFit,
  StorageSupport,
  Support,
  SupportPlatform,
  VideoSupport,
  WebGpuPresent,
} from './support.ts';

type Facts = Omit<Support, 'ok' | 'message'>;

const yesNo = (value: boolean | null): string => (value === null ? 'not told' : value ? 'yes' : 'no');

export function adapterName({ adapter: { vendor, architecture, description } }: WebGpuPresent): string {
  const parts = [vendor, architecture].filter((part) => part !== '' && !description.includes(part));
  return [...parts, description].filter(Boolean).join(' ') || 'an adapter that does not tell its name';
}

/** The one sentence. */
export function supportMessage({ webgpu, platform, storage, models }: Facts): string {
  if (!webgpu.available) {
    const [step = ''] = webgpu.steps;
    return `${webgpu.message.replace(/\.$/, '')}: ${step.charAt(0).toLowerCase()}${step.slice(1)}`.replace(
      /: $/,
      '.',
    );
  }
  const fitting = models.filter(({ plan }) => plan.verdict !== 'does-not-fit').map(({ model }) => model);
  if (webgpu.adapter.isFallbackAdapter)
    return `WebGPU computes on the processor here (${adapterName(webgpu)}), which is right but slow: use the model shapes, or ${platform.runtime === 'node' ? '' : 'switch on hardware acceleration and '}update the graphics driver.`;
  const fits = fitting.length > 0 ? fitting.join(', ') : 'no model of the catalogue';
  const noRoom = fitting.filter((name) =>
    models.some(({ model, canBeKept }) => model === name && canBeKept === false),
  );
  const kept =
    platform.runtime !== 'node' && !storage.opfs
      ? '; models are fetched anew each time, as this browser keeps no files'
      : noRoom.length > 0
        ? `; there is no room to keep ${noRoom.join(', ')}`
        : '';
  return `WebGPU runs on ${adapterName(webgpu)}, whose limits fit ${fits}${kept}.`;
}

/** Everything, as lines that a person can paste into an issue. */
export function supportText(support: Support): string {
  const {
    version,
    platform,
    webgpu,
    storage,
    video,
    workers,
    crossOriginIsolated,
    fallback,
    models,
    message,
  } = support;
  const lines = [
    ['molmo2-webgpu', version],
    ['platform', platformText(platform)],
    ['WebGPU', webgpu.available ? 'yes' : `no (${webgpu.reason}): ${webgpu.message}`],
    ...(webgpu.available
      ? gpuLines(webgpu)
      : [...webgpu.steps.map((step) => ['try', step] as const), ['fallback', yesNo(fallback)] as const]),
    ['video', videoText(video)],
    ...(platform.runtime === 'node'
      ? []
      : ([
          ['storage', storageText(storage)],
          ['workers', yesNo(workers)],
          ['cross-origin isolated', yesNo(crossOriginIsolated)],
        ] as const)),
    ...models.map((fit) => [`${fit.model} ${fit.weights}`, fitText(fit)] as const),
    ['advice', message],
  ] as const;
  return lines.map(([name, value]) => `${name}: ${value}\n`).join('');
}

function platformText({ runtime, browser, system, versions }: SupportPlatform): string {
  if (browser) {
    const name = `${browser.name}${browser.version === null ? '' : ` ${browser.version}`}`;
    return `${name} on ${system}, in a ${runtime} (${browser.userAgent})`;
  }
  return Object.entries(versions)
    .map(([name, version]) => (name === 'system' ? version : `${name} ${version}`))
    .join(', ');
}

function gpuLines(gpu: WebGpuPresent): (readonly [string, string])[] {
  const { adapter, subgroups, features, limits } = gpu;
  const { vendor, architecture, description, isFallbackAdapter } = adapter;
  return [
    ['adapter', `${adapterName(gpu)}${isFallbackAdapter ? ' (computes on the processor)' : ''}`],
    ['adapter info', JSON.stringify({ vendor, architecture, description })],
    [
      'abilities',
      `f16 ${yesNo(gpu.f16)}, subgroups ${subgroups === null ? 'no' : subgroups.join(' to ')}, packed integers ${yesNo(gpu.packedIntegers)}`,
    ],
    ['features', features.join(', ') || 'none'],
    [
      'limits',
      Object.entries(limits)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
  ];
}

function videoText({ decoder, ...codecs }: VideoSupport): string {
  const names = Object.entries(codecs)
    .filter(([, decodes]) => decodes)
    .map(([name]) => name);
  return `${decoder}${names.length > 0 ? `: ${names.join(', ')}` : ''}`;
}

function storageText({ opfs, indexedDb, quotaBytes, usageBytes, persisted }: StorageSupport): string {
  const room =
    quotaBytes === null ? 'room not told' : `${byteCount(usageBytes ?? 0)} of ${byteCount(quotaBytes)} used`;
  return `OPFS ${yesNo(opfs)}, IndexedDB ${yesNo(indexedDb)}, ${room}, persistent ${yesNo(persisted)}`;
}

function fitText({ plan, canBeKept }: ModelFit): string {
  return `${plan.message}${canBeKept === false ? ' The browser has no room to keep it.' : ''}`;
}
