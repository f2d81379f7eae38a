// Does the browser's WGSL compiler take every kernel that can be chosen in it, with every constant that
// tests/unit/shaders.test.ts hands to Dawn's? The others must be refused, or they could be chosen as well.

import { afterAll, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { kernelCode, type Kernel } from '../../src/gpu/kernel.ts';
import { kernels, listedConstants, representativeConstants } from '../kernel-variants.ts';

const { device, capabilities } = await openGpu();
afterAll(() => device.destroy());

async function errorsOf(code: string): Promise<string[]> {
  device.pushErrorScope('validation');
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
  await device.popErrorScope();
  return messages.flatMap(({ type, message }) => (type === 'error' ? [message] : []));
}

/** What the device lacks for a kernel, as the compiler names it. */
function lacking({ features = [], source }: Kernel): string[] {
  return [
    ...(features.includes('subgroups') && !device.features.has('subgroups') ? ['subgroups'] : []),
    ...(features.includes('f16') && !capabilities.f16 ? ['f16'] : []),
    ...(source.includes('bitcast<vec4h>') && !capabilities.f16Bits ? ['bitcast<vec4h>'] : []),
  ];
}

test.each(kernels)('kernel $name', async ({ kernel }) => {
  const lacks = lacking(kernel);
  for (const constants of representativeConstants(listedConstants(kernel.source))) {
    const [error] = await errorsOf(kernelCode(kernel, constants));
    if (lacks.length === 0) expect(error, JSON.stringify(constants)).toBeUndefined();
    else expect(error).toMatch(new RegExp(lacks.join('|')));
  }
});
